"""The pages of the fault server: each answers in one way in which an app may be well or unwell.

A page is a function of an Exchange, found by its path; PAGES is the table. What stands after the
page's path is in `exchange.rest`, the query in `exchange.query`."""
import base64
import gzip
import json
import time

BOMB_BYTES = 32 << 20
INFINITE_BYTES = 64 << 20  # where "infinite" ends, so that a test cannot fill the machine
PAGES = {}


def page(path):
    def add(function):
        PAGES[path] = function
        return function
    return add


def find(path):
    """(page, what follows its path): the longest path in PAGES that leads to it."""
    candidates = [known for known in PAGES if path == known or path.startswith(known + "/")]
    if not candidates:
        return None, ""
    best = max(candidates, key=len)
    return PAGES[best], path[len(best):].lstrip("/")


# Well

@page("/ok")
def ok(exchange):
    exchange.answer(200, b"all is fine\n", {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT",
                                            "X-Powered-By": "faults"})


@page("/empty")
def empty(exchange):
    exchange.answer(200, b"")


@page("/echo")
def echo(exchange):
    exchange.answer(200, f"{exchange.method} {exchange.body.decode()}\n".encode())


@page("/big")
def big(exchange):
    exchange.answer(200, b"x" * int(exchange.rest))


@page("/chunked")
def chunked(exchange):
    exchange.send_head(200, {"Transfer-Encoding": "chunked"})
    exchange.send(b"6\r\nchunk \r\n6\r\nchunk\n\r\n0\r\n\r\n")


@page("/gzip")
def zipped(exchange):
    """Compressed where it is asked for, as a well-behaved app does it."""
    body = b"compressible " * 200
    if "gzip" in exchange.headers.get("accept-encoding", ""):
        exchange.answer(200, gzip.compress(body, mtime=0), {"Content-Encoding": "gzip"})
    else:
        exchange.answer(200, body)


@page("/json")
def well_formed_json(exchange):
    exchange.answer(200, json.dumps({"state": "serving", "queue": {"depth": 3}}).encode(),
                    {"Content-Type": "application/json"})


@page("/document")
def document(exchange):
    """/document/NAME: what the test put into server.documents: (status, text), or (status, text,
    content type)."""
    status, text, *kind = exchange.server.documents[exchange.rest]
    kind = kind[0] if kind else ("text/html" if text.startswith("<") else "application/json")
    exchange.answer(status, text.encode(), {"Content-Type": kind})


# Slow

@page("/slow")
def slow(exchange):
    """/slow/SECONDS before the answer."""
    if exchange.wait(float(exchange.rest)):
        exchange.answer(200, b"late\n")


@page("/hang")
def hang(exchange):
    exchange.wait(60)


@page("/half-head")
def half_head(exchange):
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    exchange.wait(60)


@page("/half-body")
def half_body(exchange):
    exchange.send_head(200, {"Content-Length": "1000"})
    exchange.send(b"half of it")
    exchange.wait(60)


@page("/slow-body")
def slow_body(exchange):
    exchange.send_head(200, {"Content-Length": "1000"})
    for _ in range(1000):
        exchange.send(b".")
        if not exchange.wait(0.1):
            return


# Broken off

@page("/reset-after-request")
def reset_after_request(exchange):
    exchange.reset()


@page("/close-after-request")
def close_after_request(exchange):
    exchange.close()


@page("/reset-in-head")
def reset_in_head(exchange):
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    time.sleep(0.05)
    exchange.reset()


@page("/reset-in-body")
def reset_in_body(exchange):
    exchange.send_head(200, {"Content-Length": "1000"})
    exchange.send(b"half of it")
    time.sleep(0.05)
    exchange.reset()


@page("/close-in-body")
def close_in_body(exchange):
    exchange.send_head(200, {"Content-Length": "1000"})
    exchange.send(b"half of it")
    exchange.close()


# Not what it should be

@page("/status")
def status(exchange):
    exchange.answer(int(exchange.rest), b"as you like\n")


@page("/garbage")
def garbage(exchange):
    exchange.send(b"SSH-2.0-OpenSSH_9.2\r\n\x00\xff\x00\xff")
    exchange.close()


@page("/http10")
def http10(exchange):
    exchange.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold but fine\n")
    exchange.close()


@page("/wrong-encoding")
def wrong_encoding(exchange):
    exchange.answer(200, b"this was never compressed", {"Content-Encoding": "gzip"})


@page("/cut-encoding")
def cut_encoding(exchange):
    exchange.answer(200, gzip.compress(b"compressible " * 200)[:40], {"Content-Encoding": "gzip"})


@page("/bad-json")
def bad_json(exchange):
    exchange.answer(200, b'{"status": "ok", ', {"Content-Type": "application/json"})


# Too much

@page("/infinite")
def infinite(exchange):
    exchange.send_head(200, {"Transfer-Encoding": "chunked"})
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    for _ in range(INFINITE_BYTES // 0x4000):
        exchange.send(chunk)


@page("/infinite-head")
def infinite_head(exchange):
    exchange.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(INFINITE_BYTES // 1024):
        exchange.send(f"X-{number}: ".encode() + b"x" * 1000 + b"\r\n")


@page("/bomb")
def bomb(exchange):
    exchange.answer(200, exchange.server.bomb(), {"Content-Encoding": "gzip"})


# Redirects

@page("/redirects")
def redirects(exchange):
    """/redirects/N: that many of them, then a page that is well."""
    left = int(exchange.rest)
    exchange.redirect(f"/redirects/{left - 1}" if left > 1 else "/ok")


@page("/redirect-loop")
def redirect_loop(exchange):
    exchange.redirect("/redirect-loop")


@page("/redirect-to")
def redirect_to(exchange):
    """/redirect-to?URL"""
    exchange.redirect(exchange.query)


@page("/redirect-nowhere")
def redirect_nowhere(exchange):
    exchange.answer(302, b"")


# Who may

def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def guarded(exchange, wanted, then):
    if exchange.headers.get("authorization") == wanted:
        then(exchange)
    else:
        exchange.answer(401, b"who are you?\n", {"WWW-Authenticate": 'Basic realm="faults"'})


@page("/basic")
def basic_auth(exchange):
    guarded(exchange, basic("user", "geheim"), ok)


@page("/basic-redirect")
def basic_redirect(exchange):
    guarded(exchange, basic("user", "geheim"), lambda e: e.redirect("/basic"))


@page("/bearer")
def bearer(exchange):
    guarded(exchange, "Bearer zauberwort", ok)


@page("/token")
def token(exchange):
    """An OAuth 2.0 token for client credentials."""
    exchange.answer(200, b'{"access_token": "zauberwort", "token_type": "bearer", '
                         b'"expires_in": 3600}', {"Content-Type": "application/json"})


@page("/token-denied")
def token_denied(exchange):
    exchange.answer(401, b'{"error": "invalid_client"}', {"Content-Type": "application/json"})

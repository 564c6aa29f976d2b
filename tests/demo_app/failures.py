"""The ways in which the demo app can be told to be unwell. Each answers /healthz with a handler of
http.server and what the app would say if it were well."""
import json
import socket
import struct

WELL = "none"


def send(handler, status, body, **headers):
    handler.send_response(status)
    for name, text in headers.items():
        handler.send_header(name.replace("_", "-"), text)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def send_document(handler, status, document):
    send(handler, status, json.dumps(document).encode(), Content_Type="application/health+json")


def worsened(document, status, output):
    """The document with that status for its first component."""
    checks = {name: [dict(part) for part in parts] for name, parts in document["checks"].items()}
    next(iter(checks.values()))[0].update(status=status, output=output)
    return {**document, "status": status, "checks": checks}


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def hang(handler, seconds):
    """Until that time has passed or the app is mended."""
    handler.state.changed.wait(seconds)


def half(handler):
    """Half of an answer, then nothing more."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"status\": ")
    hang(handler, 60)
    handler.close_connection = True


def endless(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" " * 65536)
    handler.close_connection = True


def slow(handler, document):
    hang(handler, 0.7)
    send_document(handler, 200, document)


# Name: what it is like, the reason that litewatch gives ("": the probe succeeds), and how to do it.
FAILURES = {
    "database": ("the database fails, and the app says so", "health_fail",
                 lambda h, d: send_document(h, 503, worsened(d, "fail", "database is locked"))),
    "mismatch": ("the app says that it fails, within a 200", "health_fail",
                 lambda h, d: send_document(h, 200, worsened(d, "fail", "database is locked"))),
    "degraded": ("the app warns; the probe succeeds, probe_health_status tells", "",
                 lambda h, d: send_document(h, 200, worsened(d, "warn", "disk nearly full"))),
    "slow": ("answers in 0.7 s; probe_duration_seconds tells", "", slow),
    "hang": ("never answers", "response_timeout", lambda h, d: hang(h, 60)),
    "half": ("stops in the middle of its answer", "response_timeout", lambda h, d: half(h)),
    "500": ("an internal error", "http_status",
            lambda h, d: send(h, 500, b"internal error\n", Content_Type="text/plain")),
    "reset": ("resets the connection", "connect_reset", lambda h, d: reset(h)),
    "bad-json": ("JSON that ends too soon", "json_invalid",
                 lambda h, d: send(h, 200, b'{"status": "pass", ',
                                   Content_Type="application/health+json")),
    "garbage": ("something that is not HTTP", "http_protocol",
                lambda h, d: h.wfile.write(b"* OK IMAP4 ready\r\n")),
    "redirect": ("sends everyone to a login page elsewhere", "redirect_blocked",
                 lambda h, d: send(h, 302, b"", Location="http://login.example/")),
    "loop": ("redirects to itself", "redirect_limit",
             lambda h, d: send(h, 302, b"", Location="/healthz")),
    "endless": ("a body without an end", "body_too_large", lambda h, d: endless(h)),
}


def help_text(current):
    lines = [f"This app is told to fail so: {current}.", "",
             "GET or POST /fail?how=NAME, and /fail?how=none to mend it. What the prober then says:",
             ""]
    for name, (likeness, reason, _) in FAILURES.items():
        lines.append(f"  {name:<10} {reason or '(succeeds)':<18} {likeness}")
    return "\n".join(lines) + "\n"

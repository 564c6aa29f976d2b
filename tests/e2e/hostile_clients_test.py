"""Clients that mean harm, or are merely broken: scrapes go on, and nothing is left behind."""
import os
import shutil
import socket
import sqlite3
import ssl
import statistics
import threading
import time
import unittest

from support import TestCase, https_get, make_certificate, promtool_check, value, wait_until

MEGABYTE = 1 << 20
ENDLESS = 64 * MEGABYTE
# What the kernel's buffers may swallow before a sender notices that nobody reads.
MOST_TAKEN = 12 * MEGABYTE
USUAL_SCRAPE, SLOWEST_SCRAPE = 0.5, 8
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: litewatch\r\n"


def connect(port, source="127.0.0.1", receive_buffer=None):
    client = socket.socket()
    try:
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(5)
        client.bind((source, 0))
        client.connect(("127.0.0.1", port))
    except OSError:
        client.close()
        raise
    return client


def exchange(port, request):
    """All that comes back until the server closes."""
    with connect(port) as client:
        client.sendall(request)
        answer = b""
        while chunk := client.recv(1 << 16):
            answer += chunk
        return answer


class Crowd(threading.Thread):
    """Clients that send a little every half second, and come again when they are shown out."""

    def __init__(self, port, opening, drip, count, sources=("127.0.0.1",)):
        super().__init__()
        self.port, self.opening, self.drip = port, opening, drip
        self.clients = {number: None for number in range(count)}
        self.sources = sources
        self.attached = threading.Event()
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            for number in self.clients:
                self.go_on(number)
            self.attached.set()
            self.ended.wait(0.5)
        for client in self.clients.values():
            if client:
                client.close()

    def go_on(self, number):
        client = self.clients[number]
        try:
            if client is None:
                client = connect(self.port, self.sources[number % len(self.sources)])
                self.clients[number] = client
                client.sendall(self.opening)
            elif self.drip:
                client.sendall(self.drip)
        except OSError:
            if client:
                client.close()
            self.clients[number] = None

    def __enter__(self):
        self.start()
        self.attached.wait(20)
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


class HostileClients(TestCase):
    def scrape_times(self, service, seconds):
        """How long each of many scrapes took; every one must succeed, and most at once."""
        times, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            start = time.monotonic()
            self.assertEqual(service.get("/metrics")[0], 200)
            times.append(time.monotonic() - start)
            time.sleep(0.01)
        self.assertLess(statistics.median(times), USUAL_SCRAPE)
        self.assertLess(max(times), SLOWEST_SCRAPE)
        return times

    def tell(self, what, times):
        ordered = sorted(times)
        print(f"\n{what}: {len(ordered)} scrapes, median {statistics.median(ordered) * 1000:.1f} "
              f"ms, p99 {ordered[int(len(ordered) * 0.99)] * 1000:.1f} ms", flush=True)

    def descriptors(self, service):
        return len(os.listdir(f"/proc/{service.process.pid}/fd"))

    def assert_nothing_left(self, service, descriptors):
        """Only the connection that asks is open."""
        wait_until(lambda: value(service.metrics(), "litewatch_http_connections") == 1, 8,
                   "end of all connections")
        wait_until(lambda: self.descriptors(service) <= descriptors, 5, "end of all descriptors")

    def big_page(self, databases):
        template = self.path("template.db")
        with sqlite3.connect(template) as db:
            db.execute("CREATE TABLE t(a)")
        db.close()
        os.mkdir(self.path("many"))
        for number in range(databases):
            shutil.copyfile(template, self.path(f"many/database-{number:03}.db"))
        return self.path("many/*.db")

    def test_drip_and_idle_clients_do_not_delay_scrapes(self):
        service = self.litewatch(self.app().path)
        self.tell("unloaded", self.scrape_times(service, 1))
        descriptors = self.descriptors(service)
        eight = [f"127.0.0.{number}" for number in range(2, 10)]
        for what, sources, attached in (("one peer", ["127.0.0.1"], 100),
                                        ("eight peers", eight, 400)):
            idle = REQUEST.replace(b"/metrics", b"/-/healthy") + b"\r\n"
            with Crowd(service.port, REQUEST + b"X-Drip: ", b"x", 400, sources), \
                    Crowd(service.port, idle, b"", 64, sources):
                times = self.scrape_times(service, 4)
                wait_until(lambda: value(service.metrics(), "litewatch_http_connections") >
                           attached, 10, f"{attached} connections")
            self.tell(f"400 drip and 64 idle clients, {what}", times)
            self.assert_nothing_left(service, descriptors)

    def attack(self, service, opening, endless, most):
        """Bytes the server took before it closed."""
        taken = 0
        with connect(service.port) as client:
            try:
                client.sendall(opening)
                while taken < most:
                    taken += client.send(endless)
                client.shutdown(socket.SHUT_WR)
                client.recv(1 << 16)
            except (ConnectionError, TimeoutError):
                pass
        return taken

    def test_endless_requests_are_cut_off_and_cost_no_memory(self):
        service = self.litewatch(self.app().path)
        filler = b"a" * (1 << 16)
        attacks = {
            "request line": (b"GET /", filler),
            "header fields": (REQUEST, b"X-Filler: aaaaaaaaaaaaaaaa\r\n" * 2000),
            "header field": (REQUEST + b"X-Filler: ", filler),
            "chunked body": (REQUEST + b"Transfer-Encoding: chunked\r\n\r\n",
                             b"10000\r\n" + filler + b"\r\n"),
            "body": (REQUEST + b"Content-Length: 67108864\r\n\r\n", filler),
            "garbage": (b"", bytes(range(256)) * 256),
            "requests never read": (b"", (REQUEST + b"\r\n") * 1000),
        }
        for opening, endless in attacks.values():
            self.attack(service, opening, endless, MEGABYTE)
        self.scrape_times(service, 0.5)
        descriptors = self.descriptors(service)
        before = service.resident_bytes()
        for name, (opening, endless) in attacks.items():
            with self.subTest(name):
                taken = self.attack(service, opening, endless, ENDLESS)
                self.assertLess(taken, MOST_TAKEN)
                self.assertEqual(service.get("/metrics")[0], 200)
                growth = service.resident_bytes() - before
                print(f"\nendless {name}: {taken >> 10} KiB taken, resident memory "
                      f"{growth >> 10:+} KiB", flush=True)
                self.assertLess(growth, 2 * MEGABYTE)
        page = service.metrics()
        for reason in ("header_too_large", "too_many_fields", "body_refused", "bad_request"):
            with self.subTest(reason):
                self.assertGreater(value(page, "litewatch_http_connections_rejected_total",
                                         reason=reason), 0)
        self.assert_nothing_left(service, descriptors)

    def test_many_ranges_get_the_page_once(self):
        service = self.litewatch(self.app().path)
        ranges = b"Range: bytes=" + b",".join([b"0-"] * 2000) + b"\r\nConnection: close\r\n\r\n"
        head, _, body = exchange(service.port, REQUEST + ranges).partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
        self.assertIn(b"content-length: %d\r\n" % len(body), head.lower() + b"\r\n")
        self.assertEqual(promtool_check(body), "")

    def test_slow_readers_share_one_page_and_block_nobody(self):
        service = self.litewatch(self.big_page(300))
        self.scrape_times(service, 1)
        size = len(service.get("/metrics")[2])
        self.assertGreater(size, MEGABYTE)
        descriptors = self.descriptors(service)
        before = service.resident_bytes()
        readers = [connect(service.port, receive_buffer=4096) for _ in range(32)]
        for reader in readers:
            reader.sendall(REQUEST + b"\r\n")
        self.tell("32 slow readers", self.scrape_times(service, 2))
        self.assertGreater(value(service.metrics(), "litewatch_http_connections"), 32)
        growth = service.resident_bytes() - before
        print(f"32 slow readers of {size >> 10} KiB: resident memory {growth >> 10:+} KiB",
              flush=True)
        # Each gets the page of a collection that began after it asked: they share a few.
        self.assertLess(growth, 8 * size)
        for reader in readers:
            reader.close()
        self.assert_nothing_left(service, descriptors)

    def test_requests_beyond_the_limit_get_503(self):
        service = self.litewatch("--web.max-requests=1", self.big_page(100))
        request = REQUEST + b"Connection: close\r\n\r\n"
        together = threading.Barrier(24)
        statuses = []

        def ask():
            together.wait()
            statuses.append(int(exchange(service.port, request).split()[1]))

        threads = [threading.Thread(target=ask) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(set(statuses), {200, 503})
        self.assertEqual(len(statuses), 24)
        page = service.metrics()
        self.assertEqual(value(page, "litewatch_http_requests_total", handler="metrics",
                               code="503"), statuses.count(503))

    def test_unfinished_handshakes_hold_up_nobody_and_end(self):
        make_certificate(self.folder, "server")
        with open(self.path("web.yml"), "w") as file:
            file.write("tls_server_config: {cert_file: server.crt, key_file: server.key}\n")
        service = self.litewatch(f"--web.config.file={self.path('web.yml')}", self.app().path,
                                 wait_ready=False)
        context = ssl.create_default_context(cafile=self.path("server.crt"))
        service.get = lambda path, timeout=10, **_: https_get(service.port, context, path, timeout)
        wait_until(service.ready, 20, "ready litewatch")
        descriptors = self.descriptors(service)
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"  # of 512 bytes, which never come
        silent = [connect(service.port) for _ in range(60)]
        for client in silent[:30]:
            client.sendall(hello)
        started = time.monotonic()
        self.tell("60 unfinished handshakes", self.scrape_times(service, 2))
        for client in silent:
            client.settimeout(10)
            try:
                self.assertEqual(client.recv(1), b"")
            except ConnectionResetError:
                pass
            client.close()
        self.assertLess(time.monotonic() - started, 8)
        status, _, body = https_get(service.port, context, "/metrics", 5)
        self.assertEqual(status, 200)
        self.assertIn(b'litewatch_http_connections_rejected_total{reason="header_deadline"} 60\n',
                      body)
        wait_until(lambda: self.descriptors(service) <= descriptors, 5, "end of all descriptors")
        # Whoever speaks plain HTTP to this port is told so.
        self.assertIn(b" 400 ", exchange(service.port, REQUEST + b"\r\n").splitlines()[0])


if __name__ == "__main__":
    unittest.main()

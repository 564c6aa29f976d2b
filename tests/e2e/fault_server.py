#!/usr/bin/env python3
"""An app that is unwell in every way: pages over HTTP and HTTPS (fault_pages.py), and listeners
that fail before any HTTP. All on loopback, on ports that the kernel chooses.

    fault_server.py      starts it by itself and prints what there is, to try `litetool probe` on
"""
import contextlib
import functools
import gzip
import os
import select
import shutil
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
import urllib.parse

import fault_pages
from fault_certificates import Certificates


class Gone(Exception):
    """The client has left, or the server stops."""


class Exchange:
    """One request, and the means to answer it well or badly."""

    def __init__(self, server, connection):
        self.server = server
        self.connection = connection
        self.method = self.path = self.query = self.rest = ""
        self.headers = {}
        self.body = b""

    def read(self, buffered):
        """Reads a request whole; what was read beyond it. Gone where none comes."""
        data = buffered
        while b"\r\n\r\n" not in data:
            data += self.receive()
        head, _, data = data.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        self.method, target, _ = first.split(" ", 2)
        for field in fields:
            name, _, text = field.partition(":")
            self.headers[name.lower()] = text.strip()
        size = int(self.headers.get("content-length", 0))
        while len(data) < size:
            data += self.receive()
        self.body, data = data[:size], data[size:]
        parts = urllib.parse.urlsplit(target if self.method != "CONNECT" else "")
        self.path, self.query, self.target = parts.path, parts.query, target
        return data

    def receive(self):
        data = self.connection.recv(65536)
        if not data:
            raise Gone
        return data

    def send(self, data):
        self.connection.sendall(data)

    def send_head(self, status, fields):
        lines = [f"HTTP/1.1 {status} As Said", "Date: Mon, 01 Jan 2024 00:00:00 GMT"]
        lines += [f"{name}: {text}" for name, text in fields.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def answer(self, status, body, fields=None):
        self.send_head(status, {"Content-Type": "text/plain", **(fields or {}),
                                "Content-Length": str(len(body))})
        if self.method != "HEAD":
            self.send(body)

    def redirect(self, where):
        self.answer(302, b"", {"Location": where})

    def wait(self, seconds):
        """True after that time; raises Gone as soon as the client leaves or the server stops."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.server.stopping.is_set():
                raise Gone
            if select.select([self.connection], [], [], 0.05)[0]:
                self.receive()
        return True

    def close(self):
        raise Gone

    def reset(self):
        """Ends the connection with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone


class Listener:
    """Accepts on a loopback port, and gives each connection a thread and `handle`."""

    def __init__(self, handle, family=socket.AF_INET, address=("127.0.0.1", 0)):
        self.handle = handle
        self.socket = socket.socket(family)
        self.socket.bind(address)
        self.socket.listen(128)
        self.port = self.socket.getsockname()[1] if family != socket.AF_UNIX else None
        self.connections = 0
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.run, args=(connection,), daemon=True).start()

    def run(self, connection):
        with contextlib.suppress(Gone, OSError, ssl.SSLError), connection:
            self.handle(connection)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


class FaultServer:
    """The pages on `http` and on one HTTPS listener per certificate, and the broken listeners.
    Thread-safe; `requests` holds what was asked for, oldest first."""

    def __init__(self, folder):
        self.stopping = threading.Event()
        self.requests = []
        self.documents = {}
        self.certificates = Certificates(folder)
        self.folder = folder
        self.listeners = {}
        self.sockets = []
        self.listen("http", self.serve)
        with contextlib.suppress(OSError):  # a machine without IPv6
            self.listen("http6", self.serve, socket.AF_INET6, ("::1", 0))
        self.listen("unix", self.serve, socket.AF_UNIX, os.path.join(folder, "app.sock"))
        for certificate in ("good", "expired", "future", "two_days", "ten_days", "wrong_name",
                            "untrusted", "selfsigned", "chained"):
            self.listen(certificate, functools.partial(self.serve_tls, self.tls(certificate)))
        self.listen("tls12", functools.partial(self.serve_tls, self.tls("good", version=12)))
        self.listen("mutual", functools.partial(self.serve_tls, self.tls("good", client=True)))
        self.listen("reset-at-accept", self.reset)
        self.listen("close-at-accept", lambda connection: None)
        self.listen("silent", self.hang)
        self.listen("no-tls", self.talk_nonsense)
        self.listen("reset-in-handshake", self.reset_in_handshake)
        self.listen("dialogue", self.serve_dialogue)
        self.listen("wrong-greeting", lambda connection: connection.sendall(b"SSH-2.0-faults\r\n"))
        self.listen("starttls", functools.partial(self.serve_starttls, self.tls("good")))
        self.listen("proxy", self.serve)
        self.refusing_port = self.bind_only()
        self.full_port = self.fill_backlog()

    def listen(self, name, *arguments):
        self.listeners[name] = Listener(*arguments)

    def tls(self, certificate, version=None, client=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        files = self.certificates
        context.load_cert_chain(files.crt(certificate), files.key(certificate))
        if version == 12:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(files.crt("ca"))
        return context

    def bind_only(self):
        """A port that nobody listens on and nobody else can take."""
        held = socket.socket()
        held.bind(("127.0.0.1", 0))
        self.sockets.append(held)
        return held.getsockname()[1]

    def fill_backlog(self):
        """A port whose queue of connections is full: the kernel drops what comes."""
        full = socket.socket()
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        self.sockets.append(full)
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                client.connect(full.getsockname())
            self.sockets.append(client)
        return full.getsockname()[1]

    # Where things are

    def port(self, listener="http"):
        return self.listeners[listener].port

    def url(self, path, listener="http", host="127.0.0.1"):
        plain = listener in ("http", "http6", "silent", "reset-at-accept", "close-at-accept")
        host = "[::1]" if listener == "http6" else host
        return f"http{'' if plain else 's'}://{host}:{self.port(listener)}{path}"

    def asked(self, path):
        """The requests for a path so far."""
        return [request for request in list(self.requests) if request.path == path]

    def bomb(self):
        """Gzip that is a thousand times larger than it looks."""
        return gzip.compress(bytes(fault_pages.BOMB_BYTES), mtime=0)

    # What the listeners do

    def serve(self, connection):
        buffered = b""
        while True:
            exchange = Exchange(self, connection)
            buffered = exchange.read(buffered)
            self.requests.append(exchange)
            if exchange.method == "CONNECT":
                exchange.answer(407, b"", {"Proxy-Authenticate": "Basic"})
                continue
            function, exchange.rest = fault_pages.find(exchange.path)
            if function is None:
                exchange.answer(404, b"no such page\n")
            else:
                function(exchange)
            if exchange.headers.get("connection", "").lower() == "close":
                return

    def serve_tls(self, context, connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            self.serve(secured)

    def hang(self, connection):
        exchange = Exchange(self, connection)
        exchange.wait(60)

    def reset(self, connection):
        Exchange(self, connection).reset()

    def reset_in_handshake(self, connection):
        connection.recv(100)
        Exchange(self, connection).reset()

    def talk_nonsense(self, connection):
        connection.recv(65536)
        connection.sendall(b"220 this is not TLS\r\n")

    def serve_dialogue(self, connection):
        """A protocol of lines: greets, then answers each line with itself."""
        connection.sendall(b"SSH-2.0-faults\r\n")
        with connection.makefile("rwb") as lines:
            for line in lines:
                lines.write(b"you said " + line)
                lines.flush()

    def serve_starttls(self, context, connection):
        connection.sendall(b"220 faults\r\n")
        connection.recv(1024)
        connection.sendall(b"250-STARTTLS\r\n250 OK\r\n")
        connection.recv(1024)
        connection.sendall(b"220 go ahead\r\n")
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(b"250 secured\r\n")
            secured.recv(1024)

    def close(self):
        self.stopping.set()
        for listener in self.listeners.values():
            listener.close()
        for held in self.sockets:
            held.close()


def main():
    folder = tempfile.mkdtemp(prefix="litewatch-faults-")
    server = FaultServer(folder)
    try:
        print(f"authority: {server.certificates.crt('ca')}")
        for path in sorted(fault_pages.PAGES):
            print(f"page:      {server.url(path)}")
        for name, listener in server.listeners.items():
            print(f"listener:  {name} on port {listener.port}")
        print(f"refuses:   port {server.refusing_port}\nfull:      port {server.full_port}")
        sys.stdout.flush()
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()

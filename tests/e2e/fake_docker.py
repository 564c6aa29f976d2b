"""A Docker daemon on a Unix socket that has what a test says, and fails as a test says.

    docker = FakeDocker(path, versions=("1.44", "1.51"))
    docker.containers[identifier] = Container("shop", image="shop:1")
    docker.mode = "hang"
"""
import json
import os
import re
import socket
import threading
import time

ENDLESS = 64 << 20  # over any limit


class Container:
    def __init__(self, name, image="shop:1", status="Up 2 hours", labels=None, pid=1001,
                 running=True, oom_killed=False, started="2024-05-06T07:08:09.123456789Z"):
        self.name, self.image, self.status, self.labels = name, image, status, labels or {}
        self.pid, self.running, self.oom_killed, self.started = pid, running, oom_killed, started

    def listed(self, identifier):
        return {"Id": identifier, "Names": ["/" + self.name], "Image": self.image,
                "ImageID": "sha256:" + "0" * 64, "State": "running", "Status": self.status,
                "Labels": self.labels, "Ports": [], "HostConfig": {"NetworkMode": "bridge"}}

    def inspected(self, identifier):
        return {"Id": identifier, "Name": "/" + self.name, "Config": {"Image": self.image},
                "State": {"Status": "running" if self.running else "exited",
                          "Running": self.running, "OOMKilled": self.oom_killed,
                          "Pid": self.pid if self.running else 0, "StartedAt": self.started}}


def number(version):
    return tuple(map(int, version.split(".")))


class FakeDocker:
    """`versions`: the oldest and the newest of the API that it takes. `mode`: "" for what is right,
    "hang", "slow", "error", "garbage", "truncated", "endless"."""

    def __init__(self, path, versions=("1.44", "1.51")):
        self.path = path
        self.oldest, self.newest = map(number, versions)
        self.containers = {}
        self.mode = ""
        self.requests = []  # (method, path)
        self.ended = threading.Event()
        self.threads = []
        self.listener = None

    def start(self):
        self.ended.clear()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(32)
        self.listener.settimeout(0.1)
        self.threads = [threading.Thread(target=self.accept, args=(self.listener,))]
        self.threads[0].start()
        return self

    def stop(self):
        """Ends it; its socket is gone, as when the runtime is removed."""
        self.ended.set()
        for thread in self.threads:
            thread.join()
        if self.listener:
            self.listener.close()
            os.unlink(self.path)
            self.listener = None

    def asked(self, pattern):
        return [path for _, path in list(self.requests) if re.search(pattern, path)]

    def accept(self, listener):
        while not self.ended.is_set():
            try:
                connection = listener.accept()[0]
            except socket.timeout:
                continue
            connection.settimeout(5)
            thread = threading.Thread(target=self.serve, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def serve(self, connection):
        with connection:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    part = connection.recv(4096)
                    if not part:
                        return
                    head += part
                method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
                self.requests.append((method, path))
                self.answer(connection, path)
            except OSError:
                pass  # litewatch has its deadlines

    def answer(self, connection, path):
        mode = self.mode
        if mode == "hang":
            self.ended.wait(30)
            return
        if mode == "slow":
            self.ended.wait(0.2)
        if mode == "error":
            return self.send(connection, 500, b'{"message":"cannot open the database"}')
        status, fields, body = self.right(path)
        if mode == "garbage" and path != "/_ping":
            body = b'[{"Id":' + b"\xff\x00" * 50
        if mode == "endless" and path != "/_ping":
            return self.send_endless(connection)
        self.send(connection, status, body, fields,
                  missing=10 if mode == "truncated" and path != "/_ping" else 0)

    def send(self, connection, status, body, fields="", missing=0):
        head = (f"HTTP/1.1 {status} Whatever\r\n{fields}Content-Type: application/json\r\n"
                f"Content-Length: {len(body) + missing}\r\nConnection: close\r\n\r\n")
        connection.sendall(head.encode() + body)

    def send_endless(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[")
        until = time.monotonic() + 5
        for _ in range(ENDLESS >> 16):
            if self.ended.is_set() or time.monotonic() > until:
                return
            connection.sendall(b" " * (1 << 16))

    def right(self, path):
        """(status, header fields, body)"""
        if path == "/_ping":
            return 200, f"Api-Version: {self.newest[0]}.{self.newest[1]}\r\n", b"OK"
        match = re.fullmatch(r"(?:/v(\d+\.\d+))?/containers/(?:([0-9a-f]+)/)?json", path)
        if not match:
            return 404, "", b'{"message":"page not found"}'
        version, identifier = match.groups()
        refusal = self.refusal(version)
        if refusal:
            return 400, "", json.dumps({"message": refusal}).encode()
        if not identifier:
            found = [one.listed(key) for key, one in sorted(self.containers.items()) if one.running]
            return 200, "", json.dumps(found).encode()
        if identifier not in self.containers:
            return 404, "", b'{"message":"No such container"}'
        return 200, "", json.dumps(self.containers[identifier].inspected(identifier)).encode()

    def refusal(self, version):
        if version is None:
            return None
        oldest, newest = ("{}.{}".format(*one) for one in (self.oldest, self.newest))
        if number(version) < self.oldest:
            return (f"client version {version} is too old. Minimum supported API version is "
                    f"{oldest}, please upgrade your client to a newer version")
        if number(version) > self.newest:
            return (f"client version {version} is too new. Maximum supported API version is "
                    f"{newest}")
        return None

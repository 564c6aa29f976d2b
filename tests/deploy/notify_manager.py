"""Plays systemd's part: takes what a service tells the manager, and passes it sockets."""
import os
import select
import socket
import time


class Manager:
    """A socket for NOTIFY_SOCKET; `name` is a path, or "@" and an abstract name."""

    def __init__(self, name, watchdog_s=None):
        self.name = name
        self.watchdog_s = watchdog_s
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        if name.startswith("/"):
            os.chmod(name, 0o777)
        self.heard = []

    def environment(self):
        variables = {**os.environ, "NOTIFY_SOCKET": self.name}
        if self.watchdog_s:
            variables["WATCHDOG_USEC"] = str(int(self.watchdog_s * 1e6))
        return variables

    def next(self, seconds):
        """The next message as a dictionary; None where none comes in time."""
        if not select.select([self.socket], [], [], max(0, seconds))[0]:
            return None
        text = self.socket.recv(65536).decode()
        message = dict(line.split("=", 1) for line in text.split("\n"))
        self.heard.append(message)
        return message

    def wait_for(self, key, seconds=20):
        """The next message with that key; what came before it is dropped."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = self.next(deadline - time.monotonic())
            if message is not None and key in message:
                return message
        raise AssertionError(f"no {key} within {seconds} s; heard {self.heard}")

    def close(self):
        self.socket.close()

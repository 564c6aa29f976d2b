"""The server that the benches and the test of 10,000 targets probe; see probe_load_server.cpp."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "e2e"))
from support import BUILD  # noqa: E402

PROGRAM = os.path.join(BUILD, "tests", "bench", "probe_load_server")


class LoadServer:
    """One port of `hosts` loopback addresses, for at most `seconds`."""

    def __init__(self, hosts, seconds, certificate=None):
        """`certificate`: the stem of a .crt and a .key; the server speaks TLS then."""
        self.hosts = hosts
        self.scheme = "https" if certificate else "http"
        identity = [certificate + ".crt", certificate + ".key"] if certificate else []
        self.process = subprocess.Popen([PROGRAM, str(hosts), str(seconds), *identity], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def host(self, number):
        number %= self.hosts
        return f"127.0.{1 + number // 250}.{1 + number % 250}"

    def url(self, number, path):
        """Path as in probe_load_server.cpp, on the host of that number."""
        return f"{self.scheme}://{self.host(number)}:{self.port}{path}"

    def close(self):
        """Ends it; how many requests it saw of each kind. Twice is once."""
        if self.process.stdin.closed:
            return {}
        self.process.stdin.close()
        report = self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(timeout=10)
        return {kind: int(count) for kind, count in (line.split() for line in report.splitlines())}

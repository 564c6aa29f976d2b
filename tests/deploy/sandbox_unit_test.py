"""The systemd service does its work as its unit restricts it (sandbox_unit.py): a dynamic user, the
machine's files read-only, systemd's filter of system calls."""
import errno
import json
import os
import signal
import socket
import unittest
import urllib.request

import tools  # first: it leads to tests/e2e
import support
from live_cgroup import LiveCgroups
from sandbox_cases import ATTEMPT, Handler, SandboxTestCase
from sandbox_unit import UnitService

TRY = ATTEMPT + """
import json, mmap, socket
def executable():
    mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)
print(json.dumps({
    "write": attempt(lambda: open("/etc/litewatch/file", "w").close()),
    "write to /var": attempt(lambda: open("/var/tmp/../lib/file", "w").close()),
    "temporary file": attempt(lambda: open("/tmp/file", "w").close()),
    "unshare": attempt(lambda: libc.unshare(0x10000000)),
    "writable and executable": attempt(executable),
    "netlink": attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()),
    "internet": attempt(lambda: socket.socket(socket.AF_INET).close()),
    "setuid": attempt(lambda: os.setuid(0)),
}), flush=True)
"""
UNIT = os.path.join(tools.DEPLOY, "systemd", "litewatch.service")


class Unit(SandboxTestCase):
    def setUp(self):
        super().setUp()
        self.cgroups = LiveCgroups()
        self.addCleanup(self.cgroups.close)
        self.data = self.ordinary_folder()
        self.server = support.LoopbackServer(Handler)
        self.addCleanup(self.server.close)
        os.mkdir(self.path("etc"))

    def configure(self, text):
        with open(os.path.join(self.path("etc"), "litewatch.yml"), "w") as file:
            file.write(text)

    def notify_socket(self):
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(os.path.join(self.data, "notify"))
        os.chmod(os.path.join(self.data, "notify"), 0o666)
        receiver.settimeout(10)
        self.addCleanup(receiver.close)
        return receiver

    def get(self, path):
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def metrics(self):
        with self.get("/metrics") as answer:
            return support.parse_page(answer.read().decode())

    def log_text(self):
        return self.service.log_text()

    def test_all_its_work(self):
        app = support.App(os.path.join(self.data, "app.db"), "PRAGMA journal_mode=WAL",
                          "CREATE TABLE t(a)", "BEGIN IMMEDIATE")
        self.addCleanup(app.close)
        container = self.cgroups.container(1)
        container.idle()
        self.configure(f"databases: [{self.data}/app.db]\n"
                       f"targets: [{{name: shop, url: 'http://127.0.0.1:{self.server.port}/'}}]\n")
        receiver = self.notify_socket()
        self.service = UnitService(self, UNIT, self.path("etc"), volumes=[self.data],
                                   env={"NOTIFY_SOCKET": os.path.join(self.data, "notify")})
        self.port = self.service.port()
        self.assertIn(b"READY=1", receiver.recv(4096))
        self.wait_value(self, 1, "sqlite_up", db="app")
        self.wait_value(self, 1, "sqlite_lock_held", db="app", lock="write")
        self.wait_value(self, 1, "probe_success", target="shop")
        self.wait_value(self, 1, "container_running", container=container.name[7:19])
        self.wait_value(self, 1, "litewatch_container_view_info", mode="host")
        for path in ("/", "/config", "/sd/http", "/-/healthy", "/-/ready", "/probe?target=shop"):
            with self.get(path) as answer:
                self.assertEqual(answer.status, 200, path)
        self.check_reload_and_end()

    def check_reload_and_end(self):
        self.configure(f"targets: [{{name: more, url: 'http://127.0.0.1:{self.server.port}/'}}]\n")
        self.service.started.end(signal.SIGHUP)
        self.wait_value(self, 1, "probe_success", target="more")
        self.assertNotIn("level=error", self.log_text())
        self.service.started.end(signal.SIGTERM)
        self.assertEqual(self.service.started.process.wait(10), 0, self.log_text())

    def test_what_is_forbidden_fails(self):
        service = UnitService(self, UNIT, self.path("etc"),
                              program=["/usr/bin/python3", "-c", TRY])
        self.assertEqual(service.started.process.wait(20), 0, service.log_text())
        self.assertEqual({name: errno.errorcode.get(code, code)
                          for name, code in json.loads(service.log_text()).items()},
                         {"write": "EROFS", "write to /var": "EROFS", "temporary file": 0,
                          "unshare": "EPERM", "writable and executable": "EPERM",
                          "netlink": "EPERM", "internet": 0, "setuid": "EPERM"})


if __name__ == "__main__":
    unittest.main()

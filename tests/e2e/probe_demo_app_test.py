"""The demo app fails as it is told, and the prober says of each failure what /fail promises."""
import os
import subprocess
import sys
import unittest
import urllib.request

from probing import all_reasons
from support import ROOT, TestCase, free_port, value, wait_until

DEMO = os.path.join(ROOT, "tests", "demo_app")
sys.path.insert(0, DEMO)
from failures import FAILURES  # noqa: E402

CONFIG = """
targets:
  - name: shop-health
    app: shop
    url: http://127.0.0.1:{port}/healthz
    health: draft
    interval: 1s
    failing_interval: 200ms
    timeout: 1s
"""


class DemoApp(TestCase):
    def tell(self, how):
        url = f"http://127.0.0.1:{self.port}/fail?how={how}"
        with urllib.request.urlopen(url, data=b"", timeout=5) as page:
            return page.read().decode()

    def start(self):
        self.port = free_port()
        app = subprocess.Popen([sys.executable, os.path.join(DEMO, "demo_app.py"),
                                "--db", self.path("shop.db"), "--listen", f"127.0.0.1:{self.port}"],
                               stdout=subprocess.DEVNULL)
        self.addCleanup(app.wait)
        self.addCleanup(app.terminate)
        with open(self.path("litewatch.yml"), "w") as file:
            file.write(CONFIG.format(port=self.port))
        service = self.litewatch(f"--config.file={self.path('litewatch.yml')}")
        self.wait_for(service, "")
        return service

    def wait_for(self, service, reason):
        def as_promised():
            page = service.metrics()
            seen = [word for word in all_reasons()
                    if value(page, "probe_failure_reason", reason=word) == 1]
            success = value(page, "probe_success", target="shop-health")
            return page if (seen, success) == ([reason] if reason else [], not reason) else None
        try:
            return wait_until(as_promised, 8, f"reason {reason!r}")
        except AssertionError as error:
            log = service.get("/probe?target=shop-health&debug=true")[2].decode()
            raise AssertionError(f"{error}: {log[:1500]}")

    def test_each_failure(self):
        service = self.start()
        self.assertIn("how=", self.tell("none"))
        for how, (_, reason, _) in FAILURES.items():
            with self.subTest(how):
                self.tell(how)
                if reason:
                    self.wait_for(service, reason)
                else:
                    self.assert_seen(service, how)
                self.tell("none")
                self.wait_for(service, "")

    def assert_seen(self, service, how):
        signs = {"degraded": lambda page: value(page, "probe_health_status", status="warn") == 1,
                 "slow": lambda page: value(page, "probe_duration_seconds",
                                            target="shop-health") > 0.6}
        wait_until(lambda: signs[how](service.metrics()), 5, how)
        self.wait_for(service, "")


if __name__ == "__main__":
    unittest.main()

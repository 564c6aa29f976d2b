"""The two litewatch of the compose file do their work as Docker would run them (pod.py): one that
probes, one at the app's side."""
import os
import unittest

import tools  # first: it leads to tests/e2e
import pod_compose
import support
import yaml
from pod import ADDRESS
from sandbox_cases import SandboxTestCase, WebServer, app_program

FOLDER = os.path.join(tools.DEPLOY, "compose")


class Compose(SandboxTestCase):
    def setUp(self):
        super().setUp()
        with open(os.path.join(FOLDER, "compose.yml")) as file:
            self.compose = yaml.safe_load(file)

    def service(self, name, **options):
        manifest = pod_compose.translate(self.compose, name, FOLDER)
        return self.pod([manifest], manifest, **options)

    def check(self, pod, name):
        """Its health check, its endpoints, its end."""
        litewatch = pod[name]
        support.wait_until(lambda: litewatch.passes("readinessProbe"), 20, "health")
        for path in ("/", "/metrics", "/config", "/-/healthy", "/-/ready"):
            self.assertEqual(pod.get(path)[0], 200, path)
        self.check_restrictions(litewatch)
        self.assertNotIn("level=error", litewatch.log_text())
        ended = pod.stop()[name]
        self.assertEqual(ended.code, 0)
        self.assertLess(ended.seconds, pod.grace)

    def test_probes(self):
        pod = self.service("litewatch", hosts={"app": ADDRESS})
        with pod.network():
            self.addCleanup(WebServer(3000).close)
        pod.start()
        support.wait_until(lambda: pod["litewatch"].passes("readinessProbe"), 20, "health")
        self.wait_value(pod, 1, "probe_success", app="shop")
        self.wait_value(pod, 1, "litewatch_container_view_info", mode="own")
        self.check(pod, "litewatch")

    def test_sidecar(self):
        """It shares the app's PID namespace and volume, not its network."""
        claims = {name: self.claim(1000) for name in self.compose["volumes"]}
        app = self.service("app", claims=claims,
                           programs={"app": app_program("/data/shop.db", 3000)})
        app.start()
        support.wait_until(lambda: os.path.exists(os.path.join(claims["app-data"], "shop.db")), 10,
                           "database")
        pod = self.service("litewatch-sidecar", claims=claims, pid_of=app["app"])
        pod.start()
        self.wait_value(pod, 1, "sqlite_up", app="shop")
        for path in ("/write", "/pin", "/write"):
            self.assertEqual(app.get(path, 3000, method="POST")[0], 200)
        self.wait_value(pod, lambda frames: frames > 0, "sqlite_wal_pinned_frames", app="shop")
        self.wait_value(pod, 1, "container_running", app="shop")
        code, output = pod["litewatch-sidecar"].execute(
            ["/usr/bin/litetool", "inspect", "/data/shop.db"])
        self.assertRegex(output, r"shared +read +pid 1 +/usr/bin/python3")
        self.check(pod, "litewatch-sidecar")


if __name__ == "__main__":
    unittest.main()

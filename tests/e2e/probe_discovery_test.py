"""/sd/http as the real Prometheus uses it: one job, and every target is an instance of its own."""
import json
import os
import unittest

from probing import ProbeTestCase
from prometheus import Prometheus
from support import TOOLS, skip, wait_until


def discovery_job(service, **more):
    """What the README says: nothing but the address of litewatch."""
    return {"job_name": "blackbox-exporter", **more,
            "http_sd_configs": [{"url": f"http://127.0.0.1:{service.port}/sd/http",
                                 "refresh_interval": "5s"}]}


class Discovery(ProbeTestCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(os.path.join(TOOLS, "prometheus")):
            skip(self, "no Prometheus under build/tools; tests/run.sh unpacks Debian's")

    def test_document(self):
        service = self.probes([])
        status, headers, body = service.get("/sd/http")
        self.assertEqual((status, headers["Content-Type"].split(";")[0], json.loads(body)),
                         (200, "application/json", []))
        service.stop()
        url = self.faults.url("/ok?token=x")
        service = self.probes([{"name": "shop", "app": "Shöp", "url": url},
                               {"name": "db", "url": "127.0.0.1:1", "module": "tcp_connect"}])
        groups = json.loads(service.get("/sd/http")[2])
        self.assertEqual(len(groups), 2)
        text = json.dumps(groups)
        self.assertNotIn("token=x", text)
        for group in groups:
            self.assertEqual(list(group), ["targets", "labels"])
            for name in group["labels"]:
                self.assertRegex(name, "^[a-zA-Z_][a-zA-Z0-9_]*$")

    def test_a_real_prometheus_probes_through_it(self):
        urls = {"well": self.faults.url("/ok"), "ill": self.faults.url("/status/500"),
                "gone": f"http://127.0.0.1:{self.faults.refusing_port}/"}
        targets = [{"name": name, "app": "shop", "url": url, "interval": "none",
                    "timeout": "5s"}
                   for name, url in urls.items()]
        service = self.probes(targets)
        prometheus = Prometheus(self.folder, [discovery_job(service)], scrape="3s")
        self.addCleanup(prometheus.close)
        wait_until(lambda: len(prometheus.query("probe_success")) and
                   prometheus.scalar("count(probe_success)") == 3, 20, "probes in Prometheus")
        for name, url in urls.items():
            with self.subTest(name):
                mine = f'{{job="blackbox-exporter",instance="{url}"}}'
                self.assertEqual(prometheus.scalar("up" + mine), 1)
                self.assertEqual(prometheus.scalar("probe_success" + mine), float(name == "well"))
                self.assertEqual(prometheus.scalar("count(probe_http_duration_seconds" + mine +
                                                   ")"), 5)
        labels = dict(next(iter(prometheus.query(f'probe_success{{instance="{urls["well"]}"}}'))))
        self.assertFalse([label for label in labels if label.startswith("exported_")], labels)
        # Configured only: what leaves the configuration leaves Prometheus.
        self.reload(service, targets[:1])
        wait_until(lambda: len(prometheus.api("targets")["activeTargets"]) == 1, 20,
                   "targets that leave")
        self.assertEqual(prometheus.log_text(), "")


if __name__ == "__main__":
    unittest.main()

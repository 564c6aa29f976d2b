"""Loki itself, with the configuration and under the restrictions that deploy/compose gives it
(pod.py): lines go in and come out, limits hold, what it had is there after a restart."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import tools  # first: it leads to tests/e2e
import loki
import pod_compose
import support
import yaml
from pod import ADDRESS, Pod, why_not

FOLDER = os.path.join(tools.DEPLOY, "compose")
CONFIGURATION = os.path.join(FOLDER, "loki", "loki.yml")
SHOP = {"job": "apps", "app": "shop"}


def load(*path):
    with open(os.path.join(FOLDER, *path)) as file:
        return yaml.safe_load(file)


class ConfigurationTest(support.TestCase):
    def verify(self, text):
        """What `loki -verify-config` says of a configuration; nothing where it is well."""
        with open(self.path("loki.yml"), "w") as file:
            file.write(text)
        done = tools.run(loki.program(self), "-verify-config",
                         f"-config.file={self.path('loki.yml')}", check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def test_loki_accepts_it_and_would_not_accept_another(self):
        with open(CONFIGURATION) as file:
            text = file.read()
        self.assertEqual("", self.verify(text))
        for wrong, complaint in (("retention_perod: 72h", "field retention_perod not found"),
                                 ("retention_period: 3 days", "unknown unit")):
            with self.subTest(wrong):
                self.assertIn(complaint, self.verify(text.replace("retention_period: 72h", wrong)))

    def test_what_deletes_old_lines_needs_its_store(self):
        with open(CONFIGURATION) as file:
            text = file.read()
        self.assertIn("delete-request-store",
                      self.verify(re.sub(r"\n  delete_request_store: .*", "", text)))

    def test_what_is_tested_is_the_version_that_compose_runs(self):
        with open(os.path.join(os.path.dirname(__file__), "tools.sh")) as file:
            tested = re.search(r"loki=\S+@v([\d.]+)", file.read()).group(1)
        self.assertEqual(f"grafana/loki:{tested}", load("compose.yml")["services"]["loki"]["image"])


class RunningTestCase(support.TestCase):
    """One Loki for all tests of a class; each leaves it well, with streams of its own."""

    def setUp(self):
        super().setUp()
        reason = why_not()
        if reason:
            support.skip(self, reason)
        if not hasattr(type(self), "pod"):
            self.make_pod(loki.program(self))
            self.pod.start()
        self.await_health()

    def make_pod(self, program):
        folder = tempfile.mkdtemp(prefix="litewatch-loki-")
        self.addClassCleanup(shutil.rmtree, folder)
        os.chown(folder, loki.UID, loki.UID)
        manifest = pod_compose.translate(load("compose.yml"), "loki", FOLDER)
        pod = Pod(self, [manifest], manifest, claims={"loki": folder},
                  images={"loki": loki.image(program)})
        self.addClassCleanup(pod.close)
        pod.__enter__()
        type(self).pod, type(self).client = pod, loki.Client(pod)

    def await_health(self):
        """By the health check of compose.yml, within its start_period and retries."""
        def healthy():
            if not self.pod["loki"].started.running():
                raise AssertionError(f"Loki ended: {self.pod.log_text()}")
            return self.pod["loki"].passes("readinessProbe")
        support.wait_until(healthy, 90, "healthy Loki")


class LokiTest(RunningTestCase):
    def test_it_has_no_rights_and_writes_into_its_volume_only(self):
        asked = self.pod["loki"].restrictions
        self.assertEqual((True, True, set(), "RuntimeDefault", loki.UID),
                         (asked.read_only_root, asked.no_new_privileges, asked.capabilities,
                          asked.seccomp, asked.uid))
        writable = {mount["mountPath"] for mount in self.pod["loki"].spec["volumeMounts"]
                    if not mount.get("readOnly")}
        self.assertEqual({"/loki", "/tmp"}, writable)
        self.pod["loki"].verify()

    def test_lines_come_back_with_their_labels(self):
        """As Alloy's pipeline sends them: few labels, the rest in the line, for `| json`."""
        labels = {**SHOP, "level": "error"}
        line = json.dumps({"level": "error", "app": "shop", "message": "no stock", "order": 7})
        self.assertEqual((204, ""), self.client.push(labels, line))
        found = self.client.await_lines('{app="shop", level="error"}', line)
        self.assertLessEqual(labels.items(), found.items())
        parsed = self.client.await_lines('{app="shop", level="error"} | json | order = 7', line)
        self.assertEqual("no stock", parsed["message"])

    def test_a_line_that_is_too_long_is_cut(self):
        self.assertEqual(204, self.client.push({**SHOP, "level": "long"}, "x" * (70 << 10))[0])
        self.client.await_lines('{level="long"}', "x" * (64 << 10))

    def test_what_is_too_much_is_refused_and_why(self):
        hour = 3600
        many = {f"label_{number}": "x" for number in range(11)}
        for (status, said), wanted in (
                (self.client.push(SHOP, "old", age=73 * hour), (400, "timestamp too old")),
                (self.client.push(many, "x"), (400, "has 11 label names; limit 10")),
                (self.client.push(SHOP, *["x" * (60 << 10)] * 150), (429, "rate limit"))):
            with self.subTest(wanted[1]):
                self.assertEqual(wanted[0], status, said)
                self.assertIn(wanted[1], said)
        self.assertEqual(204, self.client.push({**SHOP, "level": "late"}, "x", age=71 * hour)[0])

    def test_old_lines_are_deleted_by_a_compactor_that_runs(self):
        def value(name):
            return support.value(self.page(), name)
        support.wait_until(lambda: value("loki_boltdb_shipper_compactor_running") == 1, 30,
                           "compactor")
        self.assertNotRegex(self.pod.log_text(), "level=error.*(compactor|retention)")

    def page(self):
        """Loki's /metrics, without what is no plain value."""
        status, _, body = self.pod.get("/metrics", loki.PORT)
        self.assertEqual(200, status)
        lines = body.decode().splitlines()
        return support.parse_page("\n".join(line for line in lines if " # " not in line))

    def test_prometheus_scrapes_it(self):
        config = load("prometheus", "prometheus.yml")
        jobs = [job for job in config["scrape_configs"] if job["job_name"] == "loki"]
        self.assertEqual([["loki:3100"]], [job["static_configs"][0]["targets"] for job in jobs])
        jobs[0]["static_configs"][0]["targets"] = [f"{ADDRESS}:{loki.PORT}"]
        with open(self.path("prometheus.yml"), "w") as file:
            yaml.safe_dump({"global": config["global"], "scrape_configs": jobs}, file)
        self.start_prometheus()
        support.wait_until(lambda: self.ask('up{job="loki"}') == 1, 40, "scrape of Loki")
        self.assertGreater(self.ask('scrape_samples_scraped{job="loki"}'), 500)
        self.assertEqual(1, self.ask('loki_build_info{job="loki"}'))

    def start_prometheus(self):
        """In Loki's network."""
        with self.pod.network(), open(self.path("log"), "w") as log:
            process = subprocess.Popen(
                [os.path.join(support.TOOLS, "prometheus"),
                 f"--config.file={self.path('prometheus.yml')}",
                 f"--storage.tsdb.path={self.path('data')}"], stdout=log, stderr=log)
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.terminate)

    def ask(self, expression):
        """The one value of an expression; None where there is none yet."""
        question = urllib.parse.urlencode({"query": expression})
        try:
            status, _, body = self.pod.get(f"/api/v1/query?{question}", 9090)
        except OSError:
            return None
        result = json.loads(body)["data"]["result"] if status == 200 else []
        return float(result[0]["value"][1]) if result else None

    def test_it_ends_in_time_and_has_its_lines_after_a_restart(self):
        labels = {**SHOP, "level": "kept"}
        self.assertEqual(204, self.client.push(labels, "one", "two")[0])
        ended = self.pod.stop()["loki"]
        self.assertEqual(0, ended.code, self.pod.log_text())
        self.assertLess(ended.seconds, self.pod.grace)
        self.pod.start()
        self.await_health()
        self.client.await_lines('{level="kept"}', "one", "two")

    def test_it_complains_of_nothing_but_its_start_its_end_and_what_it_refuses(self):
        known = 'err="empty ring"|context canceled|msg="write operation failed"'
        complaints = [line for line in self.pod.log_text().splitlines()
                      if re.search("level=(error|fatal)|panic", line)
                      and not re.search(known, line)]
        self.assertEqual([], complaints)


class CarelessAppTest(RunningTestCase):
    """It takes all streams that there may be."""

    def test_labels_of_a_careless_app_are_stopped_at_a_thousand_streams(self):
        streams = [{"stream": {"app": "careless", "request": str(number)},
                    "values": [[str(time.time_ns()), "x"]]} for number in range(1100)]
        status, said = self.client.push_streams(streams)
        self.assertEqual(429, status, said)
        self.assertIn("maximum active stream limit exceeded", said)


if __name__ == "__main__":
    unittest.main()

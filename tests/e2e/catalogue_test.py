"""What the real litewatch publishes of real things is what the catalogue says, in both directions:
names, types, labels and help."""
import json
import os
import re
import unittest

from alerting.demo_app import DemoApp
from support import ROOT, Litewatch, TestCase, wait_until

REFERENCE = os.path.join(ROOT, "exporter", "metrics.json")
SAMPLE = re.compile(r'([a-z_0-9]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z_0-9]+)="(?:[^"\\]|\\.)*"')
PARTS = re.compile(r"_(bucket|sum|count)$")
TYPES = {"info": "gauge"}
# The labels of containers that the configuration allows have names of their own.
OWN_NAMES = "container_label_"


class Page:
    """A page of the text format, line by line."""

    def __init__(self, text):
        self.types, self.help, self.samples = {}, {}, []
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, self.types[name] = line.split(" ", 3)
            elif line.startswith("# HELP "):
                _, _, name, self.help[name] = line.split(" ", 3)
            else:
                self.samples.append(SAMPLE.fullmatch(line))
                if self.samples[-1] is None:
                    raise AssertionError(f"no sample, or one with a timestamp: {line!r}")

    def family(self, name):
        return name if name in self.types else PARTS.sub("", name)


class Catalogue(TestCase):
    def setUp(self):
        super().setUp()
        with open(REFERENCE) as file:
            self.reference = {row["name"]: row for row in json.load(file)["metrics"]}

    def live_page(self):
        app = DemoApp(os.path.join(self.folder, "app.db"))
        self.addCleanup(app.stop)
        service = Litewatch(app.database, app.url, "--path.cgroup=/sys/fs/cgroup")
        self.addCleanup(service.stop)
        wait_until(lambda: any(series.startswith("probe_success") and value == 1
                               for series, value in service.metrics().items()), 20, "probe")
        _, headers, body = service.get("/metrics")
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return Page(body.decode())

    def test_a_live_page(self):
        page = self.live_page()
        self.assertEqual(page.types, {name: TYPES.get(row["type"], row["type"])
                                      for name, row in self.reference.items()
                                      if name in page.types})
        self.assertEqual(page.help, {name: row["help"] for name, row in self.reference.items()
                                     if name in page.types})
        self.assert_labels(page)
        series = [found.group(1, 2) for found in page.samples]
        self.assertEqual(len(series), len(set(series)), "a series is there twice")
        always = {name for name, row in self.reference.items() if not row["condition"]}
        self.assertEqual(always - set(page.types), set(), "not published")

    def assert_labels(self, page):
        for found in page.samples:
            name, text, _ = found.groups()
            labels = set(LABEL.findall(text or ""))
            if name.endswith("_bucket") and name not in page.types:
                labels.discard("le")
            known = set(self.reference[page.family(name)]["labels"])
            others = {label for label in labels - known if not label.startswith(OWN_NAMES)}
            self.assertEqual(others, set(), found.group())


if __name__ == "__main__":
    unittest.main()

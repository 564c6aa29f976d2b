"""Public alert rules and dashboard queries for blackbox_exporter, unchanged, in a real Prometheus
that probes through litewatch: every query has data, every alert fires where it should and only
there."""
import json
import os
import re
import time
import unittest

from probe_discovery_test import discovery_job
from probing import ProbeTestCase
from prometheus import Prometheus
from support import TOOLS, skip, wait_until

PUBLIC = os.path.join(os.path.dirname(__file__), "public")
JOB = "blackbox-exporter"

# What has nothing to do with HTTP probes, or is about blackbox_exporter itself.
WITHOUT_DATA = {
    "probe_icmp_duration_seconds": "litewatch has no ICMP prober",
    "blackbox_exporter_config_last_reload_successful":
        "litewatch's own is litewatch_config_last_reload_successful, on /metrics",
}


def read_public(name):
    with open(os.path.join(PUBLIC, name)) as file:
        return json.load(file)


def without_data(expression):
    return any(family in expression for family in WITHOUT_DATA)


class PublicAlerts(ProbeTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        url = cls.faults.url
        cls.instances = {
            "well": url("/ok", "good"), "plain": url("/ok"), "redirects": url("/redirects/2"),
            "status": url("/status/503"), "slow": url("/slow/1.3"),
            "refused": f"http://127.0.0.1:{cls.faults.refusing_port}/",
            "expired": url("/ok", "expired"), "two_days": url("/ok", "two_days"),
            "ten_days": url("/ok", "ten_days")}

    # Which instances each alert is about; the others must stay silent.
    DOWN = {"status", "refused", "expired"}
    FIRING = {
        "awesome": {
            "BlackboxProbeFailed": DOWN,
            "BlackboxConfigurationReloadFailure": set(),
            "BlackboxSlowProbe": {"slow"},
            "BlackboxProbeHttpFailure": DOWN,
            "BlackboxSslCertificateWillExpireSoon": {"ten_days"},
            "BlackboxSslCertificateWillExpireVerySoon": {"two_days"},
            "BlackboxSslCertificateExpired": {"expired"},
            "BlackboxProbeSlowHttp": {"slow"},
            "BlackboxProbeSlowPing": set(),
        },
        "mixin": {
            "BlackboxProbeFailed": DOWN,
            "BlackboxLowUptime30d": DOWN,
            "BlackboxSslCertificateWillExpireSoon": {"two_days", "ten_days"},
            "BlackboxSslCertificateExpired": {"expired"},
        },
    }

    def setUp(self):
        super().setUp()
        if not os.path.exists(os.path.join(TOOLS, "prometheus")):
            skip(self, "no Prometheus under build/tools; tests/run.sh unpacks Debian's")
        service = self.probes(
            [{"name": name, "url": target, "module": "trusting", "interval": "none",
              "timeout": "10s"} for name, target in self.instances.items()],
            {"trusting": {"prober": "http", "http": {"tls_config": self.ca}}})
        self.groups = {"awesome": read_public("awesome_prometheus_alerts.json"),
                       "mixin": read_public("mixin_alerts.json")}
        job = discovery_job(service, scrape_timeout="6s", scrape_interval="6s")
        job["relabel_configs"] = [{"target_label": "cluster", "replacement": "home"}]
        with open(self.path("rules.json"), "w") as file:
            json.dump({"groups": [{"name": name, "interval": "1s", "rules": rules}
                                  for name, rules in self.groups.items()]}, file)
        self.prometheus = Prometheus(self.folder, [job], rule_files=[self.path("rules.json")])
        self.addCleanup(self.prometheus.close)

    def alerts(self):
        """{(group, alert): {instance: state}}"""
        names = {url: name for name, url in self.instances.items()}
        found = {}
        for group in self.prometheus.api("rules")["groups"]:
            for rule in group["rules"]:
                found[group["name"], rule["name"]] = {
                    names[alert["labels"]["instance"]]: alert["state"]
                    for alert in rule["alerts"]}
        return found

    def unwell(self):
        """Rules not evaluated yet, or in vain the last time: a busy Prometheus may stumble once."""
        return [rule for group in self.prometheus.api("rules")["groups"]
                for rule in group["rules"] if rule["health"] != "ok"]

    def expected(self):
        return {(group, alert): instances for group, alerts in self.FIRING.items()
                for alert, instances in alerts.items()}

    def test_alerts_and_queries(self):
        expected = self.expected()
        self.assertEqual({(group, rule["alert"]) for group, rules in self.groups.items()
                          for rule in rules}, set(expected))

        def as_expected():
            time.sleep(0.3)
            return not self.unwell() and {key: set(about) for key, about
                                          in self.alerts().items()} == expected
        with self.subTest("alerts"):
            try:
                wait_until(as_expected, 60, "alerts where they should be")
            except AssertionError:
                self.assertEqual(self.unwell(), [])
                self.assertEqual({key: set(about) for key, about in self.alerts().items()},
                                 expected)
            waits = {(group, rule["alert"]) for group, rules in self.groups.items()
                     for rule in rules if rule["for"] != "0m"}
            for key, about in self.alerts().items():
                for instance, state in about.items():
                    self.assertIn(state, ("pending", "firing") if key in waits else ("firing",),
                                  (key, instance))
        self.assert_queries_have_data()
        self.assert_rule_expressions_have_data()

    def assert_queries_have_data(self):
        values = {"$cluster": "home", "$job": JOB,
                  "$instance": re.escape(self.instances["well"]).replace("\\", "\\\\")}
        for query in read_public("mixin_queries.json"):
            for name, text in values.items():
                query = query.replace(name, text)
            with self.subTest(query):
                lookup = re.fullmatch(r"label_values\((.*), (\w+)\)", query)
                if lookup:
                    query = f"count by ({lookup.group(2)}) ({lookup.group(1)})"
                found = self.prometheus.api("query", query=query)["result"]
                self.assertEqual(bool(found), not without_data(query), query)
                for row in found:
                    self.assertNotEqual(row["value"][1], "NaN")

    def assert_rule_expressions_have_data(self):
        """The series that each expression reads are there, whether or not it fires."""
        for rules in self.groups.values():
            for rule in rules:
                for family in set(re.findall(r"\b(?:probe|blackbox)_\w+", rule["expr"])):
                    with self.subTest(rule["alert"] + ": " + family):
                        self.assertEqual(bool(self.prometheus.query(family)),
                                         not without_data(family))


if __name__ == "__main__":
    unittest.main()

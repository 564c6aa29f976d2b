"""The rules are what promtool and amtool take, their unit tests hold, and each alert has a way."""
import glob
import os
import shutil
import subprocess
import unittest

import yaml
from support import ROOT, THRIFTY_GO, TOOLS, TestCase, not_here, skip

RULES = os.path.join(ROOT, "rules")
ALERTMANAGER = os.path.join(RULES, "alertmanager.yml")
RECEIVERS = {"critical": "pager", "warning": "ticket", "info": "none", "none": "deadman"}
# Labels that no rule names: routes must not depend on them.
INSTANCES = ({}, {"app": "shop", "cluster": "eu", "namespace": "prod"})


def files(*parts):
    found = sorted(glob.glob(os.path.join(RULES, *parts)))
    if not found:
        raise AssertionError(f"nothing is {os.path.join('rules', *parts)}")
    return found


def run(*command):
    """Exit code and output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300, env=THRIFTY_GO)
    return done.returncode, done.stdout


def alert_labels():
    """The fixed labels of every alert, with its file."""
    for path in files("alerts", "*.yml"):
        with open(path) as file:
            groups = yaml.safe_load(file)["groups"]
        for group in groups:
            for rule in group["rules"]:
                yield path, {"alertname": rule["alert"], **rule["labels"]}


def major_version(promtool):
    """None where it does not say; one that was built from source says nothing."""
    words = run(promtool, "--version")[1].split()
    number = words[2] if len(words) > 2 else ""
    return int(number.split(".")[0]) if number[:1].isdigit() else None


def find_promtool3():
    """A promtool of Prometheus 3: $LITEWATCH_PROMTOOL3, which is believed, or one on PATH."""
    named = os.environ.get("LITEWATCH_PROMTOOL3")
    if named:
        return named
    found = shutil.which("promtool")
    return found if found and (major_version(found) or 0) >= 3 else None


class RulesTestCase(TestCase):
    def tool(self, name):
        path = os.path.join(TOOLS, name)
        if not os.path.exists(path):
            skip(self, f"no {name} under build/tools; tests/run.sh unpacks Debian's")
        return path

    def assert_runs(self, *command):
        code, output = run(*command)
        self.assertEqual(code, 0, output)


class Promtool(RulesTestCase):
    def each_promtool(self):
        """Debian's, and one of Prometheus 3 where there is one."""
        yield self.tool("promtool")
        if find_promtool3():
            yield find_promtool3()

    def test_every_file_is_valid(self):
        for promtool in self.each_promtool():
            for path in files("recording", "*.yml") + files("alerts", "*.yml"):
                with self.subTest(path, promtool=promtool):
                    self.assert_runs(promtool, "check", "rules", "--lint=all", "--lint-fatal", path)

    def test_every_unit_test_holds(self):
        for promtool in self.each_promtool():
            for path in files("tests", "*.yml"):
                with self.subTest(path, promtool=promtool):
                    self.assert_runs(promtool, "test", "rules", path)

    def test_every_rule_file_has_its_tests(self):
        tests = {os.path.basename(path) for path in files("tests", "*.yml")}
        wanted = {os.path.basename(path) for path in files("alerts", "*.yml")}
        wanted |= {"recording-" + os.path.basename(path) for path in files("recording", "*.yml")}
        self.assertEqual(tests, wanted)

    def test_what_loads_several_files_says_in_which_order(self):
        """Else promtool evaluates their groups in an order that differs from run to run."""
        for path in files("tests", "*.yml"):
            with open(path) as file:
                tests = yaml.safe_load(file)
            with self.subTest(path):
                self.assertTrue(len(tests["rule_files"]) == 1 or tests.get("group_eval_order"),
                                "group_eval_order is missing")

    def test_a_broken_rule_is_noticed(self):
        path = self.path("broken.yml")
        with open(path, "w") as file:
            file.write("groups: [{name: a, rules: [{alert: A, expr: 'rate(up)'}]}]")
        self.assertNotEqual(run(self.tool("promtool"), "check", "rules", path)[0], 0)

    def test_prometheus_3_was_asked(self):
        if not find_promtool3():
            not_here(self, "no promtool of Prometheus 3: name one in LITEWATCH_PROMTOOL3")


class Alertmanager(RulesTestCase):
    def test_the_configuration_is_valid(self):
        self.assert_runs(self.tool("amtool"), "check-config", ALERTMANAGER)

    def test_each_alert_reaches_its_receiver(self):
        amtool = self.tool("amtool")
        ways = {tuple(labels.items()): (path, labels) for path, labels in alert_labels()}
        self.assertGreater(len(ways), 25)
        for path, labels in ways.values():
            for more in INSTANCES:
                with self.subTest(os.path.basename(path), **labels, **more):
                    pairs = [f"{name}={value}" for name, value in {**labels, **more}.items()]
                    self.assert_runs(amtool, "config", "routes", "test",
                                     f"--config.file={ALERTMANAGER}",
                                     f"--verify.receivers={RECEIVERS[labels['severity']]}", *pairs)

    def test_an_alert_without_a_severity_is_a_ticket(self):
        self.assert_runs(self.tool("amtool"), "config", "routes", "test",
                         f"--config.file={ALERTMANAGER}", "--verify.receivers=ticket",
                         "alertname=Forgotten", "app=shop")


if __name__ == "__main__":
    unittest.main()

"""Each alert is broken in each part of it, and its tests notice: they prove what they seem to.

The faults are put in by the program rule_mutations; see there what each one is."""
import concurrent.futures
import functools
import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import yaml
from support import BUILD, LITETOOL, ROOT, THRIFTY_GO, TOOLS, TestCase, skip

RULES = os.path.join(ROOT, "rules")
PROMTOOL = os.path.join(TOOLS, "promtool")
MUTATIONS = os.path.join(BUILD, "rule_mutations")

# Faults that change nothing that a test could see: (alert, severity, what the mutation's name
# begins with) and why.
EXACTLY_ZERO = "what is computed is exactly 0 by chance alone: whether 0 counts is not to be seen"
EQUIVALENT = {
    ("AppErrorBudgetExhausted", "warning", "shift"): EXACTLY_ZERO,
    ("SqliteVolumeFillingUp", "critical", "shift"): EXACTLY_ZERO,
    ("SqliteVolumeFillingUp", "warning", "shift"): EXACTLY_ZERO,
}


def mutants():
    alerts = sorted(glob.glob(os.path.join(RULES, "alerts", "*.yml")))
    done = subprocess.run([MUTATIONS, *alerts], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"rule_mutations: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def is_called(mutant, alert, severity, start):
    return (alert, severity) == (mutant["alert"], mutant["labels"]["severity"]) and \
        mutant["mutation"].startswith(start)


def why_equivalent(mutant):
    return next((why for name, why in EQUIVALENT.items() if is_called(mutant, *name)), None)


@functools.cache
def tests_of(path):
    """What stands before the groups of a file of tests, and [(group, its text)]. The text is cut,
    not written anew: to Python's YAML 0x40 is a number."""
    with open(path) as file:
        lines = file.readlines()
    text = "".join(lines)
    groups = yaml.safe_load(text)["tests"]
    keys = dict((key.value, value) for key, value in yaml.compose(text).value)
    starts = [node.start_mark.line for node in keys["tests"].value]
    ends = [*starts[1:], len(lines)]
    texts = ["".join(lines[start:end]) for start, end in zip(starts, ends)]
    return "".join(lines[:starts[0]]), list(zip(groups, texts))


def groups_of(path, wanted):
    """The text of a file of tests with those groups alone that are wanted."""
    head, groups = tests_of(path)
    return head + "".join(text for group, text in groups if wanted(group))


def names(test, alert):
    """Whether a group of tests expects anything of the alert."""
    return any(expected["alertname"] == alert for expected in test.get("alert_rule_test", ()))


def expects(test, alert, labels):
    """Whether a group of tests expects the alert to fire with these labels."""
    return any(expected["alertname"] == alert and
               any(labels.items() <= firing["exp_labels"].items()
                   for firing in expected.get("exp_alerts") or ())
               for expected in test.get("alert_rule_test", ()))


class Workbench:
    """Runs tests of the rules as they are, or with another text of one of their files."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, path, wanted, text=None):
        """promtool's exit code and output with those groups of the file's tests that are wanted."""
        name = os.path.basename(path)
        with tempfile.TemporaryDirectory(dir=self.folder) as root:
            for folder in ("recording", "alerts"):
                shutil.copytree(os.path.join(RULES, folder), os.path.join(root, folder))
            if text is not None:
                with open(os.path.join(root, "alerts", name), "w") as file:
                    file.write(text)
            os.mkdir(os.path.join(root, "tests"))
            written = os.path.join(root, "tests", name)
            with open(written, "w") as file:
                file.write(groups_of(os.path.join(RULES, "tests", name), wanted))
            done = subprocess.run([PROMTOOL, "test", "rules", written], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=120,
                                  env=THRIFTY_GO)
            return done.returncode, done.stdout

    def try_mutant(self, mutant):
        """The groups that expect it to fire mostly notice; where they do not, all others of the
        alert are asked. Those of other alerts cannot tell."""
        alert = mutant["alert"]
        answer = self.run(mutant["file"], lambda test: expects(test, alert, mutant["labels"]),
                          mutant["text"])
        if answer[0] != 0:
            return answer
        return self.run(mutant["file"], lambda test: names(test, alert), mutant["text"])

    def survives(self, mutant):
        """What is to be said of a mutant that no test notices; None where one does."""
        code, output = self.try_mutant(mutant)
        about = f"{mutant['alert']} ({mutant['labels']['severity']}): {mutant['mutation']}"
        if code == 0:
            return None if why_equivalent(mutant) else f"{about}: no test fails"
        if "got:" not in output:
            return f"{about}: promtool did not come to the tests: {output[-300:]}"
        if why_equivalent(mutant):
            return f"{about}: listed as equivalent, but a test fails"
        return None


class RuleMutationTest(TestCase):
    def setUp(self):
        super().setUp()
        for program in (PROMTOOL, MUTATIONS):
            if not os.path.exists(program):
                skip(self, f"{os.path.relpath(program, ROOT)} is not there")

    def in_parallel(self, work, items):
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            return [answer for answer in pool.map(work, items) if answer]

    def test_every_fault_in_an_alert_fails_a_test(self):
        found = mutants()
        only = os.environ.get("LITEWATCH_MUTANTS")  # a file's stem, while one writes its tests
        if only:
            found = [mutant for mutant in found if f"/{only}.yml" in mutant["file"]]
        bench = Workbench(self.folder)
        files = sorted({mutant["file"] for mutant in found})
        failing = self.in_parallel(lambda path: self.failing(bench, path), files)
        self.assertEqual(failing, [], "\n".join(failing))
        alive = self.in_parallel(bench.survives, found)
        print(f"\n{len(found)} faults, {len(alive)} unnoticed", flush=True)
        self.assertEqual(alive, [], "\n" + "\n".join(alive))

    @staticmethod
    def failing(bench, path):
        code, output = bench.run(path, lambda test: True)
        return f"{path}: its tests fail without a fault: {output[-500:]}" if code else None

    def test_every_alert_gets_its_faults(self):
        kinds = {}
        for mutant in mutants():
            key = mutant["alert"], mutant["labels"]["severity"]
            kinds.setdefault(key, set()).add(mutant["mutation"].split()[0])
        lacking = [f"{alert} ({severity}): {sorted(found)}"
                   for (alert, severity), found in sorted(kinds.items())
                   if alert != "Watchdog" and not {"rename"} < found]
        self.assertEqual(lacking, [])
        self.assertIn("never", kinds[("Watchdog", "none")])

    def test_equivalent_faults_are_there(self):
        found = mutants()
        for name, reason in EQUIVALENT.items():
            with self.subTest(name=name):
                self.assertTrue(reason)
                self.assertTrue(any(is_called(mutant, *name) for mutant in found))


class RenamedMetricTest(TestCase):
    """What no unit test of rules can tell: the exporter publishes the metric under another name."""

    def test_a_metric_that_nobody_publishes_is_found(self):
        for folder in ("rules", "dashboards"):
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(self.folder, folder))
        path = os.path.join(self.folder, "rules", "alerts", "sqlite-wal.yml")
        with open(path) as file:
            text = file.read()
        renamed = text.replace("sqlite_wal_live_bytes", "sqlite_wal_living_bytes")
        self.assertNotEqual(text, renamed)
        with open(path, "w") as file:
            file.write(renamed)
        done = subprocess.run([LITETOOL, "check", "rules", f"--root={self.folder}"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, r"sqlite-wal\.yml:\d+: .*promql/metric")
        self.assertIn("sqlite_wal_living_bytes", done.stdout)


if __name__ == "__main__":
    unittest.main()

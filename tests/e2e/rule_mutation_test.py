"""Each alert is broken in each part of it, and its tests notice: they prove what they seem to.

The faults are put in by the program rule_mutations; see there what each one is."""
import concurrent.futures
import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import yaml
from support import BUILD, LITETOOL, ROOT, TOOLS, TestCase, skip

RULES = os.path.join(ROOT, "rules")
PROMTOOL = os.path.join(TOOLS, "promtool")
MUTATIONS = os.path.join(BUILD, "rule_mutations")

# Faults that change nothing that a test could see: (alert, severity, what the mutation's name
# begins with) and why.
EQUIVALENT = {}


def mutants():
    alerts = sorted(glob.glob(os.path.join(RULES, "alerts", "*.yml")))
    done = subprocess.run([MUTATIONS, *alerts], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"rule_mutations: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def why_equivalent(mutant):
    for (alert, severity, start), reason in EQUIVALENT.items():
        if (alert, severity) == (mutant["alert"], mutant["severity"]) and \
                mutant["mutation"].startswith(start):
            return reason
    return None


def tests_of(path, alert):
    """A file of tests with the groups alone that expect something of the alert: no other one can
    tell that it is broken, and some take seconds."""
    with open(path) as file:
        tests = yaml.safe_load(file)
    tests["tests"] = [test for test in tests["tests"]
                      if any(expected["alertname"] == alert
                             for expected in test.get("alert_rule_test", ()))]
    return yaml.safe_dump(tests, sort_keys=False)


class Workbench:
    """Runs the tests of one alert against the rules as they are or with another text of its file."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, path, alert, text=None):
        """promtool's exit code and output."""
        name = os.path.basename(path)
        with tempfile.TemporaryDirectory(dir=self.folder) as root:
            os.makedirs(os.path.join(root, "alerts"))
            os.makedirs(os.path.join(root, "tests"))
            os.symlink(os.path.join(RULES, "recording"), os.path.join(root, "recording"))
            for other in glob.glob(os.path.join(RULES, "alerts", "*.yml")):
                if text is None or os.path.basename(other) != name:
                    os.symlink(other, os.path.join(root, "alerts", os.path.basename(other)))
            if text is not None:
                with open(os.path.join(root, "alerts", name), "w") as file:
                    file.write(text)
            tests = os.path.join(root, "tests", name)
            with open(tests, "w") as file:
                file.write(tests_of(os.path.join(RULES, "tests", name), alert))
            done = subprocess.run([PROMTOOL, "test", "rules", tests], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=120)
            return done.returncode, done.stdout

    def survives(self, mutant):
        """What is to be said of a mutant that no test notices; None where one does."""
        code, output = self.run(mutant["file"], mutant["alert"], mutant["text"])
        about = f"{mutant['alert']} ({mutant['severity']}): {mutant['mutation']}"
        if code == 0:
            return None if why_equivalent(mutant) else f"{about}: no test fails"
        if "got:" not in output:
            return f"{about}: promtool did not come to the tests: {output[-300:]}"
        return f"{about}: listed as equivalent, but a test fails" if why_equivalent(mutant) else None


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
        unbroken = sorted({(mutant["file"], mutant["alert"]) for mutant in found})

        def fails_unbroken(alert):
            code, output = bench.run(*alert)
            return f"{alert[1]}: its tests fail without a fault: {output[-500:]}" if code else None

        broken = self.in_parallel(fails_unbroken, unbroken)
        self.assertEqual(broken, [], "\n".join(broken))
        alive = self.in_parallel(bench.survives, found)
        print(f"\n{len(found)} faults in {len(unbroken)} alerts, {len(alive)} unnoticed", flush=True)
        self.assertEqual(alive, [], "\n" + "\n".join(alive))

    def test_every_alert_gets_its_faults(self):
        kinds = {}
        for mutant in mutants():
            key = mutant["alert"], mutant["severity"]
            kinds.setdefault(key, set()).add(mutant["mutation"].split()[0])
        lacking = [f"{alert} ({severity}): {sorted(found)}"
                   for (alert, severity), found in sorted(kinds.items())
                   if alert != "Watchdog" and not {"rename"} < found]
        self.assertEqual(lacking, [])
        self.assertIn("never", kinds[("Watchdog", "none")])

    def test_equivalent_faults_are_there(self):
        found = mutants()
        for (alert, severity, start), reason in EQUIVALENT.items():
            with self.subTest(alert=alert, mutation=start):
                self.assertTrue(reason)
                self.assertTrue(any((mutant["alert"], mutant["severity"]) == (alert, severity)
                                    and mutant["mutation"].startswith(start) for mutant in found))


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

"""`litetool check` on the shipped rules and dashboards, and on copies of them with one mistake."""
import json
import os
import resource
import shutil
import unittest

from support import ROOT, TestCase, litetool

CHECKED = ("rules", "dashboards")
MOST_SECONDS = 2
FOREIGN = """groups:
  - name: mine
    rules:
      - alert: DatabaseGone
        expr: sqlite_upp == 0 and on (instance) node_load1 > 1
"""


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Shipped(TestCase):
    def test_nothing_is_found_in_time(self):
        """Time of the processor: the machine may have more to do than this."""
        before = processor_seconds()
        for subject in CHECKED:
            with self.subTest(subject):
                done = litetool("check", subject, f"--root={ROOT}")
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assertRegex(done.stdout, r"^0 findings in \d{2,} \w+, \d+ waived")
        seconds = processor_seconds() - before
        print(f"litetool check {' and '.join(CHECKED)}: {seconds:.2f} s")
        self.assertLess(seconds, MOST_SECONDS)

    def test_the_root_is_found_from_below(self):
        done = litetool("check", "rules", cwd=os.path.join(ROOT, "rules", "alerts"))
        self.assertEqual(done.returncode, 0, done.stdout)


class Spoiled(TestCase):
    def setUp(self):
        super().setUp()
        self.root = os.path.join(self.ordinary_folder(), "copy")
        for folder in ("rules", "dashboards"):
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(self.root, folder))

    def spoil(self, name, old, new):
        path = os.path.join(self.root, name)
        with open(path) as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, "w") as file:
            file.write(text.replace(old, new, 1))

    def findings(self, subject="rules"):
        """Of one run, as (rule, file, line, text), from its SARIF."""
        done = litetool("check", subject, f"--root={self.root}", "--format=sarif")
        self.assertEqual(done.stderr, "")
        run = json.loads(done.stdout)["runs"][0]
        found = []
        for result in run["results"]:
            if result["suppressions"]:
                continue
            place = result["locations"][0]["physicalLocation"]
            found.append((result["ruleId"], place["artifactLocation"]["uri"],
                          place["region"]["startLine"], result["message"]["text"]))
        self.assertEqual(done.returncode, 1 if found else 0)
        return found

    def line_of(self, name, text):
        with open(os.path.join(self.root, name)) as file:
            return next(i for i, line in enumerate(file, 1) if text in line)

    def test_a_metric_that_is_gone(self):
        name = "rules/alerts/sqlite-health.yml"
        self.spoil(name, "sqlite_header_valid", "sqlite_header_walid")
        metric = [found for found in self.findings() if found[0] == "promql/metric"]
        self.assertEqual([found[1:3] for found in metric],
                         [(name, self.line_of(name, "sqlite_header_walid"))])
        self.assertIn("did you mean sqlite_header_valid?", metric[0][3])

    def test_a_runbook_that_is_gone(self):
        os.remove(os.path.join(self.root, "rules", "runbooks", "AppDown.md"))
        self.assertEqual({found[0] for found in self.findings()}, {"alert/runbook"})

    def test_a_test_that_names_nothing(self):
        self.spoil("rules/tests/availability.yml", "alertname: AppDown", "alertname: AppDawn")
        self.assertIn("coverage/unknown", {found[0] for found in self.findings()})

    def test_a_file_that_is_no_rule_file(self):
        self.spoil("rules/alerts/slo.yml", "groups:", "grups:")
        self.assertIn(("file/invalid", "rules/alerts/slo.yml"),
                      {found[:2] for found in self.findings()})

    def test_a_waiver_that_waives_nothing(self):
        with open(os.path.join(self.root, "rules", "waivers.yml"), "a") as file:
            file.write("\n- {rule: alert/for, about: Nobody, reason: None.}\n")
        self.assertEqual([found[:2] for found in self.findings()],
                         [("waiver/unused", "rules/waivers.yml")])

    def test_a_dashboard_with_an_unknown_metric(self):
        self.spoil("dashboards/sqlite.yml", "sqlite_wal_live_bytes", "sqlite_wal_life_bytes")
        self.assertIn(("promql/metric", "dashboards/sqlite.yml"),
                      {found[:2] for found in self.findings("dashboards")})


class Usage(TestCase):
    def assert_error(self, *arguments, says):
        done = litetool("check", *arguments, cwd="/")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn(says, done.stderr)

    def test_mistakes_are_explained(self):
        self.assert_error(says="expected rules or dashboards")
        self.assert_error("ruls", says="expected rules or dashboards")
        self.assert_error("rules", "--fromat=text", says="unknown option --fromat=text")
        self.assert_error("rules", says="neither here nor above")
        self.assert_error("rules", "--root=/nowhere", says="/nowhere does not hold")
        self.assert_error("rules", "/nowhere.yml", says="there is no file /nowhere.yml")
        self.assert_error("dashboards", "a.yml", says="FILE is for rules")

    def test_rules_of_others(self):
        path = os.path.join(self.ordinary_folder(), "mine.yml")
        with open(path, "w") as file:
            file.write(FOREIGN)
        done = litetool("check", "rules", path, cwd="/")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[:2],
                         [f'{path}:5: promql/metric: DatabaseGone: there is no metric "sqlite_upp"',
                          "    -> did you mean sqlite_up?"])
        self.assertIn("1 finding in 1 rule, 0 waived", done.stdout)


if __name__ == "__main__":
    unittest.main()

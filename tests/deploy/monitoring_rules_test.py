"""The chart's PrometheusRules are the project's rules: to the byte, and with what values change."""
import functools
import glob
import os
import re
import tempfile
import unittest

import yaml

from tools import CHART, ROOT, run, support, tool

RULES = os.path.join(ROOT, "rules")
GRAFANA, RUNBOOKS = "https://grafana.example.org", "https://git.example.org/runbooks"
TEMPLATE = "templates/monitoring/prometheusrule.yaml"


def read(path):
    with open(path) as file:
        return file.read()


def sources():
    """The rule files by the names of their manifests."""
    return {f"litewatch-{kind}-{os.path.basename(path)[:-len('.yml')]}": path
            for kind in ("recording", "alerts")
            for path in glob.glob(os.path.join(RULES, kind, "*.yml"))}


def parse(text):
    """A YAML document; the parser in C takes a tenth of the time."""
    return yaml.load(text, yaml.CSafeLoader)


def helm_template(helm, check=True, **settings):
    """`helm template` of the rules with settings of prometheusRule."""
    values = yaml.safe_dump({"prometheusRule": {"enabled": True, **settings}})
    return run(helm, "template", "litewatch", CHART, "--show-only", TEMPLATE,
               "--values", "-", stdin=values, check=check)


def texts_of(output):
    """The texts of the specs by name, without their indentation."""
    texts = {}
    for manifest in re.split(r"(?m)^---\n", output)[1:]:
        head, spec = manifest.split("\nspec:\n", 1)
        name = re.search(r"(?m)^  name: (\S+)$", head).group(1)
        texts[name] = re.sub(r"(?m)^  ", "", spec).rstrip("\n") + "\n"
    return texts


def rendered_texts(test, **settings):
    return texts_of(helm_template(tool(test, "helm"), **settings).stdout)


def rendered(test, **settings):
    """The specs of the PrometheusRules by name."""
    return {name: parse(text) for name, text in rendered_texts(test, **settings).items()}


def alerts(specs):
    """All alerts of specs, in an order of their own."""
    found = [rule for spec in specs.values() for group in spec["groups"]
             for rule in group["rules"] if "alert" in rule]
    return sorted(found, key=lambda rule: (rule["alert"], rule["expr"]))


@functools.cache
def plain_alerts(helm):
    """All alerts where no value changes any."""
    return alerts({name: parse(text)
                   for name, text in texts_of(helm_template(helm).stdout).items()})


def names(rules):
    return [rule["alert"] for rule in rules]


def with_labels(rule, **labels):
    return {**rule, "labels": {**rule["labels"], **labels}}


class SameAsTheSources(unittest.TestCase):
    def test_the_specs_are_the_bytes_of_the_rule_files(self):
        texts = rendered_texts(self)
        self.assertGreater(len(texts), 10)
        self.assertEqual(set(sources()), set(texts))
        for name, path in sources().items():
            with self.subTest(name):
                self.assertEqual(read(path), texts[name])

    def test_no_spec_ends_its_manifest(self):
        """A rule file's own "---" would."""
        for name, text in rendered_texts(self).items():
            with self.subTest(name):
                self.assertNotRegex(text, r"(?m)^(---|\.\.\.)")

    def test_every_alert_is_there(self):
        named = re.findall(r"(?m)^ *- alert: (\S+)$", "".join(map(read, sources().values())))
        self.assertGreater(len(named), 50)
        self.assertEqual(sorted(named), names(alerts(rendered(self))))

    def test_they_are_what_litetool_delivers(self):
        for options, settings in (
                ((), {}), ((f"--grafana-url={GRAFANA}/",), {"grafanaUrl": GRAFANA}),
                ((f"--grafana-url={GRAFANA}", f"--runbooks-url={RUNBOOKS}"),
                 {"grafanaUrl": GRAFANA + "/", "runbooksUrl": RUNBOOKS + "/"})):
            with self.subTest(options), tempfile.TemporaryDirectory() as folder:
                done = support.litetool("build", "deliveries", f"--root={ROOT}",
                                        f"--output={folder}", *options)
                self.assertEqual(0, done.returncode, done.stderr)
                delivered = (parse(read(path)) for path in
                             glob.glob(os.path.join(folder, "prometheus-rules", "*.yaml")))
                self.assertEqual({one["metadata"]["name"]: one["spec"] for one in delivered},
                                 rendered(self, **settings))

    def test_links_are_absolute_where_urls_are_given(self):
        for alert in alerts(rendered(self, grafanaUrl=GRAFANA, runbooksUrl=RUNBOOKS)):
            annotations = alert["annotations"]
            self.assertEqual(f"{RUNBOOKS}/{alert['alert']}.md", annotations["runbook_url"])
            self.assertTrue(annotations["dashboard_url"].startswith(GRAFANA + "/d/"))


class Promtool(unittest.TestCase):
    def setUp(self):
        self.promtool = os.path.join(support.TOOLS, "promtool")
        if not os.path.exists(self.promtool):
            support.skip(self, "no promtool under build/tools; tests/run.sh unpacks Debian's")
        folder = tempfile.TemporaryDirectory(prefix="litewatch-rules-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path_of(self, name):
        """Where a manifest's rules are in the folder: as the project has them."""
        kind, stem = re.fullmatch(r"litewatch-(recording|alerts)-(.+)", name).groups()
        os.makedirs(os.path.join(self.folder, kind), exist_ok=True)
        return os.path.join(self.folder, kind, f"{stem}.yml")

    def write(self, texts):
        paths = [self.path_of(name) for name in texts]
        for path, text in zip(paths, texts.values()):
            with open(path, "w") as file:
                file.write(text)
        return paths

    def test_the_rendered_rules_pass_the_projects_tests(self):
        run(self.promtool, "check", "rules", *self.write(rendered_texts(self)))
        tests = os.path.join(self.folder, "tests")
        os.mkdir(tests)
        for path in glob.glob(os.path.join(RULES, "tests", "*.yml")):
            with open(os.path.join(tests, os.path.basename(path)), "w") as file:
                file.write(read(path))
        run(self.promtool, "test", "rules", *sorted(glob.glob(os.path.join(tests, "*.yml"))))

    def test_changed_rules_are_rules(self):
        specs = rendered(self, disabled=["AppDown"], severity={"AppProbeSlow": "critical"},
                         alertLabels={"team": "shop"}, grafanaUrl=GRAFANA)
        run(self.promtool, "check", "rules",
            *self.write({name: yaml.safe_dump(spec) for name, spec in specs.items()}))


class Overrides(unittest.TestCase):
    @property
    def plain(self):
        return plain_alerts(tool(self, "helm"))

    def assert_changed(self, name, change, **settings):
        """Of all alerts only those of a name are different, by what `change` does to them."""
        expected = [change(rule) if rule["alert"] == name else rule for rule in self.plain]
        self.assertNotEqual(self.plain, expected)
        self.assertEqual(expected, alerts(rendered(self, **settings)))

    def test_an_alert_is_left_out(self):
        found = alerts(rendered(self, disabled=["AppCertExpiring"]))
        self.assertEqual([rule for rule in self.plain if rule["alert"] != "AppCertExpiring"], found)

    def test_one_of_two_rules_of_an_alert_is_left_out(self):
        found = alerts(rendered(self, disabled=["AppCertExpiring/critical"]))
        left_out, = [rule for rule in self.plain if rule not in found]
        self.assertEqual(("AppCertExpiring", "critical"),
                         (left_out["alert"], left_out["labels"]["severity"]))

    def test_a_severity_is_another(self):
        self.assert_changed("AppDown", lambda rule: with_labels(rule, severity="info"),
                            severity={"AppDown": "info"})

    def test_two_rules_of_an_alert_must_differ(self):
        for severity in ({"AppCertExpiring": "info"}, {"AppCertExpiring/critical": "warning"}):
            with self.subTest(severity):
                self.assertIn("prometheusRule.severity: two rules of AppCertExpiring would have "
                              "the same severity", self.refusal(severity=severity))
        found = alerts(rendered(self, severity={"AppCertExpiring": "info"},
                                disabled=["AppCertExpiring/critical"]))
        self.assertEqual(len(self.plain) - 1, len(found))

    def test_a_duration_is_another(self):
        self.assert_changed("AppDown", lambda rule: {**rule, "for": "1h"},
                            **{"for": {"AppDown": "1h"}})

    def test_every_alert_has_more_labels(self):
        self.assertEqual([with_labels(rule, team="shop") for rule in self.plain],
                         alerts(rendered(self, alertLabels={"team": "shop"})))

    def test_only_the_file_of_the_alert_is_written_anew(self):
        before, after = rendered(self), rendered(self, disabled=["AppDown"])
        self.assertEqual({"litewatch-alerts-availability"},
                         {name for name in before if before[name] != after[name]})

    def test_nothing_is_left_of_a_file_without_alerts(self):
        name = "litewatch-alerts-slo"
        gone = sorted({rule["alert"] for group in parse(read(sources()[name]))["groups"]
                       for rule in group["rules"]})
        self.assertEqual(set(sources()) - {name}, set(rendered(self, disabled=gone)))

    def test_own_groups_are_added(self):
        groups = [{"name": "mine", "rules": [{"alert": "Mine", "expr": "vector(1)",
                                              "annotations": {"summary": "{{ $value }}"}}]}]
        self.assertEqual({"groups": groups},
                         rendered(self, additionalGroups=groups)["litewatch-additional"])

    def refusal(self, **settings):
        done = helm_template(tool(self, "helm"), check=False, **settings)
        self.assertNotEqual(0, done.returncode)
        return done.stderr

    def test_an_alert_that_is_not_there_is_named_with_the_nearest(self):
        for settings in ({"disabled": ["AppDwon"]}, {"severity": {"AppDwon": "info"}},
                         {"for": {"AppDwon": "1h"}}):
            with self.subTest(settings):
                self.assertIn(f"prometheusRule.{list(settings)[0]}: there is no alert AppDwon; did "
                              "you mean AppDown, of rules/alerts/availability.yml?",
                              self.refusal(**settings))

    def test_each_misspelled_alert_leads_back_to_itself(self):
        """One letter is left out in the middle, of some alerts from all files."""
        for name in sorted(set(names(self.plain)))[::12]:
            wrong = name[:len(name) // 2] + name[len(name) // 2 + 1:]
            with self.subTest(wrong):
                self.assertIn(f"did you mean {name}, ", self.refusal(disabled=[wrong]))

    def test_wrong_values_are_refused(self):
        for settings, word in (({"severity": {"AppDown": "fatal"}}, "severity"),
                               ({"for": {"AppDown": "soon"}}, "for"),
                               ({"alertLabels": {"severity": "info"}}, "alertLabels"),
                               ({"grafanaUrl": "grafana.example.org"}, "grafanaUrl")):
            with self.subTest(settings):
                self.assertIn(f"/prometheusRule/{word}", self.refusal(**settings))


if __name__ == "__main__":
    unittest.main()

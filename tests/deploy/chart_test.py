"""The Helm chart: every scenario of ci/ is rendered, compared, and checked by all that checks."""
import os
import re
import tempfile
import unittest

import yaml

import chart
import manifest_lint
import pod_security
import schemas
import tools
from tools import support

GOLDEN = os.path.join(tools.ROOT, "tests", "golden", "helm")
# What kube-score is not asked for, and why.
NOT_SCORED = {
    "database": ["(litewatch) The container is running with a low user ID",
                 "(litewatch) The container running with a low group ID"],
    "container-image-pull-policy": "a version does not change; a registry may be down",
    "container-ephemeral-storage-request-and-limit": "nothing is written but the log",
    "deployment-has-host-podantiaffinity": "topologySpreadConstraints do it",
    "deployment-replicas": "one replica is a choice, see values.yaml",
    "deployment-has-poddisruptionbudget": "one replica has none; the unit tests see it for more",
}

# What it finds nevertheless, because the scenario asks for it.
SCORED = {
    "database": ["(litewatch) The container is running with a low user ID",
                 "(litewatch) The container running with a low group ID"],
    "existing-configmap": ["The pod does not have a matching egress NetworkPolicy"],
    "existing-secret": ["Container has the same readiness and liveness probe"],
    "minimal": ["The pod does not have a matching NetworkPolicy"],
}
DAEMONSETS = [scenario for scenario in chart.SCENARIOS
              if chart.values(scenario).get("mode") == "daemonset"]
EXTRA_OBJECTS = ("example-authorities", "litewatch-extra")  # of scenario probes; the user's own


class EachScenario(unittest.TestCase):
    def each(self, check, *left_out):
        for scenario in chart.SCENARIOS:
            if scenario not in left_out:
                with self.subTest(scenario=scenario):
                    check(scenario)

    def test_lint_strict(self):
        def check(scenario):
            done = chart.helm(self, "lint", "--strict", tools.CHART, "--values",
                              chart.values_file(scenario))
            self.assertNotIn("funcMap fail", done.stderr)  # lint only tells of a `fail`

        self.each(check)

    def test_golden(self):
        def check(scenario):
            path = os.path.join(GOLDEN, f"{scenario}.yaml")
            text = shortened(chart.template(self, scenario))
            if support.UPDATE_GOLDEN:
                os.makedirs(GOLDEN, exist_ok=True)
                with open(path, "w") as file:
                    file.write(text)
            with open(path) as file:
                self.assertEqual(file.read(), text, "UPDATE_GOLDEN=1 writes it anew")

        self.each(check)
        self.assertEqual({f"{scenario}.yaml" for scenario in chart.SCENARIOS},
                         set(os.listdir(GOLDEN)))

    def test_schemas_of_the_newest_and_the_oldest_kubernetes(self):
        for kubernetes in (chart.KUBERNETES, chart.OLDEST):
            with self.subTest(kubernetes=kubernetes):
                schemas.kubeconform(self, "\n---\n".join(
                    chart.template(self, scenario, kubernetes=kubernetes)
                    for scenario in chart.SCENARIOS), kubernetes)

    def test_pod_security_restricted(self):
        def check(scenario):
            for manifest in chart.manifests(self, scenario):
                if manifest["kind"] in manifest_lint.WORKLOADS:
                    self.assertEqual([], pod_security.violations(tools.pod_spec(manifest)))

        self.each(check, *DAEMONSETS)

    def test_daemonsets_break_pod_security_by_their_mounts_alone(self):
        self.assertTrue(DAEMONSETS)
        for scenario in DAEMONSETS:
            workload = chart.workload(chart.manifests(self, scenario))
            violations = pod_security.violations(tools.pod_spec(workload))
            self.assertEqual(4, len(violations))
            for violation in violations:
                self.assertRegex(violation, "^volume .* is a hostPath$")

    def test_own_lint(self):
        def check(scenario):
            self.assertEqual([], manifest_lint.findings(chart.manifests(self, scenario),
                                                        node=scenario in DAEMONSETS))

        self.each(check)

    def test_kube_score(self):
        program = tools.tool(self, "kube-score")
        ignored = [part for test in NOT_SCORED for part in ("--ignore-test", test)]

        def check(scenario):
            # The pod of `helm test` lives for a second, and no NetworkPolicy is for it.
            scored = [one for one in chart.manifests(self, scenario) if one["kind"] != "Pod"]
            done = tools.run(program, "score", "--ignore-container-cpu-limit", *ignored,
                             "--output-format", "ci", "-", stdin=yaml.safe_dump_all(scored),
                             check=False)
            self.assertEqual("", done.stderr)
            found = re.findall(r"^\[(?:CRITICAL|WARNING)\] \S+ \S+: (.*)", done.stdout, re.M)
            self.assertEqual(SCORED.get(scenario, []), found)

        self.each(check)

    def test_every_object_has_labels_and_a_namespace(self):
        def check(scenario):
            for manifest in chart.manifests(self, scenario):
                metadata = manifest["metadata"]
                if metadata["name"] in EXTRA_OBJECTS:
                    continue
                self.assertEqual("litewatch", metadata["labels"]["app.kubernetes.io/instance"])
                if manifest["kind"] != "Namespace":
                    self.assertIn("namespace", metadata)

        self.each(check)

    def test_no_line_ends_in_a_space(self):
        self.each(lambda scenario: self.assertEqual(
            [], re.findall(r".*[ \t]$", shortened(chart.template(self, scenario)), re.M)))


class Package(unittest.TestCase):
    def test_the_package_renders_what_the_folder_does(self):
        with tempfile.TemporaryDirectory(prefix="litewatch-chart-") as folder:
            chart.helm(self, "package", tools.CHART, "--destination", folder)
            package, = (os.path.join(folder, name) for name in os.listdir(folder))
            for scenario in ("daemonset", "monitoring", "probes", "sidecar"):
                with self.subTest(scenario=scenario):
                    self.assertEqual(chart.template(self, scenario),
                                     chart.template(self, scenario, chart=package))

    def test_the_package_holds_what_a_cluster_needs_and_no_more(self):
        with tempfile.TemporaryDirectory(prefix="litewatch-chart-") as folder:
            chart.helm(self, "package", tools.CHART, "--destination", folder)
            names = tools.run("tar", "--list", "--file",
                              os.path.join(folder, os.listdir(folder)[0])).stdout.split("\n")
        self.assertIn("litewatch/README.md", names)
        self.assertIn("litewatch/templates/tests/probe.yaml", names)
        for name in names:
            self.assertNotRegex(name, r"^litewatch/(ci|tests)/|gotmpl|runbooks|rules/tests")


class Unit(unittest.TestCase):
    def test_unit_tests(self):
        done = tools.run(tools.tool(self, "helm-unittest"), "--strict", tools.CHART, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)


def shortened(text):
    """A rendering without dashboards and rules, which tests of their own compare."""
    return re.sub(r"(?ms)^# Source: litewatch/templates/(dashboards/|monitoring/prometheusrule)"
                  r".*?(?=^---$|\Z)", r"# Left out here: templates/\1\n", text)


if __name__ == "__main__":
    unittest.main()

"""A real API server takes what the chart and the plain manifests make: strictly validated, at the
Pod Security level that deploy/README.md names, without a warning; uninstalled, nothing is left."""
import glob
import json
import os
import unittest

import yaml

from cases import ClusterTestCase, support, tools
import chart
import schemas

KUBERNETES = os.path.join(tools.DEPLOY, "kubernetes")
GRAFANA = os.path.join(schemas.HAND_WRITTEN,
                       "grafana.integreatly.org_grafanadashboard_v1beta1.json")


def operator_definitions(test):
    """The Prometheus operator's own."""
    for path in glob.glob(os.path.join(schemas.operator_schemas(test), "definitions", "*.yaml")):
        with open(path) as file:
            yield yaml.load(file, schemas.DefinitionLoader)


def dashboard_definition():
    """Grafana's operator's kind, as far as litewatch uses it."""
    with open(GRAFANA) as file:
        spec = json.load(file)["properties"]["spec"]
    schema = {"type": "object", "properties": {"spec": without_closing(spec)}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "grafanadashboards.grafana.integreatly.org"},
            "spec": {"group": "grafana.integreatly.org", "scope": "Namespaced",
                     "names": {"kind": "GrafanaDashboard", "listKind": "GrafanaDashboardList",
                               "plural": "grafanadashboards", "singular": "grafanadashboard"},
                     "versions": [{"name": "v1beta1", "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": schema}}]}}


def without_closing(schema):
    """A definition's schema is closed by itself, and may not say so."""
    if not isinstance(schema, dict):
        return schema
    return {key: without_closing(value) for key, value in schema.items()
            if not (key == "additionalProperties" and value is False)}


class AdmissionTest(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test = cls("test_the_check_bites")
        definitions = [*operator_definitions(test), dashboard_definition()]
        for definition in definitions:
            test.apply([definition])
        test.cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s",
                             *(f"crd/{one['metadata']['name']}" for one in definitions))

    def test_the_check_bites(self):
        """A pod that Pod Security would refuse is a warning, and a warning is a failure."""
        namespace = self.namespace("bites")
        with self.assertRaisesRegex(AssertionError, "would violate podsecurity"):
            self.install(namespace, {"podSecurityContext": {"runAsNonRoot": False},
                                     "securityContext": {"runAsNonRoot": False}})

    def test_chart(self):
        namespace = self.namespace("monitoring")
        self.namespace("grafana")
        for scenario in chart.SCENARIOS:
            with self.subTest(scenario):
                self.check_release(namespace, chart.values(scenario))

    def check_release(self, namespace, values):
        """Installed, changed, taken back to what it was, and gone without a trace."""
        try:
            self.install(namespace, values)
            first = self.arguments(namespace)
            self.install(namespace, {**values, "log": {"level": "warn"}})
            self.helm("rollback", "litewatch", "1", "--namespace", namespace)
            self.assertEqual(first, self.arguments(namespace))
        finally:
            self.helm("uninstall", "litewatch", "--namespace", namespace)
        for place in (namespace, "grafana"):
            self.wait_gone(place)
        self.cluster.kubectl("wait", "--for=delete", "namespace/litewatch-node", "--timeout=120s")

    def arguments(self, namespace):
        """Those of the release's litewatch; none where an umbrella chart has it."""
        return [self.cluster.kubectl(
            "get", "deployments,daemonsets", "--namespace", place, "--output", "jsonpath="
            "{.items[*].spec.template.spec.containers[0].args}").stdout
            for place in (namespace, "litewatch-node")]

    def test_plain_manifests(self):
        """The apps, probes and monitors, at level restricted."""
        namespace = self.namespace("plain")
        folders = [*glob.glob(os.path.join(KUBERNETES, "apps", "*")),
                   *(os.path.join(KUBERNETES, name) for name in ("probes", "probes-example"))]
        for folder in folders:
            with self.subTest(folder):
                self.apply(tools.kustomize(self, folder), namespace)
        for path in glob.glob(os.path.join(KUBERNETES, "*", "*-monitor", "*monitor.yaml")):
            with self.subTest(path), open(path) as file:
                monitor = yaml.safe_load(file)
                monitor["metadata"].pop("namespace", None)
                self.apply([monitor], namespace)

    def test_node(self):
        """Deleted, the namespace goes as well."""
        folder = os.path.join(KUBERNETES, "node")
        self.addCleanup(self.remove_namespace, "litewatch-node")
        self.assert_quiet(self.cluster.kubectl("apply", "--server-side", "--validate=strict",
                                               "--kustomize", folder))
        self.cluster.kubectl("delete", "--kustomize", folder, "--timeout=120s")
        self.assertNotIn("litewatch-node", self.cluster.kubectl("get", "namespaces").stdout)

    def test_deliveries(self):
        """What README.md says to apply: rules and dashboards from litetool."""
        namespace = self.namespace("deliveries")
        folder = os.path.join(self.cluster.folder, "deliveries")
        done = support.litetool("build", "deliveries", f"--output={folder}",
                                "--label=release=prometheus", cwd=tools.ROOT)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assert_quiet(self.cluster.kubectl(
            "apply", "--server-side", "--validate=strict", "--namespace", namespace,
            "--filename", os.path.join(folder, "prometheus-rules"),
            "--filename", os.path.join(folder, "config-maps")))

    def test_notes_know_the_prometheus_objects_of_the_cluster(self):
        namespace = self.namespace("notes")
        self.apply([{"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
                     "metadata": {"name": "k8s"},
                     "spec": {"serviceMonitorSelector": {"matchLabels": {"release": "stack"}}}}],
                   namespace)
        values = {"serviceMonitor": {"enabled": True}}
        notes = self.install(namespace, values).stdout
        self.assertIn("NOBODY SELECTS the ServiceMonitor notes/litewatch", notes)
        self.assertIn("release: stack", notes)
        values["monitoring"] = {"labels": {"release": "stack"}}
        self.assertIn("ServiceMonitor notes/litewatch is selected by Prometheus notes/k8s",
                      self.install(namespace, values).stdout)


if __name__ == "__main__":
    unittest.main()

"""deploy/helm/staging: the same stack as deploy/compose, as values of charts. litewatch's own chart
and the demo app are rendered; what the foreign charts get is compared with deploy/compose."""
import os
import re
import stat
import unittest

import yaml

import pod_security
from schemas import kubeconform
from tools import DEPLOY, ROOT, container, helm_template, kustomize, of_kind, pod_spec, run, support

STAGING = os.path.join(DEPLOY, "helm", "staging")
COMPOSE = os.path.join(DEPLOY, "compose")
# Stand for helm and kubectl: note what they are asked for, and know of nothing.
STUB = """#!/bin/sh
echo "$(basename "$0") $*" >>"$NOTES"
case "$1 $2" in "get secret") exit 1 ;; esac
"""


def load(folder, *path):
    with open(os.path.join(folder, *path)) as file:
        return yaml.safe_load(file)


class LitewatchTest(support.TestCase):
    def setUp(self):
        super().setUp()
        values = os.path.join(STAGING, "litewatch-values.yaml")
        self.manifests = helm_template(self, "--values", values)

    def test_schemas(self):
        kubeconform(self, self.manifests)

    def test_the_alert_for_tests_comes_as_soon_as_in_compose(self):
        ours = load(COMPOSE, "prometheus", "staging-rules.yml")["groups"][0]["rules"][0]
        rules = [rule for manifest in of_kind(self.manifests, "PrometheusRule")
                 for group in manifest["spec"]["groups"] for rule in group["rules"]
                 if rule.get("alert") == "AppDown"]
        self.assertEqual([(ours["expr"], ours["for"])],
                         [(rule["expr"], rule["for"]) for rule in rules])
        endpoint = of_kind(self.manifests, "ServiceMonitor")[0]["spec"]["endpoints"][0]
        self.assertEqual(load(COMPOSE, "prometheus", "prometheus.yml")["global"]["scrape_interval"],
                         endpoint["interval"])

    def test_it_probes_as_in_compose(self):
        ours = load(STAGING, "litewatch-values.yaml")["config"]["targets"][0]
        theirs = load(COMPOSE, "litewatch", "probes.yml")["targets"][0]
        self.assertEqual("http://shop.shop.svc:3000/healthz", ours.pop("url"))
        self.assertEqual("http://app:3000/healthz", theirs.pop("url"))
        self.assertEqual(theirs, ours)

    def test_its_configuration_is_valid(self):
        text = of_kind(self.manifests, "ConfigMap", "litewatch")[0]["data"]["litewatch.yml"]
        with open(self.path("litewatch.yml"), "w") as file:
            file.write(text)
        run(support.LITEWATCH, "--config.check", f"--config.file={self.path('litewatch.yml')}")


class ShopTest(support.TestCase):
    def setUp(self):
        super().setUp()
        self.manifests = kustomize(self, os.path.join(STAGING, "shop"))
        self.workload = of_kind(self.manifests, "StatefulSet", "shop")[0]
        self.pod = pod_spec(self.workload)

    def test_schemas(self):
        kubeconform(self, self.manifests)

    def test_pod_security_restricted(self):
        self.assertEqual([], pod_security.violations(self.pod))

    def test_the_app_is_that_of_compose(self):
        app = load(COMPOSE, "compose.yml")["services"]["app"]
        ours = container(self.pod, "shop")
        with open(os.path.join(COMPOSE, "demo_app", "Dockerfile")) as file:
            self.assertIn(f"FROM {ours['image']}\n", file.read())
        self.assertEqual(app["command"][:-1], ours["command"][:-1])
        self.assertEqual(app["working_dir"], ours["workingDir"])
        self.assertEqual(app["user"], "{runAsUser}:{runAsGroup}".format(
            **self.pod["securityContext"]))

    def test_the_sidecar_sees_the_database_and_the_processes(self):
        mounts = {mount["name"]: mount for mount in container(self.pod)["volumeMounts"]}
        self.assertEqual("/data", mounts["data"]["mountPath"])
        self.assertTrue(mounts["data"]["readOnly"])
        self.assertTrue(self.pod["shareProcessNamespace"])
        self.assertEqual(load(COMPOSE, "litewatch", "sidecar.yml"),
                         load(STAGING, "shop", "litewatch.yml"))

    def test_it_is_where_litewatch_probes_it(self):
        service = of_kind(self.manifests, "Service", "shop")[0]
        self.assertEqual(("shop", 3000), (service["metadata"]["namespace"],
                                          service["spec"]["ports"][0]["port"]))


class ForeignChartsTest(support.TestCase):
    def setUp(self):
        super().setUp()
        self.prometheus = load(STAGING, "kube-prometheus-stack-values.yaml")
        self.services = load(COMPOSE, "compose.yml")["services"]

    def test_nothing_is_left_out_for_want_of_a_label(self):
        spec = self.prometheus["prometheus"]["prometheusSpec"]
        for kind in ("serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule"):
            self.assertIs(False, spec[f"{kind}SelectorNilUsesHelmValues"])
        dashboards = self.prometheus["grafana"]["sidecar"]["dashboards"]
        chart = load(DEPLOY, "helm", "litewatch", "values.yaml")["dashboards"]
        self.assertEqual("ALL", dashboards["searchNamespace"])
        self.assertEqual(chart["labels"], {dashboards["label"]: dashboards["labelValue"]})
        self.assertEqual(chart["folderAnnotation"], dashboards["folderAnnotation"])

    def test_rules_and_data_sources_keep_the_pace_of_compose(self):
        pace = load(COMPOSE, "prometheus", "prometheus.yml")["global"]["evaluation_interval"]
        spec = self.prometheus["prometheus"]["prometheusSpec"]
        self.assertEqual(pace, spec["evaluationInterval"])
        sources = self.prometheus["grafana"]["sidecar"]["datasources"]
        self.assertEqual(pace, sources["defaultDatasourceScrapeInterval"])

    def test_the_sink_is_that_of_compose_and_restricted(self):
        spec = self.prometheus["alertmanager"]["alertmanagerSpec"]
        sink = spec["containers"][0]
        self.assertEqual((self.services["sink"]["command"], self.services["sink"]["image"]),
                         (sink["command"], sink["image"]))
        self.assertEqual([], pod_security.violations({"containers": spec["containers"],
                                                      "volumes": spec["volumes"]}))

    def test_loki_is_that_of_compose(self):
        values, ours = load(STAGING, "loki-values.yaml"), load(COMPOSE, "loki", "loki.yml")
        self.assertEqual(self.services["loki"]["image"].split(":")[1],
                         values["loki"]["image"]["tag"])
        self.assertEqual(ours["schema_config"], values["loki"]["schemaConfig"])
        for key in ("limits_config", "analytics", "auth_enabled"):
            self.assertEqual(ours[key], values["loki"][key])
        for key, value in values["loki"]["compactor"].items():
            self.assertEqual(ours["compactor"][key], value)
        for part in ("chunksCache", "resultsCache", "gateway", "lokiCanary", "test"):
            self.assertIs(False, values[part]["enabled"])
        self.assertIs(False, values["sidecar"]["rules"]["enabled"])

    def test_prometheus_scrapes_whom_it_scrapes_in_compose(self):
        """Itself and Alertmanager without being told to, by the chart's defaults."""
        jobs = load(COMPOSE, "prometheus", "prometheus.yml")["scrape_configs"]
        self.assertEqual({"litewatch", "prometheus", "alertmanager", "loki", "alloy"},
                         {job["job_name"] for job in jobs})
        loki, alloy = (load(STAGING, f"{name}-values.yaml") for name in ("loki", "alloy"))
        litewatch = load(STAGING, "litewatch-values.yaml")
        for monitor in (loki["monitoring"]["serviceMonitor"], alloy["serviceMonitor"],
                        litewatch["serviceMonitor"]):
            self.assertIs(True, monitor["enabled"])

    def test_alloy_is_that_of_compose_and_restricted(self):
        values = load(STAGING, "alloy-values.yaml")
        self.assertEqual(self.services["alloy"]["image"].split(":")[1], values["image"]["tag"])
        alloy = {"name": "alloy", "securityContext": values["alloy"]["securityContext"]}
        self.assertEqual([], pod_security.violations({"containers": [alloy]}))
        with open(os.path.join(STAGING, "config.alloy")) as file:
            self.assertNotIn("{{", file.read())  # the chart would take it for a template

    def test_the_charts_accept_the_values(self):
        support.not_here(self, "the charts kube-prometheus-stack, loki and alloy: their registries "
                               "are not reachable from where the tests run")


class InstallTest(support.TestCase):
    def install(self, *options):
        """(exit code, what helm and kubectl were asked for)"""
        for name in ("helm", "kubectl"):
            with open(self.path(name), "w") as file:
                file.write(STUB)
            os.chmod(self.path(name), stat.S_IRWXU)
        notes = self.path("notes")
        done = run(os.path.join(STAGING, "install.sh"), *options, check=False,
                   env={"PATH": f"{self.folder}:{os.environ['PATH']}", "NOTES": notes})
        if not os.path.exists(notes):
            return done.returncode, []
        with open(notes) as file:
            return done.returncode, file.read().splitlines()

    def test_every_foreign_chart_has_its_version_and_every_file_is_there(self):
        code, asked = self.install()
        self.assertEqual(0, code)
        versions = [re.search(r"--install (\S+) .*--version=(\S+)", line) for line in asked]
        self.assertEqual({"kube-prometheus-stack": "88.5.3", "loki": "18.11.0", "alloy": "1.2.1"},
                         dict(found.groups() for found in versions if found))
        files = re.findall(r"(?:--values=|content=|-file=(?:alertmanager\.yaml=)?|kustomize )"
                           r"([^\s=]+)(?=\s|$)", "\n".join(asked))
        self.assertEqual(9, len(files), files)
        for file in files:
            self.assertTrue(os.path.exists(os.path.join(ROOT, file)), file)

    def test_versions_are_those_that_the_documents_name(self):
        with open(os.path.join(STAGING, "README.md")) as file:
            readme = file.read()
        for name, version in re.findall(r"--install (\S+) .*--version=(\S+)",
                                        "\n".join(self.install()[1])):
            self.assertRegex(readme, rf"{name} {re.escape(version)} ")

    def test_the_secrets_it_makes_are_those_that_the_values_name(self):
        asked = "\n".join(self.install()[1])
        values = load(STAGING, "kube-prometheus-stack-values.yaml")
        for name in (values["alertmanager"]["alertmanagerSpec"]["configSecret"],
                     values["grafana"]["admin"]["existingSecret"]):
            self.assertIn(f"create secret generic {name} --namespace=monitoring", asked)
        for key in ("userKey", "passwordKey"):
            self.assertIn(f"--from-literal={values['grafana']['admin'][key]}=", asked)

    def test_an_image_of_ones_own(self):
        asked = "\n".join(self.install("--image=registry.example.org/litewatch")[1])
        self.assertIn("--set=image.repository=registry.example.org/litewatch", asked)

    def test_remove_asks_only_for_removal(self):
        code, asked = self.install("--remove")
        self.assertEqual(0, code)
        self.assertEqual(set(), {" ".join(line.split()[:2]) for line in asked} -
                         {"helm uninstall", "kubectl delete"})

    def test_wrong_usage_asks_for_nothing(self):
        self.assertEqual((2, []), self.install("--imgae=x"))
        self.assertEqual((0, []), self.install("--help"))


if __name__ == "__main__":
    unittest.main()

"""The chart's monitors and dashboards: what operators take, within litewatch's limits."""
import base64
import glob
import gzip
import json
import os
import tempfile
import unittest

import yaml

import schemas
from tools import CHART, DEPLOY, ROOT, helm_template, of_kind, run, support, tool

DASHBOARDS = os.path.join(ROOT, "dashboards", "grafana")
RUNBOOKS = "https://git.example.org/runbooks"
SECRET_LIMIT = 1 << 20  # of a Kubernetes Secret, in which Helm keeps a release
CONFIG_MAP_LIMIT = 1 << 20
APPLY_LIMIT = 256 << 10  # of the annotation in which `kubectl apply` keeps a manifest
# What Prometheus and its operator put on a series: __name__, job, instance, namespace, pod,
# service, endpoint, node and le; and three of the values' targetLabels.
OTHER_LABELS = 12


def enabled(*sections, **values):
    return {**{section: {"enabled": True} for section in sections}, **values}


def everything(**values):
    """All kinds at once, in mode deployment."""
    return enabled("serviceMonitor", "scrapeConfig", "probe", "prometheusRule", "dashboards",
                   config={"targets": [{"name": "shop", "url": "http://shop.shop.svc/healthz"}]},
                   **values)


def read(path):
    with open(path) as file:
        return file.read()


def refusal(test, values):
    done = run(tool(test, "helm"), "template", "litewatch", CHART, "--values", "-",
               stdin=yaml.safe_dump(values), check=False)
    test.assertNotEqual(0, done.returncode, "the values were accepted")
    return done.stderr


class Schemas(unittest.TestCase):
    def test_what_is_rendered_is_what_the_operators_take(self):
        cases = (everything(monitoring={"tlsConfig": {"insecureSkipVerify": True},
                                        "authorization": {"credentials": {"name": "a", "key": "b"}},
                                        "relabelings": [{"action": "labeldrop", "regex": "x"}]}),
                 enabled("podMonitor", mode="daemonset"),
                 enabled("serviceMonitor", mode="daemonset"),
                 {"mode": "sidecar", "podMonitor": {"enabled": True,
                                                    "selector": {"matchLabels": {"app": "shop"}}}},
                 {"dashboards": {"enabled": True, "asCustomResource": True}})
        manifests = [one for values in cases for one in helm_template(self, values=values)]
        self.assertLessEqual({"ServiceMonitor", "PodMonitor", "ScrapeConfig", "Probe",
                              "PrometheusRule", "ConfigMap", "GrafanaDashboard"},
                             {one["kind"] for one in manifests})
        schemas.kubeconform(self, manifests)

    def test_the_schemas_find_what_is_wrong(self):
        monitor, = of_kind(helm_template(self, values=enabled("serviceMonitor")), "ServiceMonitor")
        for path, wrong in ((("spec", "sampleLimits"), 1), (("spec", "sampleLimit"), "many"),
                            (("metadata", "labels"), {"release": 1}),
                            (("kind",), "ServiceMonitors")):
            broken = json.loads(json.dumps(monitor))
            place = broken
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = wrong
            with self.subTest(path), self.assertRaises(AssertionError):
                schemas.kubeconform(self, [broken])

    def test_nothing_is_there_unless_asked_for(self):
        kinds = {one["apiVersion"].split("/")[0] for one in helm_template(self)}
        self.assertFalse(kinds & {"monitoring.coreos.com", "grafana.integreatly.org"})


class Limits(unittest.TestCase):
    """The defaults let every page through that litewatch can make by its own limits."""

    def spec(self, kind="ServiceMonitor", **values):
        found, = of_kind(helm_template(self, values=everything(**values)), kind)
        return found["spec"]

    def catalogue(self):
        return json.loads(read(os.path.join(ROOT, "exporter", "metrics.json")))["metrics"]

    def test_series_are_those_of_the_configuration_and_a_tenth(self):
        defaults = yaml.safe_load(read(os.path.join(DEPLOY, "litewatch.example.yml")))
        self.assertEqual(defaults["limits"]["series"] * 11 // 10, self.spec()["sampleLimit"])
        values = everything()
        values["config"]["limits"] = {"series": 50000}
        spec, = [one["spec"] for one in of_kind(helm_template(self, values=values),
                                                "ServiceMonitor")]
        self.assertEqual((55000, "28160000B"), (spec["sampleLimit"], spec["bodySizeLimit"]))

    def test_values_say_otherwise(self):
        spec = self.spec(monitoring={"sampleLimit": 0, "bodySizeLimit": "1GiB", "labelLimit": 99})
        self.assertEqual((0, "1GiB", 99),
                         (spec["sampleLimit"], spec["bodySizeLimit"], spec["labelLimit"]))

    def test_great_limits_are_whole_numbers(self):
        most = {"labelLimit": 3000000, "labelNameLengthLimit": 4000000,
                "labelValueLengthLimit": 5000000}
        values = everything(monitoring=most)
        for section, limits in (("scrapeConfig", {"sampleLimit": 1000000, "targetLimit": 2000000}),
                                ("probe", {"sampleLimit": 1000000})):
            values[section].update(limits)
            kind = section[:1].upper() + section[1:]
            found, = of_kind(helm_template(self, values=values), kind)
            for name, limit in {**limits, **most}.items():
                with self.subTest(kind=kind, limit=name):
                    self.assertIs(int, type(found["spec"][name]))  # YAML reads 1e+06 as a text
                    self.assertEqual(limit, found["spec"][name])

    def test_labels_of_the_widest_family_fit(self):
        spec, labels = self.spec(), [metric["labels"] for metric in self.catalogue()]
        self.assertLessEqual(max(map(len, labels)) + OTHER_LABELS, spec["labelLimit"])
        self.assertLess(max(len(name) for names in labels for name in names),
                        spec["labelNameLengthLimit"])
        self.assertGreater(spec["labelValueLengthLimit"], os.pathconf("/", "PC_PATH_MAX") - 1)

    def test_the_greatest_health_document_fits(self):
        of_components = [metric for metric in self.catalogue() if "component" in metric["labels"]]
        self.assertTrue(of_components)
        most = 256 * len(of_components) + 100
        for kind in ("ScrapeConfig", "Probe"):
            self.assertGreater(self.spec(kind)["sampleLimit"], most)


class Values(unittest.TestCase):
    def test_what_cannot_work_is_refused_with_the_mend(self):
        web_tls = {"tls_server_config": {"cert_file": "tls.crt", "key_file": "tls.key"}}
        web_certificate = {"tls_server_config": {**web_tls["tls_server_config"],
                                                 "client_auth_type": "RequireAnyClientCert"}}
        password = {"username": {"name": "a", "key": "b"}, "password": {"name": "a", "key": "c"}}
        web_password = {"basic_auth_users": {"scrape": "$2y$10$hash"}}
        for values, words in (
                (enabled("serviceMonitor", monitoring={"scrapeTimeout": "30s"}),
                 "monitoring.scrapeTimeout: 30s is not shorter than monitoring.interval, 30s"),
                (enabled("serviceMonitor", config={"limits": {"collect_timeout": "10s500ms"}}),
                 "10s is shorter than config.limits.collect_timeout, 10s500ms"),
                (enabled("serviceMonitor", webConfig=web_password), "monitoring.basicAuth: "),
                (enabled("serviceMonitor", webConfig=web_tls), "monitoring.tlsConfig: "),
                (enabled("serviceMonitor", webConfig=web_certificate,
                         monitoring={"tlsConfig": {"serverName": "a"}, "basicAuth": password}),
                 "monitoring.tlsConfig: webConfig asks for a client certificate"),
                (enabled("podMonitor", existingWebConfig={"secret": "web", "auth": True}),
                 "monitoring: existingWebConfig asks for a password or a client certificate"),
                (enabled("serviceMonitor", monitoring={"basicAuth": password, "authorization": {
                    "credentials": {"name": "a", "key": "b"}}}),
                 "monitoring.basicAuth: the operator takes no authorization beside it"),
                (enabled("serviceMonitor", "podMonitor"), "all would be scraped twice"),
                (enabled("serviceMonitor", mode="sidecar"), "use podMonitor.enabled"),
                (enabled("podMonitor", mode="sidecar"), "podMonitor.selector: "),
                (enabled("scrapeConfig", mode="daemonset"), "scrapeConfig.enabled: mode daemonset"),
                (enabled("probe"), "probe.targets: there is nothing to probe"),
                (enabled("probe", config={"targets": ["http://shop/"]}),
                 "config.targets[0] has no name and url")):
            with self.subTest(words):
                self.assertIn(words, refusal(self, values))

    def test_typing_errors_are_refused_by_the_schema(self):
        for path, wrong in (("serviceMonitor.enable", True), ("monitoring.intervall", "1m"),
                            ("monitoring.interval", "1 min"), ("monitoring.jobName", "shop"),
                            ("scrapeConfig.jobName", "litewatch-probes"),
                            ("monitoring.labels", {"release": 1}),
                            ("monitoring.targetLabels", {"a-b": "c"}),
                            ("dashboards.instanceSelector", {"matchLabel": {}})):
            section, key = path.split(".")
            with self.subTest(path):
                self.assertIn(f"/{section}", refusal(self, {section: {key: wrong}}))


class Dashboards(unittest.TestCase):
    def sources(self):
        found = {os.path.basename(path)[:-len(".json")]: read(path)
                 for path in glob.glob(os.path.join(DASHBOARDS, "*.json"))}
        self.assertGreaterEqual(len(found), 5)
        return found

    def config_maps(self, **settings):
        return {one["metadata"]["name"]: one for one in of_kind(
            helm_template(self, values={"dashboards": {"enabled": True}, **settings}), "ConfigMap")
            if "dashboard" in one["metadata"]["name"]}

    def test_config_maps_hold_the_bytes_of_the_dashboards(self):
        found = self.config_maps()
        self.assertEqual({f"litewatch-dashboard-{name}": {f"litewatch-{name}.json": text}
                          for name, text in self.sources().items()},
                         {name: one["data"] for name, one in found.items()})
        for one in found.values():
            self.assertEqual("1", one["metadata"]["labels"]["grafana_dashboard"])
            self.assertEqual({"grafana_folder": "litewatch"}, one["metadata"]["annotations"])

    def test_custom_resources_hold_the_bytes_of_the_dashboards(self):
        values = {"dashboards": {"enabled": True, "asCustomResource": True, "folder": "Apps"}}
        found = of_kind(helm_template(self, values=values), "GrafanaDashboard")
        self.assertEqual(sorted(self.sources().values()), sorted(one["spec"]["json"]
                                                                 for one in found))
        self.assertEqual({"Apps"}, {one["spec"]["folder"] for one in found})

    def test_links_to_runbooks_are_those_of_litetool(self):
        with tempfile.TemporaryDirectory() as folder:
            done = support.litetool("build", "deliveries", f"--root={ROOT}", f"--output={folder}",
                                    f"--runbooks-url={RUNBOOKS}")
            self.assertEqual(0, done.returncode, done.stderr)
            delivered = {}
            for path in glob.glob(os.path.join(folder, "config-maps", "*.yaml")):
                delivered.update(yaml.load(read(path), yaml.CSafeLoader)["data"])
        found = {}
        for one in self.config_maps(prometheusRule={"runbooksUrl": RUNBOOKS + "/"}).values():
            found.update(one["data"])
        self.assertIn(RUNBOOKS, "".join(found.values()))
        self.assertEqual({name: json.loads(text) for name, text in delivered.items()},
                         {name: json.loads(text) for name, text in found.items()})

    def test_sizes_are_below_those_of_kubernetes(self):
        for name, text in self.sources().items():
            with self.subTest(name):
                self.assertLess(len(text), CONFIG_MAP_LIMIT / 2)
                self.assertLess(len(json.dumps(text)), APPLY_LIMIT)


class Release(unittest.TestCase):
    def test_the_release_fits_into_the_secret_that_helm_keeps_it_in(self):
        """Helm stores the chart's files and all manifests as JSON, in gzip, in base64."""
        helm = tool(self, "helm")
        with tempfile.TemporaryDirectory() as folder:
            run(helm, "package", CHART, "--destination", folder)
            archive, = glob.glob(os.path.join(folder, "*.tgz"))
            run("tar", "--extract", "--file", archive, "--directory", folder)
            chart = os.path.join(folder, "litewatch")
            packed = [os.path.join(parent, name) for parent, _, names in os.walk(chart)
                      for name in names]
            self.assertFalse([path for path in packed if os.path.islink(path)])
            files = [{"name": os.path.relpath(path, chart), "data": encoded(path)}
                     for path in packed]
        manifest = run(helm, "template", "litewatch", CHART, "--values", "-",
                       stdin=yaml.safe_dump(everything())).stdout
        release = json.dumps({"manifest": manifest, "chart": {"files": files}}).encode()
        size = len(base64.b64encode(gzip.compress(release)))
        print(f"\nrelease with rules and dashboards: {size} bytes of {SECRET_LIMIT}", flush=True)
        self.assertLess(size, SECRET_LIMIT * 3 / 4)
        names = {one["name"] for one in files}
        self.assertIn("files/rules/alerts/slo.yml", names)
        self.assertFalse([name for name in names if "runbooks" in name or "rules/tests" in name])


def encoded(path):
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


if __name__ == "__main__":
    unittest.main()

"""The chart's values: documented, checked by the schema, and refused where they make no sense."""
import json
import os
import re
import shutil
import tempfile
import unittest

import yaml

import chart
import tools

# What umbrella charts set in a part of theirs, and no value of the chart's own.
FOREIGN = {"global", "enabled"}
# Values, and what the refusal must say.
REFUSED = [
    ({"repliccas": 2}, "additional properties 'repliccas' not allowed"),
    ({"image": {"tagg": "1"}}, "at '/image': additional properties 'tagg' not allowed"),
    ({"image": {"digest": "sha256:1"}}, "at '/image/digest'"),
    ({"image": {"tag": "latest"}}, "image.tag: latest"),
    ({"mode": "statefulset"}, "at '/mode'"),
    ({"config": {"target": []}}, "at '/config': additional properties 'target' not allowed"),
    ({"log": {"level": "trace"}}, "at '/log/level'"),
    ({"service": {"port": 0}}, "at '/service/port'"),
    ({"securityContext": {"readOnlyRootFileSystem": True}}, "'readOnlyRootFileSystem' not allowed"),
    ({"livenessProbe": {"periodSecond": 1}}, "'periodSecond' not allowed"),
    ({"secrets": [{"name": "shop"}]}, "at '/secrets/0': missing property 'keys'"),
    ({"networkPolicy": {"ingress": {"from": [{"namespace": "a"}]}}}, "'namespace' not allowed"),
    ({"networkPolicy": {"egress": {"cidrs": ["shop.example.org"]}}},
     "at '/networkPolicy/egress/cidrs/0'"),
    ({"extraArgs": ["-v"]}, "at '/extraArgs/0'"),
    ({"mode": "sidecar", "replicas": 2}, "replicas: mode sidecar has none to count"),
    ({"mode": "daemonset", "replicas": 2}, "replicas: mode daemonset has none to count"),
    ({"mode": "daemonset", "config": {"targets": ["http://a"]}},
     "config.targets: each node would probe each target"),
    ({"mode": "daemonset", "hostUsers": False}, "hostUsers: /proc and /sys"),
    ({"mode": "daemonset", "namespace": {"name": ""}}, "namespace.name: what namespace"),
    ({"mode": "daemonset", "namespace": {"name": "monitoring"}}, "namespace: monitoring is"),
    ({"config": {"targets": ["http://a"]}, "existingConfig": {"secret": "s"}},
     "config: it is not read when existingConfig names one"),
    ({"existingConfig": {"secret": "s", "configMap": "c"}}, "give secret or configMap, not both"),
    ({"existingConfig": {"secret": "s"}}, "existingConfig's targets are unknown here"),
    ({"webConfig": {"basic_auth_users": {"a": "b"}}, "existingWebConfig": {"secret": "s"}},
     "webConfig: it is not read when existingWebConfig names a Secret"),
    ({"config": {"databases": ["/data/app.db"]}}, "no volume is mounted above /data/app.db"),
    ({"config": {"discovery": [{"root": "/srv"}]},
      "extraVolumeMounts": [{"name": "a", "mountPath": "/srv/data"}]},
     "no volume is mounted above /srv;"),
    ({"mode": "sidecar", "config": {"databases": [{"path": "/other/app.db"}]},
      "sidecar": {"volume": {"name": "data"}}}, "name it in sidecar.volume"),
    ({"replicas": 2, "podDisruptionBudget": {"minAvailable": 2}}, "no node could ever be drained"),
    ({"replicas": 2, "podDisruptionBudget": {"minAvailable": "100%"}}, "with 2 replicas no node"),
    ({"replicas": 3, "podDisruptionBudget": {"minAvailable": "67%"}}, "with 3 replicas no node"),
    ({"replicas": 2, "podDisruptionBudget": {"maxUnavailable": 0}}, "with 0 no node could"),
    ({"replicas": 2, "podDisruptionBudget": {"maxUnavailable": "0%"}}, "with 0% no node could"),
    ({"replicas": 2, "podDisruptionBudget": {"maxUnavailable": None}},
     "podDisruptionBudget: give maxUnavailable or minAvailable"),
    ({"image": {"registry": "https://registry.example.org"}}, "at '/image/registry'"),
    ({"image": {"registry": "registry.example.org", "repository": "registry:5000/litewatch"}},
     "image.registry: image.repository, registry:5000/litewatch, names a registry already"),
    ({"nameOverride": "My_Name"}, "at '/nameOverride'"),
    ({"fullnameOverride": "a.b"}, "at '/fullnameOverride'"),
    ({"fullnameOverride": "1a"}, "at '/fullnameOverride'"),  # no name of a Service
    *(({place: {f"app.kubernetes.io/{key}": "shop"}}, f"{place}: app.kubernetes.io/{key} is what")
      for place in ("commonLabels", "podLabels") for key in ("name", "instance", "component")),
    ({"service": {"labels": {"app.kubernetes.io/name": "shop"}}},
     "service.labels: app.kubernetes.io/name is what pods are selected by"),
    ({"extraArgs": ["--log.level=debug"]}, "--log.level is set by the chart itself; use log.level"),
    ({"extraArgs": ["--log.level", "debug"]}, "at '/extraArgs/1'"),
    ({"extraArgs": ["--log.format"]}, "use log.format instead"),
    ({"extraArgs": ["--config.file=/a"]}, "use config or existingConfig instead"),
    ({"extraArgs": ["--web.config.file=/a"]}, "use webConfig or existingWebConfig instead"),
    ({"mode": "daemonset", "extraArgs": ["--path.procfs=/proc"]}, "--path.procfs is set by mode"),
    *(({"extraArgs": [f"--web.listen-address{address}"]}, "the port is always 9871")
      for address in ("=:8080", "=0.0.0.0:19871", "=unix:/run/a:9871", "")),
]
# May be null, which a values file says of what it does not want: the chart has no use for it then.
# Everything else with a default that is not empty, and every map, is asked for by name.
OPTIONAL = {
    "affinity", "dashboards.folder", "livenessProbe", "monitoring.authorization",
    "monitoring.basicAuth", "monitoring.targetLabels", "monitoring.tlsConfig", "nodeSelector",
    "podDisruptionBudget.maxUnavailable", "podMonitor.namespaceSelector", "podMonitor.selector",
    "readinessProbe", "resources", "serviceMonitor.namespaceSelector", "startupProbe",
}
# Of switches, null means false; of these templates need to know.
SWITCHES = {"dashboards.allowCrossNamespaceImport", "dashboards.asCustomResource",
            "sidecar.shareProcessNamespace"}


def defaults():
    with open(os.path.join(tools.CHART, "values.yaml")) as file:
        return yaml.safe_load(file)


def schema():
    with open(os.path.join(tools.CHART, "values.schema.json")) as file:
        return json.load(file)


def leaves(properties, prefix=""):
    """Path and schema of each value that is not merely a group of values."""
    for key, value in properties.items():
        if "description" in value:
            yield prefix + key, value
        else:
            yield from leaves(value["properties"], f"{prefix}{key}.")


def objects(part, path=""):
    """Path and schema of each object of a JSON schema that lists its keys; free maps do not."""
    if isinstance(part, dict):
        if "properties" in part and part.get("type") == "object":
            yield path, part
        for key, value in part.items():
            yield from objects(value, f"{path}/{key}")


def documented():
    """The keys of values.yaml that a comment of helm-docs explains."""
    path, comment, found = [], False, set()
    with open(os.path.join(tools.CHART, "values.yaml")) as file:
        for line in file:
            key = re.match(r"^( *)([A-Za-z]+):", line)
            if re.match(r"^ *# ", line):
                comment = comment or re.match(r"^ *# -- ", line) is not None
                continue
            if key:
                path = [*path[:len(key[1]) // 2], key[2]]
                if comment:
                    found.add(".".join(path))
            comment = False
    return found


class Documentation(unittest.TestCase):
    def test_schema_and_values_have_the_same_keys(self):
        def compare(properties, values, path):
            self.assertEqual(set(values), set(properties) - (set() if path else FOREIGN), path)
            for key, part in properties.items():
                if "description" not in part:
                    compare(part["properties"], values[key], f"{path}{key}.")

        compare(schema()["properties"], defaults(), "")

    def test_every_value_is_explained(self):
        self.assertEqual({path for path, _ in leaves(schema()["properties"])} - FOREIGN,
                         documented())

    def test_no_object_takes_unknown_keys(self):
        for path, part in objects(schema()):
            self.assertIs(False, part.get("additionalProperties"), path)

    def test_configuration_has_the_keys_that_litewatch_has(self):
        with open(os.path.join(tools.DEPLOY, "litewatch.example.yml")) as file:
            example = yaml.safe_load(file)
        self.assertEqual(set(example), set(schema()["definitions"]["config"]["properties"]))

    def test_readme_is_fresh(self):
        with tempfile.TemporaryDirectory(prefix="litewatch-docs-") as folder:
            for name in ("Chart.yaml", "values.yaml", "README.md.gotmpl"):
                shutil.copy(os.path.join(tools.CHART, name), folder)
            tools.run(tools.tool(self, "helm-docs"), "--chart-search-root", folder,
                      "--sort-values-order", "file")
            with open(os.path.join(folder, "README.md")) as fresh, \
                    open(os.path.join(tools.CHART, "README.md")) as kept:
                self.assertEqual(fresh.read(), kept.read(), "run helm-docs --chart-search-root "
                                 "deploy/helm/litewatch --sort-values-order file")

    def test_schema_is_one_of_draft_07(self):
        tools.run(tools.tool(self, "check-jsonschema"), "--check-metaschema",
                  os.path.join(tools.CHART, "values.schema.json"))


class Refused(unittest.TestCase):
    def test_wrong_values_are_told(self):
        for values, message in REFUSED:
            with self.subTest(values=values):
                self.assertIn(message, chart.refusal(self, values))

    def test_all_that_is_wrong_is_told_at_once(self):
        text = chart.refusal(self, {"mode": "daemonset", "replicas": 3, "image": {"tag": "latest"}})
        self.assertIn("image.tag", text)
        self.assertIn("replicas", text)


class Null(unittest.TestCase):
    """Helm drops what a values file says is null, before the schema and the templates see it."""

    def keys(self):
        """Path and default of each value, and of each group of values."""
        def walk(properties, values, prefix=""):
            for key, part in properties.items():
                if key in values:
                    yield prefix + key, values[key]
                    if "description" not in part:
                        yield from walk(part["properties"], values[key], f"{prefix}{key}.")

        return walk(schema()["properties"], defaults())

    def required(self, path, default):
        if path in OPTIONAL or default in (None, "", []):
            return False
        return path in SWITCHES or not isinstance(default, bool)

    def test_what_the_templates_need_is_missed_by_name(self):
        """Those of one depth at once, since nothing is missed in a group that is not there."""
        groups = {path.rpartition(".")[0] for path, _ in self.keys()}
        for group in groups:
            wanted = [path for path, default in self.keys()
                      if path.rpartition(".")[0] == group and self.required(path, default)]
            if not wanted:
                continue
            text = chart.refusal(self, nested(dict.fromkeys(wanted)))
            place = group and "/" + group.replace(".", "/")
            self.assertIn(f"at '{place}': missing propert", text)
            for path in wanted:
                with self.subTest(path):
                    self.assertIn(f"'{path.rpartition('.')[2]}'", text)

    def test_what_they_do_not_need_may_be_left_out(self):
        left_out = nested({path: None for path, default in self.keys()
                           if not self.required(path, default)
                           and path != "podDisruptionBudget.maxUnavailable"})
        monitors = {"deployment": ("serviceMonitor", "scrapeConfig", "probe"),
                    "daemonset": ("serviceMonitor",), "sidecar": ()}
        for mode, names in monitors.items():
            for switches in ({}, {"networkPolicy": {"enabled": True, "egress": {"enabled": True}},
                                  "tests": {"enabled": True}, "namespace": {"create": True},
                                  "serviceAccount": {"create": True}},
                             *({name: {"enabled": True}} for name in
                               (*names, "prometheusRule", "dashboards"))):
                values = merged(left_out, {"mode": mode}, switches)
                if mode == "deployment":
                    targets = [{"name": "a", "url": "http://a"}]
                    values = merged(values, {"config": {"targets": targets}})
                with self.subTest(mode=mode, switches=switches):
                    found = tools.helm_template(self, values=values)
                    self.assertEqual([], [path for one in found for path in nulls(one)])


def nested(flat):
    """{"a.b": 1} as {"a": {"b": 1}}."""
    found = {}
    for path, value in flat.items():
        *groups, key = path.split(".")
        place = found
        for group in groups:
            place = place.setdefault(group, {})
        place[key] = value
    return found


def merged(first, *others):
    """Mappings as Helm merges them, the later ones winning."""
    found = dict(first)
    for other in others:
        for key, value in other.items():
            both = isinstance(value, dict) and isinstance(found.get(key), dict)
            found[key] = merged(found[key], value) if both else value
    return found


def nulls(part, path=""):
    """Where nothing stands in a manifest, or a word that Go has for it."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from nulls(value, f"{path}/{key}")
    elif isinstance(part, list):
        for at, value in enumerate(part):
            yield from nulls(value, f"{path}/{at}")
    elif part is None or "<nil>" in str(part):
        yield path


class WholeConfiguration(unittest.TestCase):
    def test_every_setting_arrives_as_it_was_written(self):
        with open(os.path.join(tools.DEPLOY, "litewatch.example.yml")) as file:
            example = yaml.safe_load(file)
        example["limits"]["series"] = 10000000  # not 1e+07
        found = tools.helm_template(self, values={
            "config": example, "extraVolumes": [{"name": "srv", "emptyDir": {}}],
            "extraVolumeMounts": [{"name": "srv", "mountPath": "/srv"}]})
        text = chart.configuration(found)
        self.assertEqual(example, yaml.safe_load(text))
        self.assertIn("series: 10000000\n", text)


if __name__ == "__main__":
    unittest.main()

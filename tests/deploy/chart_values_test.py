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
]


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

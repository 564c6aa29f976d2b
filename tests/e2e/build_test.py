"""`litetool build`: everything that is built parses, says what its source says, and is checked."""
import glob
import json
import os
import re
import shutil
import unittest

import yaml

from support import ROOT, TestCase, litetool

SOURCES = os.path.join(ROOT, "dashboards")
COMMITTED = os.path.join(SOURCES, "grafana")
RULES = os.path.join(ROOT, "rules")
GRAFANA = "https://grafana.example.org"
RUNBOOKS = "https://runbooks.example.org/litewatch"
OPTIONS = (f"--grafana-url={GRAFANA}", f"--runbooks-url={RUNBOOKS}/", "--label=release=monitoring",
           "--label=tier=1", "--folder=SQLite apps", "--prometheus-url=http://p.example.org:9090",
           "--scrape-interval=15s")


def read(path):
    with open(path) as file:
        return file.read()


def rule_files():
    """The sources by what the deliveries call them."""
    return {f"{kind}-{os.path.basename(path)[:-len('.yml')]}": path
            for kind in ("recording", "alerts")
            for path in glob.glob(os.path.join(RULES, kind, "*.yml"))}


def with_links(rules):
    """Rules as an installation with URLs of its own gets them."""
    for group in rules["groups"]:
        for rule in group["rules"]:
            annotations = rule.get("annotations", {})
            for name, relative, url in (("runbook_url", "/rules/runbooks/", RUNBOOKS + "/"),
                                        ("dashboard_url", "/d/", GRAFANA + "/d/")):
                if annotations.get(name, "").startswith(relative):
                    annotations[name] = url + annotations[name][len(relative):]
    return rules


def panels_of(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def dashboard_uids():
    names = (os.path.basename(path) for path in glob.glob(os.path.join(SOURCES, "*.yml")))
    return {yaml.safe_load(read(os.path.join(SOURCES, name)))["uid"]
            for name in names if name not in ("common.yml", "waivers.yml")}


class Build(TestCase):
    def build(self, *arguments, code=0):
        done = litetool("build", *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def deliver(self, *options):
        self.build("deliveries", f"--root={ROOT}", f"--output={self.folder}", *options)

    def project(self):
        """A copy of the sources that a test may change."""
        root = self.path("project")
        for folder in ("rules", "dashboards"):
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(root, folder))
        return root

    def test_committed_dashboards_are_those_of_the_sources(self):
        done = self.build("dashboards", f"--root={ROOT}", "--check")
        self.assertEqual(len(done.stdout.splitlines()), len(dashboard_uids()))
        for line in done.stdout.splitlines():
            self.assertTrue(line.startswith("unchanged "), line)

    def test_a_changed_source_is_found_and_mended(self):
        root = self.project()
        built = os.path.join(root, "dashboards", "grafana")
        source = os.path.join(root, "dashboards", "sqlite.yml")
        with open(source, "w") as file:
            file.write(read(os.path.join(SOURCES, "sqlite.yml")).replace("title:", "title: New", 1))
        os.remove(os.path.join(built, "app.json"))
        with open(os.path.join(built, "old.json"), "w") as file:
            file.write("{}")
        said = self.build("dashboards", f"--root={root}", "--check", code=1).stdout
        for word, name in (("stale", "sqlite"), ("missing", "app"), ("no source", "old")):
            self.assertRegex(said, rf"(?m)^{word} +{re.escape(built)}/{name}\.json$")
        said = self.build("dashboards", f"--root={root}").stdout
        self.assertEqual({line.split("/")[-1] for line in said.splitlines()
                          if line.startswith("wrote ")}, {"sqlite.json", "app.json"})
        self.assertEqual(read(os.path.join(built, "old.json")), "{}")
        os.remove(os.path.join(built, "old.json"))
        self.build("dashboards", f"--root={root}", "--check")

    def test_faulty_sources_are_named_and_nothing_is_written(self):
        root = self.project()
        with open(os.path.join(root, "dashboards", "bad.yml"), "w") as file:
            file.write("uid: bad\ntitle: Bad\nrowz: []\n")
        done = self.build("dashboards", f"--root={root}", f"--output={self.path('out')}", code=2)
        self.assertIn("dashboards/bad.yml:3: rowz: ", done.stderr)
        self.assertIn("did you mean rows?", done.stderr)
        self.assertFalse(os.path.exists(self.path("out")))
        self.build("rules", f"--root={root}", f"--output={self.path('out')}")

    def test_no_sources_and_no_way_to_write(self):
        self.assertIn("expected a folder that holds rules/ and dashboards/",
                      self.build("dashboards", f"--root={self.folder}", code=2).stderr)
        with open(self.path("file"), "w"):
            pass
        done = self.build("rules", f"--root={ROOT}", f"--output={self.path('file')}", code=2)
        self.assertIn(self.path("file"), done.stderr)

    def test_plain_rules_differ_in_their_links_only(self):
        self.build("rules", f"--root={ROOT}", f"--output={self.path('same')}")
        self.build("rules", f"--root={ROOT}", f"--output={self.path('linked')}", *OPTIONS[:2])
        self.assertTrue(rule_files())
        for path in rule_files().values():
            name = os.path.relpath(path, ROOT)
            with self.subTest(name):
                self.assertEqual(read(os.path.join(self.path("same"), name)), read(path))
                linked = read(os.path.join(self.path("linked"), name))
                self.assertEqual(yaml.safe_load(linked), with_links(yaml.safe_load(read(path))))

    def test_prometheus_rules_hold_the_rules(self):
        self.deliver(*OPTIONS)
        built = {}
        for path in glob.glob(self.path("prometheus-rules/*.yaml")):
            manifest = yaml.safe_load(read(path))
            self.assertEqual(manifest["apiVersion"], "monitoring.coreos.com/v1")
            self.assertEqual(manifest["kind"], "PrometheusRule")
            self.assertEqual(manifest["metadata"]["labels"],
                             {"release": "monitoring", "tier": "1"})
            built[manifest["metadata"]["name"]] = manifest["spec"]
        self.assertEqual(built, {f"litewatch-{name}": with_links(yaml.safe_load(read(path)))
                                 for name, path in rule_files().items()})

    def test_config_maps_hold_the_dashboards(self):
        self.deliver()
        found = set()
        for path in glob.glob(self.path("config-maps/*.yaml")):
            manifest = yaml.safe_load(read(path))
            self.assertEqual((manifest["apiVersion"], manifest["kind"]), ("v1", "ConfigMap"))
            self.assertEqual(manifest["metadata"]["labels"], {"grafana_dashboard": "1"})
            self.assertEqual(manifest["metadata"]["annotations"], {"grafana_folder": "litewatch"})
            (name, text), = manifest["data"].items()
            self.assertLessEqual(len(text), 200 << 10)
            uid = name[:-len(".json")]
            self.assertEqual(manifest["metadata"]["name"], "dashboard-" + uid)
            committed = os.path.join(COMMITTED, uid[len("litewatch-"):] + ".json")
            self.assertEqual(json.loads(text), json.loads(read(committed)))
            found.add(uid)
        self.assertEqual(found, dashboard_uids())

    def test_options_reach_the_manifests_of_dashboards(self):
        self.deliver(*OPTIONS)
        path = self.path("config-maps/litewatch-sqlite.yaml")
        metadata = yaml.safe_load(read(path))["metadata"]
        self.assertEqual(metadata["labels"], {"grafana_dashboard": "1", "release": "monitoring",
                                              "tier": "1"})
        self.assertEqual(metadata["annotations"], {"grafana_folder": "SQLite apps"})
        self.assertIn(RUNBOOKS + "/Sqlite", read(path))
        self.assertNotIn("/rules/runbooks/", read(path))

    def test_grafana_reads_its_provisioning(self):
        self.deliver(*OPTIONS)
        provisioning = self.path("grafana/provisioning")
        provider, = yaml.safe_load(
            read(f"{provisioning}/dashboards/litewatch.yaml"))["providers"]
        self.assertIs(provider["allowUiUpdates"], False)
        self.assertIs(provider["options"]["foldersFromFilesStructure"], True)
        source, = yaml.safe_load(read(f"{provisioning}/datasources/litewatch.yaml"))["datasources"]
        self.assertEqual(source["url"], "http://p.example.org:9090")
        self.assertEqual(source["jsonData"]["timeInterval"], "15s")
        files = glob.glob(self.path("grafana/dashboards/SQLite apps/*.json"))
        self.assertEqual({json.loads(read(path))["uid"] for path in files}, dashboard_uids())

    def test_the_variant_for_grafana_com_asks_for_one_data_source(self):
        self.deliver()
        files = glob.glob(self.path("grafana.com/*.json"))
        self.assertEqual(len(files), len(dashboard_uids()))
        for path in files:
            with self.subTest(os.path.basename(path)):
                text = read(path)
                self.assertNotIn("${datasource", text)
                dashboard = json.loads(text)
                given, = dashboard["__inputs"]
                self.assertEqual(given["name"], "DS_PROMETHEUS")
                self.assertEqual(given["pluginId"], "prometheus")
                required = {entry["id"] for entry in dashboard["__requires"]
                            if entry["type"] == "panel"}
                used = {panel["type"] for panel in panels_of(dashboard)}
                self.assertEqual(required, used - {"row"})
                uids = {panel["datasource"]["uid"] for panel in panels_of(dashboard)
                        if "datasource" in panel}
                self.assertEqual(uids, {"${DS_PROMETHEUS}"})

    def test_deliveries_are_the_same_each_time(self):
        self.deliver(*OPTIONS)
        done = self.build("deliveries", f"--root={ROOT}", f"--output={self.folder}", *OPTIONS)
        self.assertEqual({line.split()[0] for line in done.stdout.splitlines()}, {"unchanged"})
        self.build("deliveries", f"--root={ROOT}", f"--output={self.folder}", "--check", *OPTIONS)
        done = self.build("deliveries", f"--root={ROOT}", f"--output={self.folder}", "--check",
                          code=1)
        self.assertIn("stale", done.stdout)


if __name__ == "__main__":
    unittest.main()

"""deploy/compose without containers: Compose's own reading of it, what hardens each service, and
the configuration files, by the tools of their programs where those can be had."""
import http.client
import json
import os
import re
import subprocess
import sys
import unittest

import yaml

import alloy
from tools import DEPLOY, ROOT, run, support, tool

COMPOSE = os.path.join(DEPLOY, "compose")
FILE = os.path.join(COMPOSE, "compose.yml")
# Components that config.alloy may use, with what they export (Grafana's reference of Alloy's
# components); all are generally available.
ALLOY_COMPONENTS = {"local.file_match": ["targets"], "discovery.kubernetes": ["targets"],
                    "discovery.relabel": ["output", "rules"], "loki.source.file": [],
                    "loki.source.kubernetes": [], "loki.process": ["receiver"],
                    "loki.write": ["receiver"]}
# What may be set in each block, by Grafana's reference of Alloy, as far as it is of use here.
ALLOY_ARGUMENTS = {
    "logging": {"level", "format", "write_to"},
    "local.file_match": {"path_targets", "sync_period"},
    "discovery.kubernetes": {"role"},
    "discovery.kubernetes/namespaces": {"names", "own_namespace"},
    "discovery.relabel": {"targets"},
    "discovery.relabel/rule": {"action", "regex", "replacement", "separator", "source_labels",
                               "target_label"},
    "loki.source.file": {"targets", "forward_to"},
    "loki.source.kubernetes": {"targets", "forward_to"},
    "loki.process": {"forward_to"},
    "loki.process/stage.json": {"expressions", "source", "drop_malformed"},
    "loki.process/stage.timestamp": {"source", "format", "fallback_formats", "location",
                                     "action_on_failure"},
    "loki.process/stage.labels": {"values"},
    "loki.process/stage.label_drop": {"values"},
    "loki.process/stage.static_labels": {"values"},
    "loki.write": {"external_labels"},
    "loki.write/endpoint": {"url", "batch_size", "batch_wait", "remote_timeout", "tenant_id"},
}
ALLOY_CONFIGURATIONS = (os.path.join(COMPOSE, "alloy", "config.alloy"),
                        os.path.join(DEPLOY, "helm", "staging", "config.alloy"))


def load(*path):
    with open(os.path.join(COMPOSE, *path)) as file:
        return yaml.safe_load(file)


def seconds(text):
    """Of a duration of one unit."""
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


class ComposeTest(support.TestCase):
    """What Compose makes of the file, with defaults, anchors and variables resolved."""

    def setUp(self):
        super().setUp()
        done = run(tool(self, "compose"), "--file", FILE, "config", env={"HOME": self.folder})
        self.project = yaml.safe_load(done.stdout)
        self.services = self.project["services"]

    def test_the_schema_holds(self):
        run(tool(self, "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", FILE)

    def test_nobody_may_do_more_than_needed(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertIs(True, service["read_only"])
                self.assertEqual(["ALL"], service["cap_drop"])
                self.assertEqual(["no-new-privileges:true"], service["security_opt"])
                user, group = service["user"].split(":")
                self.assertGreater(int(user), 0)
                for key in ("cap_add", "privileged", "devices", "ipc", "userns_mode", "group_add"):
                    self.assertNotIn(key, service)
                self.assertNotEqual("host", service.get("pid"))
                self.assertNotEqual("host", service.get("network_mode"))

    def test_nobody_may_use_more_than_granted(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertLessEqual(int(service["mem_limit"]), 512 << 20)
                self.assertLessEqual(service["pids_limit"], 256)
                self.assertLessEqual(float(service["cpus"]), 1)
                self.assertEqual({"max-size": "10m", "max-file": "3"},
                                 service["logging"]["options"])
                for mount in service.get("tmpfs", ()):
                    self.assertRegex(mount, r":size=\d+m,")

    def test_images_are_of_an_exact_version(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertRegex(service["image"], r":v?\d+\.\d+\.\d+(-slim)?$")
                self.assertNotIn("@", service["image"])  # a digest would have to be verified

    def test_base_images_are_those_of_the_services(self):
        with open(os.path.join(COMPOSE, "demo_app", "Dockerfile")) as file:
            base = re.search(r"^FROM (\S+)$", file.read(), re.MULTILINE).group(1)
        self.assertEqual(self.services["sink"]["image"], base)

    def test_what_is_built_can_be(self):
        for name, service in self.services.items():
            if "build" in service:
                build = service["build"]
                path = os.path.join(build["context"], build.get("dockerfile", "Dockerfile"))
                self.assertTrue(os.path.exists(path), path)

    def test_everyone_is_asked_for_health_and_waited_for(self):
        for name, service in self.services.items():
            with self.subTest(name):
                # Not by a shell, which not every image has.
                self.assertEqual("CMD", service["healthcheck"]["test"][0])
                for other, condition in service.get("depends_on", {}).items():
                    self.assertEqual("service_healthy", condition["condition"], other)

    def test_all_but_the_sidecar_are_restarted(self):
        without = [name for name, service in self.services.items()
                   if service["restart"] != "unless-stopped"]
        self.assertEqual(["litewatch-sidecar"], without)

    def test_ports_are_open_to_this_machine_only(self):
        published = {}
        for name, service in self.services.items():
            with self.subTest(name):
                for port in service.get("ports", ()):
                    self.assertEqual("127.0.0.1", port["host_ip"])
                    published[port["published"]] = name
        self.assertEqual({"3000", "3001", "9090", "9093", "9095", "9871"}, set(published))

    def test_what_is_mounted_from_here_is_read_only_and_is_there(self):
        for name, service in self.services.items():
            with self.subTest(name):
                for mount in service.get("volumes", ()):
                    self.assertNotIn("docker.sock", mount["source"])
                    if mount["type"] == "bind":
                        self.assertIs(True, mount["read_only"])
                        self.assertTrue(os.path.exists(mount["source"]), mount["source"])

    def test_a_volume_has_one_writer(self):
        writers = {}
        for name, service in self.services.items():
            for mount in service.get("volumes", ()):
                if mount["type"] == "volume" and not mount.get("read_only"):
                    writers.setdefault(mount["source"], []).append(name)
        self.assertEqual(set(self.project["volumes"]), set(writers))
        self.assertEqual([], [names for names in writers.values() if len(names) > 1])

    def test_the_app_is_apart_from_the_monitoring(self):
        networks = {name: set(service.get("networks", ()))
                    for name, service in self.services.items()}
        self.assertEqual({"app"}, networks["app"])
        self.assertEqual({"app", "monitoring"}, networks["litewatch"])
        self.assertEqual({"app", "monitoring"}, set(self.project["networks"]))
        self.assertEqual(["app", "litewatch"],
                         [name for name, joined in networks.items() if "app" in joined])

    def test_the_sidecar_is_as_near_to_the_app_as_it_must_be(self):
        app, sidecar = self.services["app"], self.services["litewatch-sidecar"]
        self.assertEqual(app["user"], sidecar["user"])
        self.assertEqual("service:app", sidecar["pid"])
        self.assertIn("/data", [mount["target"] for mount in sidecar["volumes"]
                                if mount["source"] == "app-data" and mount["read_only"]])

    def test_the_example_of_settings_names_every_variable_with_its_default(self):
        with open(FILE) as file:
            used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", file.read()))
        with open(os.path.join(COMPOSE, ".env.example")) as file:
            self.assertEqual(used, dict(re.findall(r"^(\w+)=(.*)$", file.read(), re.MULTILINE)))


class ConfigurationTest(support.TestCase):
    def test_litewatch_accepts_its_configurations(self):
        for name in ("probes.yml", "sidecar.yml"):
            done = run(support.LITEWATCH, "--config.check",
                       f"--config.file={os.path.join(COMPOSE, 'litewatch', name)}")
            self.assertIn("valid", done.stdout + done.stderr)

    def test_promtool_accepts_the_configuration(self):
        """With the paths of the container; what has no path of its own stays."""
        config = load("prometheus", "prometheus.yml")
        inside = {"/rules": os.path.join(ROOT, "rules"),
                  "/etc/prometheus": os.path.join(COMPOSE, "prometheus")}
        for at, pattern in enumerate(config["rule_files"]):
            root = next(path for path in inside if pattern.startswith(path + "/"))
            config["rule_files"][at] = inside[root] + pattern[len(root):]
        with open(self.path("prometheus.yml"), "w") as file:
            yaml.safe_dump(config, file)
        output = run(os.path.join(support.TOOLS, "promtool"), "check", "config",
                     self.path("prometheus.yml"), check=False)
        self.assertEqual(0, output.returncode, output.stdout + output.stderr)
        files = len(os.listdir(os.path.join(ROOT, "rules", "alerts"))) + \
            len(os.listdir(os.path.join(ROOT, "rules", "recording"))) + 1
        self.assertEqual(files, len(re.findall(r"SUCCESS: \d+ rules found", output.stdout)))

    def test_scrapes_lead_to_services(self):
        services = load("compose.yml")["services"]
        for job in load("prometheus", "prometheus.yml")["scrape_configs"]:
            for target in job["static_configs"][0]["targets"]:
                self.assertIn(target.split(":")[0], [*services, "127.0.0.1"])

    def test_amtool_accepts_the_routes_and_they_lead_to_the_sink(self):
        routes = os.path.join(ROOT, "rules", "alertmanager.yml")
        run(os.path.join(support.TOOLS, "amtool"), "check-config", routes)
        with open(routes) as file:
            urls = re.findall(r"url: (\S+)$", file.read(), re.MULTILINE)
        services = load("compose.yml")["services"]
        listen = services["sink"]["command"][-1]
        self.assertEqual("--listen=0.0.0.0:9095", listen)
        self.assertEqual("service:sink", services["alertmanager"]["network_mode"])
        self.assertEqual({"http://127.0.0.1:9095"}, {url.rpartition("/")[0] for url in urls})

    def test_the_alert_for_tests_is_the_shipped_one_but_sooner(self):
        ours = load("prometheus", "staging-rules.yml")["groups"][0]["rules"]
        self.assertEqual(1, len(ours))
        with open(os.path.join(ROOT, "rules", "alerts", "availability.yml")) as file:
            shipped = next(rule for rule in yaml.safe_load(file)["groups"][0]["rules"]
                           if rule["alert"] == "AppDown")
        self.assertEqual("staging", ours[0]["labels"].pop("pace"))
        self.assertLess(seconds(ours[0].pop("for")), seconds(shipped.pop("for")))
        self.assertEqual(shipped, ours[0])

    def test_the_sum_of_all_waits_is_below_90_s(self):
        """As README.md adds them up."""
        target = load("litewatch", "probes.yml")["targets"][0]
        prometheus = load("prometheus", "prometheus.yml")["global"]
        group = load("prometheus", "staging-rules.yml")["groups"][0]
        with open(os.path.join(ROOT, "rules", "alertmanager.yml")) as file:
            routes = yaml.safe_load(file)["route"]
        waits = [target["interval"], target["timeout"], prometheus["scrape_interval"],
                 group["interval"], group["rules"][0]["for"], routes["group_wait"]]
        self.assertEqual(67, sum(map(seconds, waits)))
        with open(os.path.join(COMPOSE, "README.md")) as file:
            self.assertIn("| | **67 s** |", file.read())

    def test_grafana_is_provisioned_as_litetool_delivers(self):
        interval = load("prometheus", "prometheus.yml")["global"]["scrape_interval"]
        run(support.LITETOOL, "build", "deliveries", f"--root={ROOT}", f"--output={self.folder}",
            f"--scrape-interval={interval}")
        provisioning = self.path("grafana/provisioning")
        ours = os.path.join(COMPOSE, "grafana", "provisioning")
        with open(f"{provisioning}/dashboards/litewatch.yaml") as delivered, \
                open(f"{ours}/dashboards/litewatch.yaml") as own:
            self.assertEqual(delivered.read(), own.read())
        with open(f"{provisioning}/datasources/litewatch.yaml") as delivered:
            prometheus = yaml.safe_load(delivered)["datasources"]
        sources = load("grafana", "provisioning", "datasources", "litewatch.yaml")["datasources"]
        self.assertEqual(prometheus, sources[:1])
        self.assertEqual(["http://prometheus:9090", "http://loki:3100"],
                         [source["url"] for source in sources])

    def test_dashboards_are_mounted_where_grafana_looks(self):
        provider = load("grafana", "provisioning", "dashboards", "litewatch.yaml")["providers"][0]
        volumes = load("compose.yml")["services"]["grafana"]["volumes"]
        folder = provider["options"]["path"] + "/litewatch"
        self.assertIn(f"../../dashboards/grafana:{folder}:ro", volumes)

    def test_loki_keeps_what_it_is_told_to_and_no_longer(self):
        loki = load("loki", "loki.yml")
        schema = loki["schema_config"]["configs"][-1]
        self.assertEqual(("tsdb", "filesystem", "v13", "24h"),
                         (schema["store"], schema["object_store"], schema["schema"],
                          schema["index"]["period"]))
        limits, compactor = loki["limits_config"], loki["compactor"]
        self.assertTrue(compactor["retention_enabled"])
        self.assertEqual(schema["object_store"], compactor["delete_request_store"])
        self.assertGreaterEqual(seconds(limits["max_query_length"]),
                                seconds(limits["retention_period"]))
        for path in (loki["common"]["path_prefix"], compactor["working_directory"],
                     *loki["common"]["storage"]["filesystem"].values()):
            self.assertTrue(path.startswith("/loki"), path)  # the volume: all else is read-only


class SinkTest(support.TestCase):
    """What assert.sh asks tests/demo_app/notifications.py for."""

    def setUp(self):
        super().setUp()
        self.port = support.free_port()
        program = os.path.join(ROOT, "tests", "demo_app", "notifications.py")
        process = subprocess.Popen([sys.executable, program, f"--listen=127.0.0.1:{self.port}"],
                                   stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.terminate)
        support.wait_until(self.is_there, 10, "answer of the sink")

    def is_there(self):
        try:
            return self.ask("/")[0] == 200
        except OSError:
            return False

    def ask(self, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST" if body else "GET", path, body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def notify(self, status, **labels):
        alert = {"status": status, "annotations": {},
                 "labels": {"alertname": "AppDown", "severity": "none", **labels}}
        self.assertEqual(200, self.ask("/pager", json.dumps({"alerts": [alert]}))[0])

    def test_it_tells_each_notification_once_in_a_line(self):
        self.notify("firing", app="shop")
        self.notify("resolved", app='a"b\n')
        lines = self.ask("/")[1].splitlines()
        self.assertRegex(lines[0], r'^1 [\d:]{8} pager firing AppDown{app="shop",severity="none"}$')
        self.assertRegex(lines[1], r'^2 [\d:]{8} pager resolved AppDown{app="a\\"b\\n",')
        self.assertEqual(lines[1:], self.ask("/?since=1")[1].splitlines())
        self.assertEqual((200, ""), self.ask("/?since=2"))

    def test_it_refuses_what_it_does_not_understand(self):
        self.assertEqual(400, self.ask("/?since=yesterday")[0])
        self.assertEqual(400, self.ask("/pager", "no JSON")[0])


class AlloyTest(support.TestCase):
    def setUp(self):
        super().setUp()
        self.configurations = {}
        for path in ALLOY_CONFIGURATIONS:
            with open(path) as file:
                self.configurations[os.path.relpath(path, ROOT)] = file.read()

    def test_components_are_known_and_references_lead_to_exports(self):
        for path, text in self.configurations.items():
            with self.subTest(path):
                statements = alloy.parse(text)
                components = alloy.components(statements)
                kinds = {name: name.rpartition(".")[0] for name in components}
                self.assertEqual(set(), set(kinds.values()) - set(ALLOY_COMPONENTS))
                for reference in alloy.references(statements):
                    component, _, export = reference.rpartition(".")
                    self.assertIn(component, components)
                    self.assertIn(export, ALLOY_COMPONENTS[kinds[component]])

    def test_arguments_and_blocks_are_known(self):
        for path, text in self.configurations.items():
            with self.subTest(path):
                for place, arguments in alloy.bodies(alloy.parse(text)):
                    self.assertIn(place, ALLOY_ARGUMENTS)
                    self.assertLessEqual(arguments, ALLOY_ARGUMENTS[place], place)

    def test_every_source_reaches_loki(self):
        for path, text in self.configurations.items():
            with self.subTest(path):
                components = alloy.components(alloy.parse(text))
                for name in components:
                    if name.startswith("loki.source."):
                        self.assertEqual("loki.write.loki", self.end_of(components, name))

    def end_of(self, components, name):
        while not name.startswith("loki.write."):
            forward = next(body for key, _, body in components[name] if key == "forward_to")
            name = alloy.references(forward)[0].rpartition(".")[0]
        return name

    def test_blocks_in_blocks_are_looked_at(self):
        text = 'a "b" {\n  c = [{"d" = 1}]\n  e {\n    f = 2\n    g { }\n  }\n}\n'
        self.assertEqual([("a", {"c"}), ("a/e", {"f"}), ("a/e/g", set())],
                         alloy.bodies(alloy.parse(text)))

    def test_the_layout_is_tidy(self):
        for path, text in self.configurations.items():
            with self.subTest(path):
                for line in text.splitlines():
                    self.assertFalse(line.startswith("\t") or line.endswith(" "), line)
                self.assertTrue(text.endswith("}\n"))

    def test_what_is_wrong_is_said_with_its_line(self):
        for text, line in (('a "b" {\n  c = [1,\n', 3), ('a "b" {\n  c = "d\n}', 2),
                           ("a {\n}\n}\n", 3), ("a = \n}", 2), ("a b {}", 1)):
            with self.subTest(text), self.assertRaisesRegex(alloy.SyntaxFault, f"^line {line}: "):
                alloy.parse(text)

    def test_alloy_accepts_its_configuration(self):
        support.not_here(self, "Alloy (validate, fmt): no package brings it, and the modules of "
                               "Alloy and of its language cannot be fetched; checked by structure")


if __name__ == "__main__":
    unittest.main()

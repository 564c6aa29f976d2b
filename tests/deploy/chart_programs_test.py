"""What the chart renders, given to the real programs: configurations, flags and `helm test`."""
import os
import subprocess
import tempfile
import unittest

import yaml

import chart
import tools
from tools import support

HASH = "$2b$04$wF6SZCzoYz0oGX5wTPTzFO5wyAyIEPrVH8NKPUu5cqQhlGw4QPOoK"


def mount(found, folder):
    """Writes the files of the container's /etc/litewatch below `folder`, as the pod's volume names
    them; those of Secrets that the chart does not make get contents that fit their names."""
    spec = tools.pod_spec(chart.workload(found))
    volume = next(one for one in spec["volumes"] if one["name"] == "litewatch-config")
    for source in volume["projected"]["sources"]:
        (kind, projection), = source.items()
        made = tools.of_kind(found, {"configMap": "ConfigMap", "secret": "Secret"}[kind],
                             projection["name"])
        for item in projection["items"]:
            path = os.path.join(folder, item["path"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(contents(made, item["key"], folder))
            os.chmod(path, volume["projected"]["defaultMode"])


def contents(made, key, folder):
    """A key of the Secret or ConfigMap that the chart made, or of one that the user has."""
    for manifest in made:
        return {**manifest.get("data", {}), **manifest.get("stringData", {})}[key]
    if key in ("tls.crt", "tls.key"):
        if not os.path.exists(os.path.join(folder, "made.crt")):
            support.make_certificate(folder, "made")
        with open(os.path.join(folder, key.replace("tls", "made"))) as file:
            return file.read()
    return f"basic_auth_users: {{scrape: '{HASH}'}}\n" if key == "web-config.yml" else "{}\n"


def arguments(found, folder):
    """The container's flags, with `folder` in place of /etc/litewatch."""
    flags = tools.container(tools.pod_spec(chart.workload(found)))["args"]
    return [flag.replace("/etc/litewatch", folder) for flag in flags]


class Configuration(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="litewatch-chart-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def check(self, flags):
        return subprocess.run([support.LITEWATCH, "--config.check-syntax", *flags],
                              text=True, capture_output=True, timeout=30)

    def test_litewatch_accepts_each_scenario_s(self):
        for scenario in chart.SCENARIOS:
            if chart.values(scenario).get("mode") == "sidecar":
                continue  # below; and in chart_umbrella_test.py, with its container
            with self.subTest(scenario=scenario):
                folder = os.path.join(self.folder, scenario)
                found = chart.manifests(self, scenario)
                mount(found, folder)
                done = self.check(arguments(found, folder))
                self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_litewatch_accepts_the_sidecar_s(self):
        path = os.path.join(self.folder, "litewatch.yml")
        with open(path, "w") as file:
            file.write(chart.configuration(chart.manifests(self, "sidecar")))
        self.assertEqual(0, self.check([f"--config.file={path}"]).returncode)

    def test_what_the_schema_lets_pass_litewatch_names(self):
        target = {"url": "http://a", "intervall": "5s"}
        found = tools.helm_template(self, values={"config": {"targets": [target]}})
        mount(found, self.folder)
        done = self.check(arguments(found, self.folder))
        self.assertEqual(2, done.returncode)
        self.assertRegex(done.stderr,
                         r"^litewatch: .*/litewatch\.yml:\d+: targets\[0\]\.intervall: ")


class HelmTest(unittest.TestCase):
    def probe(self, port, **values):
        """Runs what `helm test` runs, against this port of the loopback interface."""
        found = tools.helm_template(self, values=values)
        pod, = tools.of_kind(found, "Pod")
        service, = tools.of_kind(found, "Service")
        container, = pod["spec"]["containers"]
        name = f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
        address = f"{name}:{service['spec']['ports'][0]['port']}"
        self.assertIn(address, container["args"][0])
        self.assertEqual("test", pod["metadata"]["annotations"]["helm.sh/hook"])
        self.assertEqual("/usr/bin/litetool", container["command"][0])
        return support.litetool(*container["command"][1:],
                                container["args"][0].replace(address, f"127.0.0.1:{port}"))

    def test_it_passes_where_litewatch_answers_and_only_there(self):
        litewatch = support.Litewatch("/nowhere.db")
        done = self.probe(litewatch.port)
        self.assertEqual(0, done.returncode, done.stdout)
        litewatch.stop()
        self.assertEqual(1, self.probe(litewatch.port).returncode)

    def test_it_connects_where_a_password_is_asked_for(self):
        web = {"basic_auth_users": {"scrape": HASH}}
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump(web, file)
            file.flush()
            litewatch = support.Litewatch(f"--web.config.file={file.name}", "/nowhere.db",
                                          wait_ready=False)
            support.wait_until(lambda: litewatch.get("/-/ready")[0] == 401 if connects(litewatch)
                               else False, 20, "answer that asks for a password")
            self.assertEqual(0, self.probe(litewatch.port, webConfig=web).returncode)
            litewatch.stop()


def connects(litewatch):
    try:
        litewatch.get("/-/ready")
        return True
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()

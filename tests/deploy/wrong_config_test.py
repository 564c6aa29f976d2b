"""What is wrong is said where one looks: a wrong configuration in the pod's own message, with file,
line, key and what was expected; wrong values by the chart's schema, with the key."""
import json
import os
import signal
import subprocess
import tempfile
import unittest

import tools  # first: it leads to tests/e2e
import support
from sandbox_cases import SandboxTestCase

FILE = "/etc/litewatch/litewatch.yml"
GOOD = "targets:\n  - {name: shop, url: 'http://127.0.0.1:1/healthz'}\n"
TOKEN = ("targets:\n  - {name: shop, url: 'http://127.0.0.1:1/', module: token}\n"
         "modules:\n  token:\n    prober: http\n    http:\n"
         "      authorization: {credentials_file: secrets/shop/token}\n")
# A configuration, and the message that `kubectl describe pod` has to show for it.
WRONG = {
    "a key misspelt": (
        "targetts: []\n",
        f"litewatch: {FILE}:1: targetts: expected one of databases, .*; did you mean targets\\?"),
    "a key misspelt, further down": (
        "databases: [/data/app.db]\ntargets:\n  - url: http://shop:3000/\n    intervall: 5s\n",
        f"litewatch: {FILE}:4: targets\\[0\\].intervall: expected one of .*"
        "did you mean interval\\?"),
    "a wrong URL": (
        "targets:\n  - url: htp://shop/\n",
        f"litewatch: {FILE}:2: targets\\[0\\].url: expected an http or https URL .*"
        'got "htp://shop/"'),
    "a duration without its unit": (
        "targets:\n  - url: http://shop/\n    interval: 5\n",
        f"litewatch: {FILE}:3: targets\\[0\\].interval: expected a duration with its unit"),
    "no YAML": (
        "targets:\n  - url: [\n", f"litewatch: {FILE}:2: expected YAML, got a mistake"),
    "a tab": ("targets:\n\t- url: http://shop/\n", f"litewatch: {FILE}:2: expected YAML"),
    "a module that is not there": (
        "targets:\n  - {url: 'http://shop/', module: tokn}\n",
        f"litewatch: {FILE}:2: targets\\[0\\].module: expected the name of a module: .*"
        'got "tokn"'),
    "a secret that is not there": (
        TOKEN, 'litewatch: /etc/litewatch/secrets/shop/token: module "token": no such file'),
}


class Pods(SandboxTestCase):
    """The chart's deployment, whose ConfigMap holds what a user may have written."""

    def setUp(self):
        super().setUp()
        self.manifests = tools.helm_template(self, values={
            "existingConfig": {"configMap": "mine"}, "networkPolicy": {"enabled": False}})
        self.deployment, = tools.of_kind(self.manifests, "Deployment")

    def start(self, text, *more):
        config = {"kind": "ConfigMap", "metadata": {"name": "mine", "namespace": "monitoring"},
                  "data": {"litewatch.yml": text}}
        return self.pod([*self.manifests, config, *more], self.deployment).start()

    def check_message(self, pod, wanted):
        """It ends at once, with 2 as it says of wrong configurations, and one line."""
        ended = pod["litewatch"].exit(5)
        self.assertEqual(ended.code, 2, ended.message)
        self.assertRegex(ended.message, f"^{wanted}")
        self.assertEqual(ended.message.count("\n"), 1, ended.message)

    def test_wrong_configurations(self):
        for what, (text, wanted) in WRONG.items():
            with self.subTest(what):
                self.check_message(self.start(text), wanted)

    def test_missing_configuration(self):
        """Which the kubelet itself reports where a ConfigMap or its key is missing."""
        for one in self.deployment["spec"]["template"]["spec"]["containers"]:
            one["args"] = [arg.replace("litewatch.yml", "other.yml") for arg in one["args"]]
        self.check_message(self.start(GOOD), "litewatch: /etc/litewatch/other.yml: cannot open")

    def test_secret_that_may_not_be_read(self):
        """As a Secret mounted with mode 0400, which is root's."""
        spec = tools.pod_spec(self.deployment)
        spec["volumes"].append({"name": "shop", "secret": {"secretName": "shop",
                                                           "defaultMode": 0o400}})
        tools.container(spec)["volumeMounts"].append(
            {"name": "shop", "mountPath": "/etc/litewatch/secrets/shop", "readOnly": True})
        secret = {"kind": "Secret", "metadata": {"name": "shop", "namespace": "monitoring"},
                  "stringData": {"token": "open-sesame"}}
        self.check_message(self.start(TOKEN, secret),
                           "litewatch: /etc/litewatch/secrets/shop/token: .*Permission denied")

    def test_wrong_flag(self):
        tools.container(tools.pod_spec(self.deployment))["args"].append("--log.levl=debug")
        self.check_message(self.start(GOOD),
                           'litewatch: "--log.levl": unknown flag; did you mean --log.level\\?')

    def test_long_messages_keep_what_matters(self):
        """The kubelet shows the last 2048 bytes of a log: file, line and key are among them."""
        keys = "".join(f"key_{number}: {'x' * 60}\n" for number in range(200))
        pod = self.start(f"targets: []\n{keys}")
        ended = pod["litewatch"].exit(5)
        self.assertEqual(ended.code, 2)
        self.assertLess(len(pod["litewatch"].log_text()), 2048)
        self.assertTrue(ended.message.startswith(f"litewatch: {FILE}:2: key_0: "), ended.message)

    def test_right_configuration_makes_no_noise(self):
        pod = self.start("{}\n")
        pod["litewatch"].await_started()
        lines = pod["litewatch"].log_text().splitlines()
        self.assertTrue(all(" level=info " in line for line in lines), lines)
        self.assertLessEqual(len(lines), 4, lines)
        ended = pod.stop()["litewatch"]
        self.assertEqual((ended.code, ended.message), (0, ""))

    def test_wrong_reload_keeps_the_old(self):
        pod = self.start(GOOD)
        litewatch = pod["litewatch"]
        litewatch.await_started()
        pod.change("ConfigMap", "mine", **{"litewatch.yml": WRONG["a wrong URL"][0]})
        litewatch.started.end(signal.SIGHUP)
        self.wait_value(pod, 0, "litewatch_config_last_reload_successful")
        self.assertRegex(litewatch.log_text(), f"level=error .*{FILE}:2: targets\\[0\\].url: ")
        self.assertIsNotNone(support.value(pod.metrics(), "probe_success", target="shop"))
        self.assertTrue(litewatch.passes("readinessProbe"))
        pod.change("ConfigMap", "mine", **{"litewatch.yml": GOOD.replace("shop", "wiki")})
        litewatch.started.end(signal.SIGHUP)
        self.wait_value(pod, 1, "litewatch_config_last_reload_successful")
        self.wait_value(pod, 0, "probe_success", target="wiki")


# Wrong values, and the part of the error that names the key and what is wrong with it.
VALUES = [
    ({"mode": "daemonst"}, "at '/mode': value must be one of 'deployment', 'daemonset', 'sidecar'"),
    ({"replica": 2}, "additional properties 'replica' not allowed"),
    ({"replicas": "two"}, "at '/replicas': got string"),
    ({"image": {"tag": "latest"}}, "image.tag"),
    ({"image": {"digest": "abc"}}, "at '/image/digest': 'abc' does not match"),
    ({"image": {"pullPolicy": "Sometimes"}}, "at '/image/pullPolicy': value must be one of"),
    ({"image": {"registri": "registry.example.org"}}, "'registri' not allowed"),
    ({"log": {"level": "verbose"}}, "at '/log/level': value must be one of 'debug'"),
    ({"log": {"format": "xml"}}, "at '/log/format': value must be one of 'logfmt', 'json'"),
    ({"config": "targets.yml"}, "at '/config': got string, want object"),
    ({"config": {"targts": []}}, "at '/config': additional properties 'targts' not allowed"),
    ({"config": {"targets": "http://shop:3000/"}}, "/config/targets"),
    ({"secrets": ["shop"]}, "at '/secrets/0': got string, want object"),
    ({"secrets": [{"name": "shop"}]}, "at '/secrets/0': missing property 'keys'"),
    ({"resources": {"limit": {"memory": "64Mi"}}},
     "at '/resources': additional properties 'limit'"),
    ({"service": {"type": "External"}}, "at '/service/type': value must be one of 'ClusterIP'"),
    ({"service": {"port": 99999}}, "at '/service/port'"),
    ({"extraArgs": "--web.enable-reload"}, "at '/extraArgs': got string, want array"),
    ({"livenessProbe": 1}, "at '/livenessProbe': got number, want object"),
    ({"networkPolicy": {"egress": {"dns": {"ports": 53}}}}, "at '/networkPolicy/egress/dns/ports'"),
    ({"networkPolicy": {"egres": {}}}, "at '/networkPolicy': additional properties 'egres'"),
    ({"namespace": {"create": "yes"}}, "at '/namespace/create': got string, want boolean"),
    ({"sidecar": {"runAsUser": 0}}, "at '/sidecar/runAsUser'"),
    ({"sidecar": {"volumes": {}}}, "at '/sidecar': additional properties 'volumes' not allowed"),
    ({"webConfig": {"tls_server_config": "on"}}, "at '/webConfig"),
    ({"serviceMonitor": {"intervall": "30s"}}, "additional properties 'intervall' not allowed"),
    ({"dashboards": {"enabled": "yes"}}, "at '/dashboards/enabled': got string, want boolean"),
    ({"prometheusRule": {"enabled": True, "disabled": ["SqliteWalTooBigg"]}},
     "there is no alert SqliteWalTooBigg"),
    ({"prometheusRule": {"enabled": True, "severity": {"SqliteWalTooBigg": "critical"}}},
     "there is no alert SqliteWalTooBigg"),
]
# Values that are right one by one, but not together.
COMBINATIONS = [
    ({"existingConfig": {"secret": "a", "configMap": "b"}},
     "existingConfig: give secret or configMap, not both"),
    ({"existingConfig": {"configMap": "a"}, "config": {"targets": ["http://shop:3000/"]}},
     "config: it is not read when existingConfig names one"),
    ({"existingConfig": {"configMap": "a"}}, "networkPolicy.egress: existingConfig's targets"),
    ({"mode": "daemonset", "hostUsers": False}, "hostUsers: "),
    ({"mode": "daemonset", "config": {"containers": {"view": "own"}}},
     "config.containers.view: own"),
    ({"podSecurityContext": {"runAsUser": 0}}, "podSecurityContext.runAsUser: "),
    ({"webConfig": {"basic_auth_users": {"a": "$2y$10$" + "a" * 53}},
      "existingWebConfig": {"secret": "web"}},
     "webConfig: it is not read when existingWebConfig names a Secret"),
]


class Values(unittest.TestCase):
    """`helm template` and `helm install` refuse what would not work, and name the key."""

    def error_of(self, values):
        command = [tools.tool(self, "helm"), "template", "litewatch", tools.CHART, "--values", "-"]
        done = subprocess.run(command, input=json.dumps(values), text=True, capture_output=True,
                              timeout=60)
        self.assertNotEqual(done.returncode, 0, f"{values} is taken")
        return done.stderr

    def test_wrong_values(self):
        self.assertGreaterEqual(len(VALUES), 20)
        for values, wanted in VALUES + COMBINATIONS:
            with self.subTest(json.dumps(values)):
                self.assertIn(wanted, self.error_of(values))

    def test_sidecar_of_another_mode(self):
        """The named templates within an umbrella chart whose `mode` was forgotten."""
        with tempfile.TemporaryDirectory() as chart:
            for folder in ("templates", "charts"):
                os.mkdir(os.path.join(chart, folder))
            os.symlink(tools.CHART, os.path.join(chart, "charts", "litewatch"))
            for path, text in (("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
                                "dependencies: [{name: litewatch, version: 0.1.0}]\n"),
                               ("templates/pod.yaml", "{{ include "
                                '"litewatch.sidecar.container" .Subcharts.litewatch }}')):
                with open(os.path.join(chart, path), "w") as file:
                    file.write(text)
            done = tools.run(tools.tool(self, "helm"), "template", "shop", chart, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("mode is deployment; set mode: sidecar", done.stderr)


if __name__ == "__main__":
    unittest.main()

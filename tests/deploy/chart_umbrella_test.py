"""The sidecar in an umbrella chart, tests/fixtures/umbrella: the app's own Deployment holds it."""
import os
import re
import shutil
import tempfile
import textwrap
import unittest

import yaml

import chart
import manifest_lint
import pod_security
import schemas
import tools

UMBRELLA = os.path.join("tests", "fixtures", "umbrella")


class Umbrella(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A copy at the same place below another root, because helm writes charts/ beside it."""
        folder = tempfile.TemporaryDirectory(prefix="litewatch-umbrella-")
        cls.addClassCleanup(folder.cleanup)
        os.symlink(tools.DEPLOY, os.path.join(folder.name, "deploy"))
        cls.chart = os.path.join(folder.name, UMBRELLA)
        shutil.copytree(os.path.join(tools.ROOT, UMBRELLA), cls.chart)
        cls.built = False

    def render(self, kubernetes=chart.KUBERNETES, check=True, **litewatch):
        """The manifests with further values of litewatch, or what helm says against them."""
        if not self.built:
            chart.helm(self, "dependency", "update", self.chart)
            type(self).built = True
        done = chart.helm(self, "template", "shop", self.chart, "--namespace", "shop",
                          "--kube-version", kubernetes, "--values", "-", check=check,
                          stdin=yaml.safe_dump({"litewatch": litewatch}))
        return tools.documents(done.stdout) if check else done.stderr

    def pod(self, **options):
        return tools.pod_spec(chart.workload(self.render(**options)))

    def test_it_is_a_native_sidecar_with_the_app_s_rights(self):
        spec = self.pod()
        sidecar, = spec["initContainers"]
        self.assertEqual("Always", sidecar["restartPolicy"])
        self.assertEqual((1000, 1000), (sidecar["securityContext"]["runAsUser"],
                                        sidecar["securityContext"]["runAsGroup"]))
        self.assertIn({"name": "data", "mountPath": "/data", "readOnly": True},
                      sidecar["volumeMounts"])
        self.assertEqual(["shop"], [one["name"] for one in spec["containers"]])

    def test_it_neither_delays_the_app_nor_takes_it_out_of_its_service(self):
        sidecar = tools.container(self.pod())
        self.assertIn("livenessProbe", sidecar)
        self.assertFalse({"startupProbe", "readinessProbe"} & set(sidecar))

    def test_pod_and_configuration_belong_together(self):
        found = self.render()
        configuration, = tools.of_kind(found, "ConfigMap")
        volume, = (one for one in tools.pod_spec(chart.workload(found))["volumes"]
                   if one["name"] == "litewatch-config")
        self.assertEqual(configuration["metadata"]["name"],
                         volume["projected"]["sources"][0]["configMap"]["name"])

    def test_a_change_of_the_configuration_starts_the_pod_anew(self):
        def checksum(**values):
            template = chart.workload(self.render(**values))["spec"]["template"]
            return template["metadata"]["annotations"]["checksum/config"]

        self.assertEqual(checksum(), checksum())
        self.assertNotEqual(checksum(), checksum(config={"limits": {"series": 1}}))

    def test_it_passes_what_the_chart_s_own_workloads_pass(self):
        found = self.render()
        self.assertEqual([], pod_security.violations(tools.pod_spec(chart.workload(found))))
        schemas.kubeconform(self, found)
        ours = [text for text in manifest_lint.findings(found) if " litewatch: " in text]
        self.assertEqual([], ours)

    def test_it_can_stand_among_the_containers(self):
        spec = self.pod(sidecar={"native": False}, kubernetes="1.28.0")
        self.assertEqual(["shop", "litewatch"], [one["name"] for one in spec["containers"]])
        self.assertNotIn("restartPolicy", tools.container(spec))

    def test_an_old_kubernetes_is_told(self):
        self.assertIn("the native sidecar needs Kubernetes 1.29, this is v1.28.0",
                      self.render(kubernetes="1.28.0", check=False))

    def test_another_mode_is_told(self):
        mounts = [{"name": "data", "mountPath": "/data"}]
        self.assertIn("its sidecar is used, but mode is deployment",
                      self.render(mode="deployment", extraVolumeMounts=mounts, check=False))

    def test_it_can_be_left_out(self):
        found = self.render(enabled=False)
        self.assertEqual(["Deployment"], [one["kind"] for one in found])
        self.assertNotIn("initContainers", tools.pod_spec(found[0]))

    def test_the_lines_of_the_readme_work_with_it_and_without(self):
        with open(os.path.join(tools.CHART, "README.md")) as file:
            lines = re.search(r"the pod template of your app:\n\n((?:    .*\n)+)", file.read())[1]
        path = os.path.join(self.chart, "templates", "readme.yaml")
        with open(path, "w") as file:
            file.write("apiVersion: v1\nkind: Pod\n" + textwrap.dedent(lines))
        self.addCleanup(os.remove, path)
        pod, = (one for one in self.render() if one["kind"] == "Pod")
        self.assertIn("checksum/config", pod["metadata"]["annotations"])
        self.assertEqual("litewatch", pod["spec"]["initContainers"][0]["name"])
        self.assertEqual("litewatch-config", pod["spec"]["volumes"][0]["name"])
        pod, = (one for one in self.render(enabled=False) if one["kind"] == "Pod")
        self.assertEqual((None, {"volumes": None}), (pod["metadata"], pod["spec"]))

    def test_secrets_and_volumes_come_along(self):
        spec = self.pod(secrets=[{"name": "shop", "keys": ["token"]}],
                        extraVolumes=[{"name": "more", "emptyDir": {}}])
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        self.assertIn("more", volumes)
        self.assertIn({"secret": {"name": "shop", "items": [
            {"key": "token", "path": "secrets/shop/token"}]}},
            volumes["litewatch-config"]["projected"]["sources"])


if __name__ == "__main__":
    unittest.main()

"""deploy/kubernetes: what kubectl makes of it, and that this is right by schemas, linters, the
profile `restricted` and litewatch itself. What the snippets' configurations mean is for
kubernetes_apps_test.py."""
import copy
import functools
import glob
import os
import re
import shutil
import tempfile
import unittest

import yaml

import manifest_lint
import pod_security
from schemas import kubeconform
from tools import DEPLOY, ROOT, container, documents, of_kind, pod_spec, run, support, tool

KUBERNETES = os.path.join(DEPLOY, "kubernetes")
GOLDEN = os.path.join(ROOT, "tests", "golden", "kubernetes")
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
NODE = ("node", "node-example")
# What examples are made of; all other folders are to be applied.
BASES = ("probes", "node")
REGISTRY = "registry.example.org/litewatch"
# What is not held against the manifests, and why.
KUBE_SCORE = {
    "container-image-pull-policy": "an exact version is not pulled again for nothing",
    "container-ephemeral-storage-request-and-limit": "nothing is written",
    "deployment-has-host-podantiaffinity": "topologySpreadConstraints do that",
}
KUBE_SCORE_APPS = {
    "container-security-context-user-group-id": "the image's own user, whose files there are",
    "container-security-context-readonlyrootfilesystem": "the app's image decides",
    "pod-networkpolicy": "depends on who uses the app",
    "deployment-strategy": "never two pods that write to one database",
    "deployment-replicas": "the same",
}
# Of the app's own container.
LINT = ("no livenessProbe", "no startupProbe", "no-read-only-root-fs", "default-service-account")


def roots(kind):
    """Folders with a Kustomization, or a Component."""
    found = []
    for path in glob.glob(os.path.join(KUBERNETES, "**", "kustomization.yaml"), recursive=True):
        with open(path) as file:
            if yaml.safe_load(file)["kind"] == kind:
                found.append(os.path.relpath(os.path.dirname(path), KUBERNETES))
    return sorted(found)


@functools.lru_cache
def rendered(kustomize, folder):
    """What `kustomize build` prints for a folder of deploy/kubernetes."""
    return run(kustomize, "build", os.path.join(KUBERNETES, folder)).stdout


def workloads(manifests):
    return [one for one in manifests if one["kind"] in WORKLOADS]


def namespace(manifest):
    """None is the one that `kubectl apply -n` names."""
    return manifest["metadata"].get("namespace")


def config(manifests):
    """The litewatch.yml that the pod gets, read back from the volume that it mounts."""
    workload, = workloads(manifests)
    spec = pod_spec(workload)
    mount, = [one["name"] for one in container(spec)["volumeMounts"]
              if one["mountPath"] == "/etc/litewatch"]
    volume, = [one for one in spec["volumes"] if one["name"] == mount]
    return of_kind(manifests, "ConfigMap", volume["configMap"]["name"])[0]["data"]["litewatch.yml"]


class KubernetesTestCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="litewatch-kubernetes-")
        self.addCleanup(shutil.rmtree, self.folder)

    def text(self, folder):
        return rendered(tool(self, "kustomize"), folder)

    def build(self, folder):
        return documents(self.text(folder))

    def each(self, prefix=""):
        """(folder, manifests) of each folder that can be applied."""
        folders = [folder for folder in roots("Kustomization") if folder.startswith(prefix)]
        self.assertTrue(folders)
        for folder in folders:
            yield folder, self.build(folder)

    def write(self, name, content):
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    def check_config(self, text):
        """As the program itself judges it."""
        self.write("litewatch.yml", text)
        run(support.LITEWATCH, f"--config.file={self.folder}/litewatch.yml", "--config.check")

    def component(self, name):
        """How an overlay in this test's folder names a component."""
        return os.path.relpath(os.path.join(KUBERNETES, name), os.path.realpath(self.folder))

    def overlay(self, check=True, **kustomization):
        self.write("kustomization.yaml", {"apiVersion": "kustomize.config.k8s.io/v1beta1",
                                          "kind": "Kustomization", **kustomization})
        done = run(tool(self, "kustomize"), "build", self.folder, check=check)
        return documents(done.stdout) if check else done


class FoldersTest(KubernetesTestCase):
    def test_golden(self):
        self.maxDiff = None
        files = {folder.replace("/", "-") + ".yaml": folder for folder in roots("Kustomization")}
        for name, folder in files.items():
            path = os.path.join(GOLDEN, name)
            if support.UPDATE_GOLDEN:
                os.makedirs(GOLDEN, exist_ok=True)
                with open(path, "w") as file:
                    file.write(self.text(folder))
            with self.subTest(folder), open(path) as file:
                self.assertEqual(file.read(), self.text(folder))
        self.assertEqual(set(os.listdir(GOLDEN)), set(files))

    def test_kubectl_makes_the_same(self):
        kubectl = shutil.which("kubectl")
        if not kubectl:
            support.not_here(self, "no kubectl; kustomize, which it has built in, is tested")
        for folder, manifests in self.each():
            with self.subTest(folder):
                done = run(kubectl, "kustomize", os.path.join(KUBERNETES, folder))
                self.assertEqual(documents(done.stdout), manifests)

    def all_manifests(self):
        return [manifest for _, manifests in self.each() for manifest in manifests]

    def test_schemas(self):
        kubeconform(self, self.all_manifests())

    def test_oldest_kubernetes(self):
        """That of native sidecars, and of recursively read-only mounts, without a feature gate."""
        for oldest, chosen in (("1.29.0", lambda folder: folder not in NODE),
                               ("1.31.0", lambda folder: folder in NODE)):
            manifests = [one for folder, made in self.each() if chosen(folder) for one in made]
            self.assertTrue(manifests)
            kubeconform(self, manifests, oldest)

    def test_kube_score(self):
        for folder, manifests in self.each():
            with self.subTest(folder):
                ignored = {**KUBE_SCORE, **(KUBE_SCORE_APPS if folder.startswith("apps/") else {})}
                options = [f"--ignore-test={name}" for name in ignored]
                done = run(tool(self, "kube-score"), "score", "--ignore-container-cpu-limit",
                           "--exit-one-on-warning", *options, "-",
                           stdin=yaml.safe_dump_all(manifests), check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_kube_linter(self):
        for folder, manifests in self.each():
            with self.subTest(folder):
                found = manifest_lint.findings(manifests, node=folder in NODE)
                if folder.startswith("apps/"):
                    found = [one for one in found
                             if ": litewatch: " in one or not one.endswith(LINT)]
                self.assertEqual(found, [])

    def test_pod_security(self):
        for folder, manifests in self.each():
            with self.subTest(folder):
                for workload in workloads(manifests):
                    found = pod_security.violations(pod_spec(workload))
                    if folder in NODE:
                        found = [one for one in found if not one.endswith("is a hostPath")]
                    self.assertEqual(found, [])

    def test_litewatch_accepts_the_configuration(self):
        for folder, manifests in self.each():
            with self.subTest(folder):
                self.check_config(config(manifests))

    def test_litewatch_is_the_same_everywhere(self):
        for folder, manifests in self.each():
            with self.subTest(folder):
                workload, = workloads(manifests)
                spec = pod_spec(workload)
                litewatch = container(spec)
                self.assertEqual(litewatch["args"][0], "--config.file=/etc/litewatch/litewatch.yml")
                self.assertEqual([one["name"] for one in litewatch["env"]],
                                 ["POD_NAME", "POD_NAMESPACE", "CONTAINER_NAME"])
                self.assertEqual(litewatch["terminationMessagePolicy"], "FallbackToLogsOnError")
                self.assertIs(litewatch["securityContext"]["readOnlyRootFilesystem"], True)
                self.assertIs(spec["automountServiceAccountToken"], False)
                self.assertIs(spec["enableServiceLinks"], False)
                for mount in litewatch["volumeMounts"]:
                    self.assertIs(mount.get("readOnly"), True, mount)

    def test_images_have_exact_versions(self):
        with open(os.path.join(ROOT, "CMakeLists.txt")) as file:
            version = re.search(r"VERSION (\d+\.\d+\.\d+)", file.read()).group(1)
        for folder, manifests in self.each():
            with self.subTest(folder):
                spec = pod_spec(workloads(manifests)[0])
                self.assertEqual(container(spec)["image"].rpartition("/")[2],
                                 f"litewatch:{version}")
                for one in spec["containers"]:
                    self.assertRegex(one["image"], r":v?\d+\.\d+\.\d+(-[a-z-]+)?$")
                for manifest in manifests:
                    said = manifest["metadata"].get("labels", {}).get("app.kubernetes.io/version")
                    self.assertIn(said, (None, version))

    def test_what_is_to_be_applied_names_the_registry(self):
        """In one place, as README.md says: there is no public image."""
        for folder, manifests in self.each():
            with self.subTest(folder):
                name = container(pod_spec(workloads(manifests)[0]))["image"].rpartition(":")[0]
                self.assertEqual(name, "litewatch" if folder in BASES else REGISTRY)

    def test_another_configuration_is_a_roll_out(self):
        """The ConfigMap's name and the volume that names it change with its content."""
        names = set()
        for targets in ("[]", "[http://a.example.org]"):
            self.write("litewatch.yml", f"targets: {targets}\n")
            manifests = self.overlay(
                resources=[self.component("probes")],
                configMapGenerator=[{"name": "litewatch", "behavior": "merge",
                                     "files": ["litewatch.yml"]}])
            self.assertIn(targets, config(manifests))
            names.add(of_kind(manifests, "ConfigMap")[0]["metadata"]["name"])
        self.assertEqual(len(names), 2)


class ProbesTest(KubernetesTestCase):
    def test_targets_can_be_reached_and_nothing_else(self):
        """A rule for each target's port; each rule is for a target or for names."""
        manifests = self.build("probes-example")
        targets = yaml.safe_load(config(manifests))["targets"]
        wanted = {int(match[1]) if (match := re.search(r":(\d+)", one["url"][6:]))
                  else {"http": 80, "https": 443}[one["url"].split(":")[0]] for one in targets}
        policy, = of_kind(manifests, "NetworkPolicy")
        opened = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
        self.assertEqual(opened, wanted | {53})
        base, = of_kind(self.build("probes"), "NetworkPolicy")
        self.assertEqual({port["port"] for rule in base["spec"]["egress"]
                          for port in rule["ports"]}, {53})

    def test_one_pod_may_always_go_and_one_stays(self):
        manifests = self.build("probes")
        budget, = of_kind(manifests, "PodDisruptionBudget")
        deployment, = of_kind(manifests, "Deployment")
        self.assertLess(budget["spec"]["minAvailable"], deployment["spec"]["replicas"])

    def test_service_monitor(self):
        manifests = self.overlay(resources=[self.component("probes-example")],
                                 components=[self.component("probes/service-monitor")])
        monitor, = of_kind(manifests, "ServiceMonitor")
        service, = of_kind(manifests, "Service")
        self.assertEqual(namespace(monitor), namespace(service))
        self.assertLessEqual(monitor["spec"]["selector"]["matchLabels"].items(),
                             service["metadata"]["labels"].items())
        self.assertEqual(monitor["spec"]["endpoints"][0]["port"],
                         service["spec"]["ports"][0]["name"])
        kubeconform(self, manifests)


class NodeTest(KubernetesTestCase):
    def test_pod_monitor(self):
        manifests = self.overlay(resources=[self.component("node-example")],
                                 components=[self.component("node/pod-monitor")])
        monitor, = of_kind(manifests, "PodMonitor")
        daemonset, = of_kind(manifests, "DaemonSet")
        template = daemonset["spec"]["template"]
        self.assertEqual(namespace(monitor), "litewatch-node")
        self.assertEqual(namespace(daemonset), "litewatch-node")
        self.assertLessEqual(monitor["spec"]["selector"]["matchLabels"].items(),
                             template["metadata"]["labels"].items())
        self.assertEqual(monitor["spec"]["podMetricsEndpoints"][0]["port"],
                         container(template["spec"])["ports"][0]["name"])
        kubeconform(self, manifests)

    def test_everything_is_in_the_privileged_namespace(self):
        manifests = self.build("node")
        namespace, = of_kind(manifests, "Namespace")
        name = namespace["metadata"]["name"]
        self.assertEqual(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
                         "privileged")
        for manifest in manifests:
            if manifest is not namespace:
                self.assertEqual(manifest["metadata"]["namespace"], name)


class SidecarTest(KubernetesTestCase):
    """The component, on a workload of somebody else's."""
    FOREIGN = {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "theirs", "labels": {"app": "theirs"}},
        "spec": {
            "selector": {"matchLabels": {"app": "theirs"}},
            "template": {
                "metadata": {"labels": {"app": "theirs"}, "annotations": {"their": "note"}},
                "spec": {
                    "initContainers": [{"name": "migrate", "image": "theirs:1.0.0",
                                        "volumeMounts": [{"name": "d", "mountPath": "/d"}]}],
                    "containers": [{"name": "theirs", "image": "theirs:1.0.0",
                                    "ports": [{"name": "http", "containerPort": 8080}],
                                    "volumeMounts": [{"name": "d", "mountPath": "/d"}]}],
                    "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "d"}}]}}}}

    def apply(self, *components, manifests=None, **more):
        self.write("theirs.yaml", yaml.safe_dump_all(manifests or [self.FOREIGN]))
        self.write("litewatch.yml", "databases: [/d/a.db]\n")
        patch = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "theirs"},
                 "spec": {"template": {"spec": {"initContainers": [
                     {"name": "litewatch",
                      "volumeMounts": [{"name": "d", "mountPath": "/d", "readOnly": True}]}]}}}}
        return self.overlay(**{
            "resources": ["theirs.yaml"],
            "components": [self.component(one) for one in components],
            "configMapGenerator": [{"name": "litewatch", "files": ["litewatch.yml"]}],
            "patches": [{"patch": yaml.safe_dump(patch)}], **more})

    def test_nothing_of_theirs_changes(self):
        manifests = self.apply("sidecar/every-workload", "sidecar")
        theirs, = of_kind(manifests, "Deployment")
        self.assertEqual(theirs["metadata"]["labels"].pop("litewatch/sidecar"), "enabled")
        template = theirs["spec"]["template"]
        self.assertEqual(template["metadata"]["labels"].pop("litewatch/sidecar"), "enabled")
        added = template["spec"]["initContainers"].pop(0)
        self.assertEqual(added["name"], "litewatch", "it starts before their first container")
        self.assertEqual(added["restartPolicy"], "Always")
        for volume in template["spec"]["volumes"][:]:
            if volume["name"] == "litewatch-config":
                template["spec"]["volumes"].remove(volume)
        self.assertEqual(theirs, self.FOREIGN)
        kubeconform(self, manifests)

    def test_it_holds_up_nobody(self):
        manifests = self.apply("sidecar/every-workload", "sidecar")
        litewatch = container(pod_spec(of_kind(manifests, "Deployment")[0]))
        self.assertEqual({key for key in litewatch if key.endswith("Probe")}, {"livenessProbe"})
        self.assertEqual(litewatch["livenessProbe"]["httpGet"]["port"],
                         litewatch["ports"][0]["name"])
        self.assertNotEqual(litewatch["ports"][0]["name"], "http")

    def test_only_labelled_workloads(self):
        labelled = copy.deepcopy(self.FOREIGN)
        labelled["metadata"]["labels"]["litewatch/sidecar"] = "enabled"
        other = copy.deepcopy(self.FOREIGN)
        other["metadata"]["name"] = "cache"
        manifests = self.apply("sidecar", "sidecar/share-processes", manifests=[labelled, other])
        pods = {one["metadata"]["name"]: pod_spec(one) for one in of_kind(manifests, "Deployment")}
        self.assertEqual(container(pods["theirs"])["name"], "litewatch")
        self.assertIs(pods["theirs"]["shareProcessNamespace"], True)
        self.assertEqual(pods["cache"], pod_spec(other))

    def test_every_kind_of_workload(self):
        for kind in WORKLOADS:
            with self.subTest(kind):
                theirs = {**copy.deepcopy(self.FOREIGN), "kind": kind}
                manifests = self.apply("sidecar/every-workload", "sidecar", manifests=[theirs],
                                       patches=[])
                made, = workloads(manifests)
                self.assertEqual(made["kind"], kind)
                self.assertEqual(container(pod_spec(made))["image"].partition(":")[0], "litewatch")

    def test_another_registry(self):
        manifests = self.apply("sidecar/every-workload", "sidecar", images=[
            {"name": "litewatch", "newName": REGISTRY}])
        spec = pod_spec(of_kind(manifests, "Deployment")[0])
        self.assertTrue(container(spec)["image"].startswith(f"{REGISTRY}:"))

    def test_without_a_configuration_nothing_is_built(self):
        self.write("theirs.yaml", self.FOREIGN)
        done = self.overlay(check=False, resources=["theirs.yaml"],
                            components=[self.component("sidecar")])
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"ConfigMap.*litewatch.*does not exist")

    def test_pod_monitor(self):
        manifests = self.apply("sidecar/every-workload", "sidecar", "sidecar/pod-monitor")
        monitor, = of_kind(manifests, "PodMonitor")
        deployment, = of_kind(manifests, "Deployment")
        template = deployment["spec"]["template"]
        self.assertEqual(namespace(monitor), namespace(deployment))
        self.assertLessEqual(monitor["spec"]["selector"]["matchLabels"].items(),
                             template["metadata"]["labels"].items())
        ports = [port["name"] for one in [*template["spec"]["initContainers"],
                                          *template["spec"]["containers"]]
                 for port in one.get("ports", [])]
        self.assertEqual(ports.count(monitor["spec"]["podMetricsEndpoints"][0]["port"]), 1)
        kubeconform(self, manifests)

    def test_every_component_is_used_by_a_test_or_snippet(self):
        used = {"probes/service-monitor", "node/pod-monitor", "sidecar", "sidecar/every-workload",
                "sidecar/share-processes", "sidecar/pod-monitor"}
        self.assertEqual(set(roots("Component")), used)


class SnippetsTest(KubernetesTestCase):
    """The snippets fit together: mounts, users, ports, claims."""

    def snippets(self):
        for folder, manifests in self.each("apps/"):
            workload, = workloads(manifests)
            app, = pod_spec(workload)["containers"]
            yield folder, manifests, workload, app

    def test_litewatch_sees_the_files_where_the_app_does(self):
        for folder, manifests, workload, app in self.snippets():
            with self.subTest(folder):
                litewatch = container(pod_spec(workload))
                theirs = {one["mountPath"]: one for one in app["volumeMounts"]}
                mounted = [one for one in litewatch["volumeMounts"]
                           if one["mountPath"] != "/etc/litewatch"]
                for mount in mounted:
                    self.assertEqual(mount, {**theirs[mount["mountPath"]], "readOnly": True})
                for database in yaml.safe_load(config(manifests))["databases"]:
                    self.assertTrue(any(database["path"].startswith(one["mountPath"] + "/")
                                        for one in mounted), database["path"])

    def test_the_same_user(self):
        for folder, _, workload, app in self.snippets():
            with self.subTest(folder):
                context = pod_spec(workload)["securityContext"]
                self.assertGreater(context["runAsUser"], 0)
                self.assertGreater(context["runAsGroup"], 0)
                for one in (app, container(pod_spec(workload))):
                    self.assertFalse({"runAsUser", "runAsGroup"} & set(one["securityContext"]))

    def test_ports(self):
        """The target's port is the app's, and the Service leads to it."""
        presets = {"gitea": 3000, "pocketbase": 8090, "grafana": 3000}
        for folder, manifests, _, app in self.snippets():
            with self.subTest(folder):
                http, = [one["containerPort"] for one in app["ports"] if one["name"] == "http"]
                target, = yaml.safe_load(config(manifests))["targets"]
                url = target.get("url", f":{presets.get(target['app'])}")
                self.assertIn(f":{http}", url)
                service, = of_kind(manifests, "Service")
                self.assertEqual(
                    {one["targetPort"]: one["port"] for one in service["spec"]["ports"]},
                    {one["name"]: one["containerPort"] for one in app["ports"]})

    def test_one_pod_at_a_time_on_a_claim_of_one_node(self):
        for folder, manifests, workload, _ in self.snippets():
            with self.subTest(folder):
                spec = workload["spec"]
                self.assertEqual(spec["replicas"], 1)
                claims = [one["spec"] for one in of_kind(manifests, "PersistentVolumeClaim")]
                claims += [one["spec"] for one in spec.get("volumeClaimTemplates", [])]
                self.assertTrue(claims)
                for claim in claims:
                    self.assertEqual(claim["accessModes"], ["ReadWriteOnce"])
                if workload["kind"] == "Deployment":
                    self.assertEqual(spec["strategy"], {"type": "Recreate"})

    def test_each_says_what_it_gives(self):
        for folder, _ in self.each("apps/"):
            with open(os.path.join(KUBERNETES, folder, "kustomization.yaml")) as file:
                comment = re.match(r"(#.*\n)+", file.read()).group()
            self.assertIn(f"deploy/kubernetes/{folder}\n", comment)


class ReadmeTest(KubernetesTestCase):
    def blocks(self):
        """{file name: text} of the files in README.md."""
        with open(os.path.join(KUBERNETES, "README.md")) as file:
            return dict(re.findall(r"```yaml\n# ([\w.]+)\n(.*?)```", file.read(), re.S))

    def test_its_overlay_works(self):
        blocks = self.blocks()
        for name in ("shop.yaml", "litewatch.yml"):
            self.write(name, blocks[name])
        text = blocks["kustomization.yaml"].replace("../deploy/kubernetes/sidecar",
                                                    self.component("sidecar"))
        manifests = self.overlay(**yaml.safe_load(text))
        kubeconform(self, manifests)
        litewatch = container(pod_spec(workloads(manifests)[0]))
        self.assertIn({"name": "data", "mountPath": "/data", "readOnly": True},
                      litewatch["volumeMounts"])
        self.assertTrue(litewatch["image"].startswith(f"{REGISTRY}:"))
        self.check_config(blocks["litewatch.yml"])

    def test_commands_name_the_namespace(self):
        """But of the node, whose manifests do, and of manifests that the reader chooses."""
        without = re.compile(r"apply -k$|apply -f out/|-k deploy/kubernetes/node-example$")
        named = 0
        for path in [os.path.join(DEPLOY, "README.md"), os.path.join(KUBERNETES, "README.md"),
                     *(os.path.join(KUBERNETES, folder, "kustomization.yaml")
                       for folder in roots("Kustomization"))]:
            with open(path) as file:
                for command in re.findall(r"kubectl (?:apply|delete|exec|get|logs|port-forward) "
                                          r"[^;`\n]+", file.read()):
                    if not without.search(command):
                        named += 1
                        self.assertRegex(command, r" -(A|n [\w-]+) ", path)
        self.assertGreater(named, 20)

    def test_prometheus_accepts_its_job(self):
        config = yaml.safe_load(self.blocks()["prometheus.yml"])
        job, = config["scrape_configs"]
        # Debian's Prometheus is built without it.
        self.assertEqual(job.pop("kubernetes_sd_configs"), [{"role": "pod"}])
        self.write("prometheus.yml", config)
        promtool = os.path.join(support.TOOLS, "promtool")
        run(promtool, "check", "config", "--syntax-only", f"{self.folder}/prometheus.yml")

    def test_its_rules_and_dashboards_can_be_applied(self):
        run(support.LITETOOL, "build", "deliveries", f"--output={self.folder}",
            "--label=release=prometheus", "--grafana-url=https://grafana.example.org",
            "--runbooks-url=https://git.example.org/litewatch/rules/runbooks")
        paths = [path for name in ("prometheus-rules", "config-maps")
                 for path in sorted(glob.glob(os.path.join(self.folder, name, "*.yaml")))]
        self.assertGreater(len(paths), 10)
        texts = []
        for path in paths:
            self.assertLess(os.path.getsize(path), 1 << 20, "a ConfigMap holds no more")
            with open(path) as file:
                texts.append(file.read())
        kubeconform(self, "\n---\n".join(texts))


if __name__ == "__main__":
    unittest.main()

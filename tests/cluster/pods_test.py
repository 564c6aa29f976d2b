"""litewatch in pods that a real kubelet and containerd run: what deploy/README.md says of each
mode."""
import os
import unittest

import yaml

from cases import ClusterTestCase, support, tools
from images import REGISTRY
import sandbox_sidecar_test as sidecars

APPS = os.path.join(tools.DEPLOY, "kubernetes", "apps")
IMAGE = {"image": {"registry": REGISTRY}}


def app_container(container, path, port, health):
    """The app's container, played by a program of the tests."""
    played = {**container, "image": f"{REGISTRY}/app:1",
              "command": ["/usr/bin/python3", "/app.py", path, str(port), health]}
    played.pop("args", None)
    return played


def local_volumes(claims, namespace, folder):
    """A volume on the node for each claim of a namespace."""
    for claim in claims:
        path = os.path.join(folder, f"{namespace}-{claim}")
        os.makedirs(path)
        yield {"apiVersion": "v1", "kind": "PersistentVolume",
               "metadata": {"name": f"{namespace}-{claim}"},
               "spec": {"capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce"],
                        "claimRef": {"namespace": namespace, "name": claim},
                        "local": {"path": path},
                        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                            {"key": "kubernetes.io/hostname", "operator": "In",
                             "values": ["node"]}]}]}}}}


class PodTestCase(ClusterTestCase):
    def pods(self, namespace, selector="app.kubernetes.io/name=litewatch"):
        return self.cluster.get("pods", "--namespace", namespace, "--selector", selector)["items"]

    def ready_pod(self, namespace):
        """The name of one, None while there is none."""
        for pod in self.cluster.get("pods", "--namespace", namespace)["items"]:
            if any(one["type"] == "Ready" and one["status"] == "True"
                   for one in pod["status"].get("conditions", [])):
                return pod["metadata"]["name"]
        return None

    def metrics(self, namespace, pod):
        return support.parse_page(self.cluster.page(namespace, pod))

    def wait_value(self, place, wanted, name, **labels):
        """Until a metric of litewatch in a pod, `place` of namespace and name, has that value."""
        support.wait_until(
            lambda: support.value(self.metrics(*place), name, **labels) == wanted, 60,
            f"{name} {labels} of {wanted}")


class Deployment(PodTestCase):
    """The chart's mode deployment, with an app to probe."""
    CONFIG = {"targets": [{"name": "shop", "app": "shop", "url": "http://shop.probes.svc/"}]}

    def setUp(self):
        self.place = self.namespace("probes")
        self.start_app()

    def start_app(self):
        container = {"name": "shop", "ports": [{"name": "http", "containerPort": 3000}],
                     "securityContext": {"allowPrivilegeEscalation": False,
                                         "capabilities": {"drop": ["ALL"]}},
                     "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
        self.apply([
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"},
             "spec": {"selector": {"app": "shop"}, "ports": [{"port": 80, "targetPort": "http"}]}},
            {"apiVersion": "v1", "kind": "Pod",
             "metadata": {"name": "shop", "labels": {"app": "shop"}},
             "spec": {"securityContext": {"runAsNonRoot": True, "runAsUser": 1000,
                                          "seccompProfile": {"type": "RuntimeDefault"}},
                      "containers": [app_container(container, "/data/app.db", 3000, "{}")],
                      "volumes": [{"name": "data", "emptyDir": {}}]}}], self.place)

    def release(self, config, *arguments, **options):
        return self.install(self.place, {**IMAGE, "config": config}, *arguments, **options)

    def test_it_probes_and_says_so(self):
        """By the name of a Service; `helm test` comes by one as well."""
        self.release(self.CONFIG, "--wait", "--timeout=2m")
        pod, = self.pods(self.place)
        self.assertTrue(all(status["ready"] and status["restartCount"] == 0
                            for status in pod["status"]["containerStatuses"]))
        self.wait_value((self.place, pod["metadata"]["name"]), 1, "probe_success", target="shop")
        self.helm("test", "litewatch", "--namespace", self.place, "--timeout=2m")

    def test_a_changed_configuration_is_a_roll_out(self):
        self.release(self.CONFIG, "--wait", "--timeout=2m")
        before = self.names()
        self.release({"targets": []}, "--wait", "--timeout=2m")
        support.wait_until(lambda: not before & self.names(), 60, "end of the pod before")

    def names(self):
        return {pod["metadata"]["name"] for pod in self.pods(self.place)}

    def test_a_wrong_configuration(self):
        """It is the pod's message, and the pod before goes on working."""
        self.release(self.CONFIG, "--wait", "--timeout=2m")
        good, = self.pods(self.place)
        self.release({"targets": [{"name": "shop", "urll": "http://shop/"}]})
        message = support.wait_until(self.last_message, 60, "message of the wrong configuration")
        self.assertRegex(message, r"/etc/litewatch/litewatch\.yml:\d+: .*urll")
        self.wait_value((self.place, good["metadata"]["name"]), 1, "probe_success", target="shop")
        self.helm("rollback", "litewatch", "1", "--namespace", self.place, "--wait",
                  "--timeout=2m")

    def last_message(self):
        """What `kubectl describe pod` shows under "Last State" of a pod that restarts."""
        for pod in self.pods(self.place):
            for status in pod["status"].get("containerStatuses", []):
                ended = status["lastState"].get("terminated")
                if ended:
                    self.assertEqual(2, ended["exitCode"])
                    return ended["message"]
        return None

    def test_a_drain_takes_one_replica_at_a_time(self):
        self.install(self.place, {**IMAGE, "replicas": 2}, "--wait", "--timeout=2m")
        self.addCleanup(self.cluster.kubectl, "uncordon", "node")
        done = self.cluster.kubectl("drain", "node", "--timeout=30s", "--pod-selector="
                                    "app.kubernetes.io/name=litewatch", check=False)
        self.assertIn("violate the pod's disruption budget", done.stderr)
        ready = [pod for pod in self.pods(self.place)
                 if pod["status"]["phase"] == "Running"]
        self.assertEqual(1, len(ready))


class Node(PodTestCase):
    """Every container of the node, by chart and by plain manifests."""

    def check(self, namespace):
        pod = support.wait_until(lambda: self.ready_pod(namespace), 90, "ready pod")
        self.wait_value((namespace, pod), 1, "litewatch_container_view_info", mode="host")
        self.wait_value((namespace, pod), 1, "container_info", namespace=namespace, pod=pod,
                        container="litewatch")
        page = self.metrics(namespace, pod)
        self.assertEqual(64 << 20, support.value(
            page, "container_memory_limit_bytes", namespace=namespace, pod=pod,
            container="litewatch", kind="max", scope="own"))

    def test_chart(self):
        place = self.namespace("monitoring-node")
        self.addCleanup(self.remove_namespace, "litewatch-node")
        self.install(place, {**IMAGE, "mode": "daemonset"})
        self.check("litewatch-node")

    def test_plain_manifests(self):
        self.addCleanup(self.remove_namespace, "litewatch-node")
        self.cluster.kubectl("apply", "--server-side", "--kustomize",
                             os.path.join(tools.DEPLOY, "kubernetes", "node-example"))
        self.check("litewatch-node")


class Sidecar(PodTestCase):
    """The snippets for apps, each with its own user, volume and port; a program plays the app."""

    def start(self, snippet):
        """Applies a snippet in a namespace of its own; gives the workload."""
        manifests = tools.kustomize(self, os.path.join(APPS, snippet))
        workload = next(one for one in manifests if one["kind"] in ("Deployment", "StatefulSet"))
        spec = tools.pod_spec(workload)
        file, health = sidecars.Apps.APPS[snippet]
        config = next(one for one in manifests if one["kind"] == "ConfigMap")
        settings = yaml.safe_load(config["data"]["litewatch.yml"])
        paths = [one["path"] for one in settings["databases"]]
        container, = spec["containers"]
        port = next(one["containerPort"] for one in container["ports"] if one["name"] == "http")
        path = next(path for path in paths if path.endswith(file))
        spec["containers"] = [app_container(container, path, port, health)]
        self.namespace(snippet)
        self.volumes(snippet, workload, spec)
        self.apply(manifests, snippet)
        return workload

    def volumes(self, namespace, workload, spec):
        claims = [one["persistentVolumeClaim"]["claimName"] for one in spec.get("volumes", [])
                  if "persistentVolumeClaim" in one]
        claims += [f"{one['metadata']['name']}-{workload['metadata']['name']}-0"
                   for one in workload["spec"].get("volumeClaimTemplates", [])]
        volumes = list(local_volumes(claims, namespace, self.cluster.folder))
        self.apply(volumes)
        for volume in volumes:
            self.addCleanup(self.cluster.kubectl, "delete", "persistentvolume",
                            volume["metadata"]["name"], "--wait=false")

    def test_apps(self):
        """All are started before the first is looked at."""
        workloads = {snippet: self.start(snippet) for snippet in sorted(os.listdir(APPS))}
        for snippet, workload in workloads.items():
            with self.subTest(snippet):
                self.check(snippet, workload)

    def check(self, snippet, workload):
        pod = support.wait_until(lambda: self.ready_pod(snippet), 120, "ready pod")
        app = sidecars.app_label(snippet)
        database = os.path.splitext(sidecars.Apps.APPS[snippet][0])[0]
        self.wait_value((snippet, pod), 1, "sqlite_up", app=app, db=database)
        self.wait_value((snippet, pod), 1, "probe_success", app=app)
        shared = tools.pod_spec(workload).get("shareProcessNamespace", False)
        self.wait_value((snippet, pod), 1, "litewatch_container_view_info",
                        mode="sidecar" if shared else "own")


if __name__ == "__main__":
    unittest.main()

"""What the tests in a real cluster share: namespaces, Helm, and what is left of them."""
import contextlib
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "deploy"))
import tools  # noqa: E402
from tools import support  # noqa: E402
import cluster  # noqa: E402

# What a namespace has by itself, and what says what happened in it.
BORN = {"configmap/kube-root-ca.crt", "serviceaccount/default"}
HISTORY = ("events", "events.events.k8s.io")


def level(name):
    """A namespace's labels for a Pod Security level."""
    return {f"pod-security.kubernetes.io/{mode}": name for mode in ("enforce", "audit", "warn")}


class ClusterTestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
            support.not_here(cls(), "node.sh makes no control groups of version 2 alone")
        cls.cluster = cluster.shared()

    def namespace(self, name):
        """A restricted namespace for one test."""
        self.apply([{"apiVersion": "v1", "kind": "Namespace",
                     "metadata": {"name": name, "labels": level("restricted")}}])
        self.addCleanup(self.remove_namespace, name)
        return name

    def remove_namespace(self, name):
        self.cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--timeout=120s")

    def apply(self, manifests, namespace="default"):
        """The API server takes them as they are, without a warning."""
        self.assert_quiet(self.cluster.kubectl(
            "apply", "--server-side", "--validate=strict", "--namespace", namespace,
            "--filename=-", stdin=json.dumps(
                {"apiVersion": "v1", "kind": "List", "items": manifests})))

    def helm(self, *arguments, values=None, **options):
        """Without a warning; `values` is a mapping."""
        if values is not None:
            arguments, options["stdin"] = [*arguments, "--values=-"], json.dumps(values)
        done = self.cluster.run(tools.tool(self, "helm"), *arguments, **options)
        self.assert_quiet(done)
        return done

    def install(self, namespace, values, *arguments, check=True):
        """Installs the chart, or upgrades it."""
        return self.helm("upgrade", "--install", "litewatch", tools.CHART, "--namespace", namespace,
                         *arguments, values=values, check=check)

    def assert_quiet(self, done):
        self.assertNotIn("warning", done.stderr.lower())

    def objects(self, namespace):
        """KIND/NAME of everything in a namespace but what it has by itself."""
        kinds = self.cluster.kubectl("api-resources", "--verbs=list", "--namespaced",
                                     "--output=name").stdout.split()
        found = self.cluster.kubectl("get", ",".join(set(kinds) - set(HISTORY)), "--namespace",
                                     namespace, "--output=name").stdout.split()
        return set(found) - BORN

    def wait_gone(self, namespace):
        """Until nothing is left in a namespace: pods take their time to end."""
        with contextlib.suppress(AssertionError):
            support.wait_until(lambda: not self.objects(namespace), 60, "empty namespace")
        self.assertEqual(set(), self.objects(namespace))

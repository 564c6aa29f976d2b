"""Tests of the checks that stand in for kube-linter: each finds what it is for."""
import unittest

import manifest_lint
from tools import changed, support

LABELS = {"app": "shop"}
CONTAINER = {
    "name": "shop", "image": "registry.example.org:5000/shop:1.0",
    "env": [{"name": "A"}, {"name": "B"}],
    "ports": [{"name": "http", "containerPort": 3000}],
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
    "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                        "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}},
    "livenessProbe": {"httpGet": {"port": "http"}}, "readinessProbe": {"tcpSocket": {"port": 3000}},
    "startupProbe": {"httpGet": {"port": "http"}},
    "volumeMounts": [{"name": "proc", "readOnly": True}],
}
GOOD = [
    {"kind": "Deployment", "metadata": {"name": "shop"}, "spec": {
        "replicas": 2, "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": {
            "serviceAccountName": "shop", "automountServiceAccountToken": False,
            "containers": [CONTAINER]}}}},
    {"kind": "Service", "metadata": {"name": "shop"},
     "spec": {"selector": LABELS, "ports": [{"port": 80, "targetPort": "http"}]}},
    {"kind": "ServiceAccount", "metadata": {"name": "shop"}},
    {"kind": "PodDisruptionBudget", "metadata": {"name": "shop"},
     "spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}},
]
POD = (0, "spec", "template", "spec")
SHOP = (*POD, "containers", 0)
CONTEXT = (*SHOP, "securityContext")
BAD = [
    ((*POD, "serviceAccountName"), "default", "default-service-account"),
    ((*POD, "serviceAccountName"), "shops", "non-existent-service-account: shops"),
    ((*POD, "automountServiceAccountToken"), True, "access-to-api-server"),
    ((*POD, "hostPID"), True, "hostPID"),
    ((*POD, "volumes"), [{"name": "proc", "hostPath": {"path": "/proc"}}], "host-mounts: /proc"),
    ((*POD, "volumes"), [{"name": "proc", "hostPath": {"path": "/proc"}}],
     "sensitive-host-mounts: /proc"),
    ((*POD, "volumes"), [{"name": "d", "hostPath": {"path": "/run/docker.sock"}}],
     "docker-sock: /run/docker.sock"),
    ((0, "spec", "selector", "matchLabels"), {"app": "shops"}, "mismatching-selector"),
    ((*SHOP, "image"), "registry.example.org:5000/shop", "latest-tag"),
    ((*SHOP, "image"), "shop:latest", "latest-tag"),
    ((*SHOP, "env", 1, "name"), "A", "duplicate-env-var: A"),
    ((*SHOP, "resources", "requests"), {}, "unset-cpu-requirements"),
    ((*SHOP, "resources", "limits"), {}, "unset-memory-requirements"),
    ((*CONTEXT, "privileged"), True, "privileged-container"),
    ((*CONTEXT, "allowPrivilegeEscalation"), True, "privilege-escalation-container"),
    ((*CONTEXT, "readOnlyRootFilesystem"), False, "no-read-only-root-fs"),
    ((*CONTEXT, "runAsNonRoot"), False, "run-as-non-root"),
    ((*CONTEXT, "capabilities"), {}, "drop-net-raw-capability"),
    ((*SHOP, "livenessProbe"), {}, "no livenessProbe"),
    ((*SHOP, "readinessProbe", "tcpSocket", "port"), 80, "no such port: 80"),
    ((1, "spec", "selector"), {"app": "shops"}, "dangling-service"),
    ((1, "spec", "ports", 0, "targetPort"), "metrics", "invalid-target-ports: metrics"),
    ((3, "spec", "selector", "matchLabels"), {"app": "shops"}, "dangling budget"),
    ((3, "spec", "minAvailable"), 2, "pdb-min-available"),
    ((3, "spec", "maxUnavailable"), 0, "pdb-max-unavailable"),
]


class ManifestLint(unittest.TestCase):
    def test_good_manifests_have_no_findings(self):
        self.assertEqual([], manifest_lint.findings(GOOD))

    def test_each_check_finds_what_it_is_for(self):
        for path, value, finding in BAD:
            with self.subTest(finding=finding, path=path):
                found = manifest_lint.findings(changed(GOOD, path, value))
                self.assertTrue([one for one in found if finding in one], found)

    def test_a_node_may_show_its_files_but_not_be_written_to(self):
        volumes = [{"name": "proc", "hostPath": {"path": "/proc"}}]
        manifests = changed(GOOD, (*POD, "volumes"), volumes)
        self.assertEqual([], manifest_lint.findings(manifests, node=True))
        mount = manifests[0]["spec"]["template"]["spec"]["containers"][0]["volumeMounts"][0]
        mount["readOnly"] = False
        self.assertIn("Deployment/shop: writable-host-mount: /proc",
                      manifest_lint.findings(manifests, node=True))

    def test_kube_linter_itself(self):
        support.not_here(self, "kube-linter cannot be had: its Go module is refused; "
                               "manifest_lint.py has the checks that matter, and kube-score runs")


if __name__ == "__main__":
    unittest.main()

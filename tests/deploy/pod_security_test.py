"""Tests of the check of Pod Security: each rule of `restricted` is broken once."""
import unittest

import pod_security
from tools import changed

GOOD = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [{
        "name": "app",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }],
    "volumes": [{"name": "config", "configMap": {"name": "config"}}],
}
CONTAINER = ("containers", 0)
CONTEXT = (*CONTAINER, "securityContext")
BAD = [
    (("hostNetwork",), True, "hostNetwork"),
    (("hostPID",), True, "hostPID"),
    (("hostIPC",), True, "hostIPC"),
    (("volumes", 0), {"name": "root", "hostPath": {"path": "/"}}, "volume root is a hostPath"),
    (("volumes", 0), {"name": "nfs", "nfs": {"path": "/"}}, "volume nfs is a nfs"),
    (("securityContext", "sysctls"), [{"name": "kernel.msgmax"}], "sysctl kernel.msgmax"),
    (("securityContext", "runAsUser"), 0, "runAsUser is 0"),
    (("securityContext", "runAsNonRoot"), False, "app: runAsNonRoot is not true"),
    (("securityContext", "seccompProfile"), {}, "app: no seccompProfile"),
    (("securityContext", "seccompProfile", "type"), "Unconfined", "seccompProfile is Unconfined"),
    (("securityContext", "appArmorProfile"), {"type": "Unconfined"},
     "appArmorProfile is Unconfined"),
    (("securityContext", "windowsOptions"), {"hostProcess": True}, "hostProcess"),
    ((*CONTEXT, "seLinuxOptions"), {"type": "spc_t"}, "app: seLinuxOptions"),
    ((*CONTEXT, "seLinuxOptions"), {"user": "system_u"}, "app: seLinuxOptions"),
    ((*CONTEXT, "runAsUser"), 0, "app: runAsUser is 0"),
    ((*CONTEXT, "runAsNonRoot"), False, "app: runAsNonRoot is not true"),
    ((*CONTEXT, "seccompProfile"), {"type": "Unconfined"}, "app: seccompProfile is Unconfined"),
    ((*CONTEXT, "privileged"), True, "app: privileged"),
    ((*CONTEXT, "procMount"), "Unmasked", "app: procMount"),
    ((*CONTEXT, "allowPrivilegeEscalation"), True, "app: allowPrivilegeEscalation is not false"),
    ((*CONTEXT, "capabilities", "drop"), ["NET_RAW"], "app: capabilities: ALL is not dropped"),
    ((*CONTEXT, "capabilities", "add"), ["CHOWN"],
     "app: capabilities: CHOWN added, against restricted"),
    ((*CONTEXT, "capabilities", "add"), ["SYS_PTRACE"],
     "app: capabilities: SYS_PTRACE added, against baseline"),
    ((*CONTAINER, "ports"), [{"hostPort": 80}], "app: hostPort"),
    ((*CONTAINER, "livenessProbe"), {"httpGet": {"host": "192.0.2.1"}},
     "app: a handler's httpGet.host"),
    ((*CONTAINER, "lifecycle"), {"postStart": {"tcpSocket": {"host": "192.0.2.1"}}},
     "app: a handler's tcpSocket.host"),
]


class PodSecurity(unittest.TestCase):
    def test_a_pod_that_keeps_all_rules_is_admitted(self):
        self.assertEqual([], pod_security.violations(GOOD))
        self.assertEqual([], pod_security.violations(
            changed(GOOD, (*CONTEXT, "capabilities", "add"), ["NET_BIND_SERVICE"])))

    def test_each_rule_is_known(self):
        for path, value, violation in BAD:
            with self.subTest(violation=violation, path=path):
                self.assertIn(violation, pod_security.violations(changed(GOOD, path, value)))

    def test_init_containers_are_looked_at(self):
        pod = {**GOOD, "initContainers": [{"name": "early", "securityContext": {}}]}
        self.assertIn("early: allowPrivilegeEscalation is not false", pod_security.violations(pod))


if __name__ == "__main__":
    unittest.main()

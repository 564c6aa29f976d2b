"""litewatch does all its work under the restrictions of its manifests: the pods of the chart and of
deploy/kubernetes are run as they say, by the kernel's own means (pod.py), and each restriction is
looked for in the process."""
import copy
import errno
import json
import os
import unittest

import tools  # first: it leads to tests/e2e
import live_cgroup
import pod_restrictions
import support
import yaml
from sandbox_cases import ATTEMPT, PROBES, NameServer, SandboxTestCase, WebServer, config_of

KUBERNETES = os.path.join(tools.DEPLOY, "kubernetes")
# As in a cluster's namespace: names of fault_dns, whose first label says what becomes of them.
TARGETS = {
    "targets": [
        {"name": "named", "url": "http://good.shop.svc.cluster.local:8080/healthz"},
        {"name": "private", "url": "http://127.0.0.1:8080/private", "module": "token"},
        {"name": "trusted", "url": "https://127.0.0.1:8443/healthz", "module": "own_ca"},
        {"name": "untrusted", "url": "https://127.0.0.1:8443/healthz"},
        {"name": "nowhere", "url": "http://nxdomain.shop.svc.cluster.local:8080/"},
    ],
    "modules": {
        "token": {"prober": "http", "http": {"authorization": {
            "credentials_file": "secrets/shop/token"}}},
        "own_ca": {"prober": "http", "http": {"tls_config": {"ca_file": "secrets/shop/ca.crt"}}},
    },
}
PASSWORD_HASH = "$2b$04$litewatchlitewatchliteH2x7LMsBIEyabjuXszCPvDpcUKL8Z.a"
EXPECTED = {"named": 1, "private": 1, "trusted": 1, "untrusted": 0, "nowhere": 0}
REASONS = {"untrusted": "tls_untrusted", "nowhere": "dns_nxdomain"}


TRY = ATTEMPT + """
import json, time
KEYCTL = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
print(json.dumps({
    "write to the root": attempt(lambda: open("/file", "w").close()),
    "write to the volume": attempt(lambda: open("/data/file", "w").close()),
    "write to /sys": attempt(lambda: open("/sys/kernel/notes", "w").close()),
    "write to a cgroup": attempt(lambda: os.mkdir("/sys/fs/cgroup/more")),
    "unshare": attempt(lambda: libc.unshare(0x10000000)),
    "mount": attempt(lambda: libc.mount(b"a", b"/tmp", b"tmpfs", 0, None)),
    "keyctl": attempt(lambda: libc.syscall(KEYCTL, 0, -3, 1)),
    "chown": attempt(lambda: os.chown("/etc/hosts", 0, 0)),
    "setuid": attempt(lambda: os.setuid(0)),
    "become the user": attempt(lambda: os.setuid(65532)),
    "another's memory": attempt(lambda: open("/proc/1/mem").close()),
    "network": sorted(os.listdir("/sys/class/net")),
}), flush=True)
time.sleep(60)
"""


class Harness(SandboxTestCase):
    """It bites: what is forbidden fails, and a restriction that is lost is seen."""
    STRICT = {"runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532,
              "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
              "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}

    def start(self, context, read_only=True):
        owner = {"kind": "Pod", "metadata": {"name": "try"}, "spec": {
            "containers": [{"name": "litewatch", "image": "try", "securityContext": context,
                            "volumeMounts": [{"name": "data", "mountPath": "/data",
                                              "readOnly": read_only}]}],
            "volumes": [{"name": "data", "emptyDir": {}}]}}
        pod = self.pod([owner], owner, programs={"litewatch": ["/usr/bin/python3", "-c", TRY]})
        pod.start()
        log = pod["litewatch"].log_text
        support.wait_until(lambda: log().endswith("\n"), 10, "results")
        return pod, json.loads(log())

    def test_what_is_forbidden_fails(self):
        results = self.start(self.STRICT)[1]
        self.assertEqual({name: errno.errorcode.get(code, code) if isinstance(code, int) else code
                          for name, code in results.items()},
                         {"write to the root": "EROFS", "write to the volume": "EROFS",
                          "write to /sys": "EROFS", "write to a cgroup": "EROFS",
                          "unshare": "EPERM", "mount": "EPERM", "keyctl": "EPERM",
                          "chown": "EROFS", "setuid": "EPERM", "become the user": 0,
                          "another's memory": 0, "network": ["eth0", "lo", "node0"]})

    def test_what_is_allowed_succeeds(self):
        """The same attempts without the restrictions: it is they that made them fail."""
        results = self.start({"runAsUser": 0}, read_only=False)[1]
        for name in ("write to the root", "write to the volume", "unshare", "keyctl", "setuid"):
            self.assertEqual(results[name], 0, name)

    def test_lost_restrictions_are_seen(self):
        pod, _ = self.start({"runAsUser": 0}, read_only=False)
        strict = copy.deepcopy(pod["litewatch"].spec)
        strict["securityContext"] = self.STRICT
        strict["volumeMounts"][0]["readOnly"] = True
        wanted = pod_restrictions.Restrictions(pod.spec, strict, pod["litewatch"].image)
        found = pod_restrictions.problems(pod["litewatch"].started.pid, wanted, strict,
                                          {**pod.spec, "hostUsers": False})
        for lost in ("Uid: 0", "Gid: 0", "NoNewPrivs: 0", "Seccomp: 0", "CapBnd: ", "CapEff: ",
                     "/ is writable", "/data is writable", "the machine's user namespace"):
            self.assertTrue([one for one in found if one.startswith(lost)], (lost, found))

    def test_what_is_unknown_is_refused(self):
        for context in ({"procMount": "Unmasked"}, {"runAsUser": 0, "runAsNonRoot": True}):
            with self.assertRaises(AssertionError):
                self.start(context)


class Deployment(SandboxTestCase):
    """Probes: DNS, TLS and secrets, in the pod's own network."""

    def serve(self, pod):
        with pod.network():
            names = NameServer()
            self.addCleanup(names.close, pod)
            for port, certificate in ((8080, None), (8443, self.path("server"))):
                self.addCleanup(WebServer(port, certificate).close)
        return names

    def shop_secret(self, namespace):
        support.make_certificate(self.folder, "server")
        with open(self.path("server.crt")) as certificate:
            return {"kind": "Secret", "metadata": {"name": "shop", "namespace": namespace},
                    "stringData": {"token": "open-sesame\n", "ca.crt": certificate.read()}}

    def chart(self, *arguments):
        manifests = tools.helm_template(self, *arguments, values={
            "config": TARGETS, "secrets": [{"name": "shop", "keys": ["token", "ca.crt"]}]})
        return [*manifests, self.shop_secret("monitoring")]

    def plain(self):
        """deploy/kubernetes/probes with an overlay's configuration and secret."""
        manifests = tools.kustomize(self, os.path.join(KUBERNETES, "probes"))
        config, key = config_of(manifests)
        config["data"][key] = yaml.safe_dump(TARGETS)
        deployment, = tools.of_kind(manifests, "Deployment")
        spec = tools.pod_spec(deployment)
        spec["volumes"].append({"name": "shop", "secret": {"secretName": "shop"}})
        tools.container(spec)["volumeMounts"].append(
            {"name": "shop", "mountPath": "/etc/litewatch/secrets/shop", "readOnly": True})
        return [*manifests, self.shop_secret("default")]

    def check(self, manifests):
        deployment, = tools.of_kind(manifests, "Deployment")
        pod = self.pod(manifests, deployment)
        names = self.serve(pod)
        pod.start()
        pod["litewatch"].await_started()
        for target, success in EXPECTED.items():
            self.wait_value(pod, success, "probe_success", target=target)
        for target, reason in REASONS.items():
            self.assertEqual(support.value(pod.metrics(), "probe_failure_reason", target=target,
                                           reason=reason), 1, target)
        self.assertIn("good.shop.svc.cluster.local", names.questions)
        self.check_on_demand(pod)
        self.check_own_container(pod)
        self.check_service(pod)
        config, key = config_of(manifests)
        more = {**TARGETS, "targets": [*TARGETS["targets"], "http://127.0.0.1:8080/more"]}
        self.check_reload(pod, "ConfigMap", config["metadata"]["name"], key, yaml.safe_dump(more),
                          "127.0.0.1:8080/more")
        self.check_end(pod)

    def check_on_demand(self, pod):
        status, _, body = pod.get("/probe?target=private")
        self.assertEqual(status, 200)
        self.assertIn(b"\nprobe_success 1\n", body)
        self.assertNotIn(b"open-sesame", pod.get("/config")[2])

    def check_own_container(self, pod):
        """Without any right litewatch shows the container that it runs in itself."""
        page = pod.metrics()
        self.assertEqual(support.value(page, "litewatch_container_view_info", mode="own"), 1)
        self.assertEqual(support.value(page, "container_running", container="litewatch",
                                       pod=pod.name, namespace=pod.namespace), 1)
        if "memory" in live_cgroup.find_hierarchies() or live_cgroup.v2_has("memory"):
            self.assertEqual(support.value(page, "container_memory_limit_bytes", kind="max",
                                           container="litewatch", scope="own"), 64 << 20)

    def test_chart(self):
        """As for the newest Kubernetes: with a user namespace of the pod's own."""
        manifests = self.chart("--kube-version", "1.36")
        deployment, = tools.of_kind(manifests, "Deployment")
        self.assertIs(tools.pod_spec(deployment)["hostUsers"], False)
        self.check(manifests)

    def test_chart_without_user_namespaces(self):
        self.check(self.chart("--kube-version", "1.30"))

    def test_plain_manifests(self):
        self.check(self.plain())

    def with_web_config(self, **settings):
        """The chart's deployment, started, with a certificate from a Secret."""
        manifests = tools.helm_template(self, values={
            "webConfig": settings, "secrets": [{"name": "shop", "keys": ["tls.crt", "tls.key"]}]})
        support.make_certificate(self.folder, "server")
        secret = {"kind": "Secret", "metadata": {"name": "shop", "namespace": "monitoring"},
                  "stringData": {}}
        for kind in ("crt", "key"):
            with open(self.path(f"server.{kind}")) as file:
                secret["stringData"][f"tls.{kind}"] = file.read()
        deployment, = tools.of_kind(manifests, "Deployment")
        return self.pod([*manifests, secret], deployment).start()

    def test_chart_with_tls(self):
        """The kubelet asks over TLS then."""
        pod = self.with_web_config(tls_server_config={"cert_file": "secrets/shop/tls.crt",
                                                      "key_file": "secrets/shop/tls.key"})
        self.check_probes(pod)
        self.assertEqual(pod.get("/metrics", tls=True)[0], 200)
        self.check_end(pod)

    def test_chart_with_passwords(self):
        """The kubelet has none to show; its probes pass all the same."""
        pod = self.with_web_config(basic_auth_users={"scrape": PASSWORD_HASH})
        self.check_probes(pod)
        self.assertEqual(pod.get("/metrics")[0], 401)
        self.check_end(pod)

    def check_probes(self, pod):
        for probe in PROBES:
            support.wait_until(lambda: pod["litewatch"].passes(probe), 10, probe)


class Node(SandboxTestCase):
    """The containers of a machine, as any user and without a capability."""

    def setUp(self):
        super().setUp()
        self.cgroups = live_cgroup.LiveCgroups()
        self.addCleanup(self.cgroups.close)
        self.watched = self.shop_container()
        self.logs = self.pod_logs()

    def shop_container(self):
        """What the kubelet makes for a container, with a process that the node can account for."""
        uid = "0a1b2c3d-0000-4000-8000-000000000001"
        pod = f"kubepods-burstable-pod{uid.replace('-', '_')}.slice"
        self.cgroups.cgroup(pod)
        container = self.cgroups.cgroup(f"{pod}/cri-containerd-{'5e' * 32}.scope")
        container.run("unshare", "--net", "sh", "-c",
                      "ip link add eth0 type veth peer name node0; while :; do :; done")
        return container

    def pod_logs(self):
        """/var/log of a node: {what a manifest mounts: the test's folder that stands for it}."""
        pods, containers = self.path("pods"), self.path("containers")
        folder = os.path.join(pods, "shop_shop-0_0a1b2c3d-0000-4000-8000-000000000001", "web")
        for path in (folder, containers):
            os.makedirs(path)
        open(os.path.join(folder, "0.log"), "w").close()
        os.symlink("/var/log/pods/shop_shop-0_0a1b2c3d-0000-4000-8000-000000000001/web/0.log",
                   os.path.join(containers, f"shop-0_shop_web-{'5e' * 32}.log"))
        return {"/var/log/pods": pods, "/var/log/containers": containers}

    def check(self, manifests):
        owner, = tools.of_kind(manifests, "DaemonSet")
        pod = self.pod(manifests, owner, host_paths=self.logs)
        pod.start()
        pod["litewatch"].await_started()
        shop = {"namespace": "shop", "pod": "shop-0", "container": "web"}
        self.wait_value(pod, lambda used: used > 0.1, "container_cpu_seconds_total", mode="user",
                        **shop)
        page = pod.metrics()
        self.assertEqual(support.value(page, "container_running", **shop), 1)
        self.assertGreater(support.value(page, "container_max_fds", **shop), 0)
        self.assertEqual(support.value(page, "container_network_bytes_total", namespace="shop",
                                       direction="receive", interface="eth0"), 0)
        self.assertEqual(support.value(page, "litewatch_container_view_info", mode="host"), 1)
        self.assertEqual(support.value(page, "litewatch_container_cadvisor_names"), 0)
        self.check_service(pod)
        config, key = config_of(manifests)
        self.check_reload(pod, "ConfigMap", config["metadata"]["name"], key,
                          "containers: {view: host}\ntargets: ['http://127.0.0.1:1/none']\n",
                          "127.0.0.1:1/none")
        self.check_end(pod)

    def test_chart(self):
        self.check(tools.helm_template(self, values={"mode": "daemonset"}))

    def test_plain_manifests(self):
        self.check(tools.kustomize(self, os.path.join(KUBERNETES, "node")))


if __name__ == "__main__":
    unittest.main()

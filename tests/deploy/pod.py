"""Runs the containers of a pod with the kernel's own means, as its manifest says and no other way:

    with Pod(test, manifests, owner, claims={"data": folder}) as pod:
        pod.start()
        pod.get("/metrics")

`owner` is the manifest that has the pod. Containers of litewatch's image run it; for any other, the
test gives in `programs` what plays the app, started below that container's restrictions and mounts,
but with this machine's programs. What a manifest asks for and this harness does not know is an
error, and each restriction is looked for in the started process before the test may go on.
"""
import contextlib
import http.client
import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import uuid

import tools  # first: it leads to tests/e2e
import live_cgroup
import pod_image
import pod_volumes
import sandbox
import support
from pod_container import Container, Started, refuse_unknown

ADDRESS = "192.0.2.7"
NODE = "node-1"
HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost\n"
POD_KEYS = {
    "automountServiceAccountToken", "containers", "enableServiceLinks", "hostPID", "initContainers",
    "restartPolicy", "securityContext", "serviceAccountName", "shareProcessNamespace",
    "terminationGracePeriodSeconds", "volumes", "hostNetwork", "hostIPC", "hostUsers",
    # What only a scheduler or the API looks at:
    "affinity", "nodeSelector", "priorityClassName", "tolerations", "topologySpreadConstraints",
    "imagePullSecrets", "os"}


def why_not():
    """Why pods cannot be run here; None where they can."""
    if os.geteuid() != 0:
        return "making namespaces and mounts takes root"
    if shutil.which("ip") is None:
        return "no ip command (iproute2) to give a pod an interface"
    with open("/proc/filesystems") as known:
        if "\toverlay\n" not in known.read():
            return "the kernel has no overlay file system"
    return live_cgroup.why_not()


class Pod:
    """A pod and what it needs of the test: claims {volume or claim: folder}, programs {container:
    command}, images {container: Image}, host_paths {path: folder instead}, hosts {name: address},
    and pid_of, a container of another pod whose PID namespace is joined."""

    def __init__(self, test, manifests, owner, claims=None, programs=None, host_paths=None,
                 images=None, pid_of=None, hosts=None):
        reason = why_not()
        if reason:
            support.skip(test, reason)
        self.test, self.manifests = test, manifests
        self.spec, self.metadata = pod_of(owner)
        self.claim_templates = owner["spec"].get("volumeClaimTemplates", [])
        refuse_unknown("the pod", self.spec, POD_KEYS)
        if self.spec.get("hostNetwork") or self.spec.get("hostIPC"):
            raise AssertionError("the host's network and IPC are nothing that litewatch needs")
        self.namespace = owner["metadata"].get("namespace", "default")
        self.name = f"{owner['metadata']['name']}-0"  # as a StatefulSet's first
        self.uid = str(uuid.uuid4())
        self.slice = f"kubepods-burstable-pod{self.uid.replace('-', '_')}.slice"
        self.claims, self.programs = claims or {}, programs or {}
        self.host_paths, self.pid_of = host_paths or {}, pid_of
        self.images = images or {}
        self.injected = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
        self.make_folders(hosts or {})
        self.cgroups, self.pause = None, None
        try:
            self.containers = {one["name"]: self.make_container(one) for one in self.specs()}
        except BaseException:
            self.temporary.cleanup()
            raise

    def make_folders(self, hosts):
        self.temporary = tempfile.TemporaryDirectory(prefix="litewatch-pod-")
        self.folder = self.temporary.name
        os.chmod(self.folder, 0o755)
        self.work = os.path.join(self.folder, "work")
        for path in (self.work, os.path.join(self.folder, "volumes")):
            os.mkdir(path)
        self.volumes = pod_volumes.Volumes(self, os.path.join(self.folder, "volumes"))
        self.files = {}
        known = "".join(f"{address}\t{name}\n" for name, address in hosts.items())
        for name, text in (("hosts", f"{HOSTS}{ADDRESS}\t{self.name}\n{known}"),
                           ("hostname", f"{self.name}\n"),
                           ("resolv.conf", "nameserver 127.0.0.1\noptions ndots:1\n"),
                           ("termination-log", "")):
            self.files[name] = os.path.join(self.folder, name)
            with open(self.files[name], "w") as file:
                file.write(text)
        os.chmod(self.files["termination-log"], 0o666)

    def specs(self):
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    def make_container(self, spec):
        program = self.programs.get(spec["name"])
        if program:
            return Container(self, spec, pod_image.machine(), program)
        image = self.images.get(spec["name"])
        if image is None and not re.search(r"(^|/)litewatch[:@]", spec["image"]):
            raise AssertionError(f"no program for the container {spec['name']} ({spec['image']})")
        return Container(self, spec, image or pod_image.litewatch())

    def field(self, path):
        """Of the downward API."""
        fields = {"metadata.name": self.name, "metadata.namespace": self.namespace,
                  "metadata.uid": self.uid, "spec.nodeName": NODE, "status.podIP": ADDRESS,
                  "status.hostIP": "192.0.2.1",
                  "spec.serviceAccountName": self.spec.get("serviceAccountName", "default")}
        found = re.fullmatch(r"metadata\.(labels|annotations)\['(.*)'\]", path)
        return self.metadata.get(found[1], {}).get(found[2], "") if found else fields[path]

    def value_from(self, source):
        (kind, detail), = source.items()
        if kind == "fieldRef":
            return self.field(detail["fieldPath"])
        kinds = {"secretKeyRef": "secret", "configMapKeyRef": "configMap"}
        held = self.volumes.held(kinds[kind], {"name": detail["name"],
                                               "optional": detail.get("optional")})
        return held[detail["key"]].decode()

    def find(self, kind, name):
        """A manifest of the pod's namespace; None where there is none."""
        for manifest in self.manifests:
            where = manifest["metadata"].get("namespace", self.namespace)
            if (manifest["kind"], manifest["metadata"]["name"], where) == (kind, name,
                                                                           self.namespace):
                return manifest
        return None

    def __getitem__(self, name):
        return self.containers[name]

    def __enter__(self):
        try:
            self.cgroups = live_cgroup.LiveCgroups()
            self.cgroups.cgroup(self.slice)
            for folder in self.cgroups.made[-1].folders().values():
                for controller in ("memory", "cpu", "pids"):
                    live_cgroup.try_write(os.path.join(folder, "cgroup.subtree_control"),
                                          "+" + controller)
            self.make_sandbox()
        except BaseException:
            self.close()
            raise
        return self

    def make_sandbox(self):
        """The process that holds the pod's namespaces, as the engines' pause does."""
        own_pids = ["pid"] if self.spec.get("shareProcessNamespace") else []
        cgroup = self.cgroups.cgroup(
            f"{self.slice}/cri-containerd-{uuid.uuid4().hex}{uuid.uuid4().hex}.scope")
        plan = {"cgroups": list(cgroup.folders().values()), "join": {},
                "unshare": ["net", "ipc", "uts", *own_pids], "address": ADDRESS,
                "hostname": self.name, "capabilities": [], "no_new_privileges": True,
                "uid": 65535, "gid": 65535, "groups": [], "command": ["pause"], "env": {},
                "folder": "/",
                **({"user_namespace": "new"} if self.spec.get("hostUsers") is False else {})}
        self.pause = Started(plan, self.folder, os.path.join(self.folder, "pause.log"))
        with self.network():  # both ends are the pod's, so that nothing of it is on this machine
            subprocess.run(["ip", "link", "add", "eth0", "type", "veth", "peer", "name", "node0"],
                           check=True)

    def namespaces(self):
        """Those of the pod that a container enters; with `pid` where it is shared."""
        kinds = ["net", "ipc", "uts"]
        if self.spec.get("shareProcessNamespace"):
            kinds.append("pid")
        found = {kind: f"/proc/{self.pause.pid}/ns/{kind}" for kind in kinds}
        if self.pid_of:
            found["pid"] = f"/proc/{self.pid_of.started.pid}/ns/pid"
        return found

    def user_namespace(self):
        """The part of a plan that enters the pod's, if it has one: with hostUsers: false."""
        own = self.spec.get("hostUsers") is False
        return {"user_namespace": f"/proc/{self.pause.pid}/ns/user"} if own else {}

    def start(self, *names):
        """All containers, or those named: in order, sidecars until they have started."""
        for container in [self[name] for name in names] or self.containers.values():
            container.start()
            if container.spec in self.spec.get("initContainers", []):
                self.await_init(container)
        return self

    @staticmethod
    def await_init(container):
        if container.spec.get("restartPolicy") == "Always":
            container.await_started()
        else:
            ended = container.exit(30)
            if ended.code != 0:
                raise AssertionError(f"{container.name}: exit code {ended.code}: {ended.message}")

    @contextlib.contextmanager
    def network(self):
        """In it, this thread's new sockets are the pod's."""
        with open("/proc/thread-self/ns/net") as own:
            sandbox.join("net", f"/proc/{self.pause.pid}/ns/net")
            try:
                yield
            finally:
                sandbox.call("setns", own.fileno(), sandbox.NAMESPACES["net"])

    def connect(self, port, timeout=10, tls=False, address=ADDRESS):
        """A connection to the pod's address, from within its network, as the kubelet's."""
        kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        options = {"context": unverified()} if tls else {}
        connection = kind(address, port, timeout=timeout, **options)
        with self.network():
            connection.connect()
        return connection

    def get(self, path, port=9871, timeout=10, method="GET", headers=None, tls=False):
        """(status, headers, body), whatever the status."""
        connection = self.connect(port, timeout, tls)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def metrics(self):
        status, _, body = self.get("/metrics")
        if status != 200:
            raise AssertionError(f"/metrics answered {status}")
        return support.parse_page(body.decode())

    def log_text(self):
        return "".join(f"{container.name}:\n{container.log_text()}"
                       for container in self.containers.values() if container.started)

    def change(self, kind, name, **data):
        """Edits a ConfigMap or Secret, and waits for no kubelet to write the volumes anew."""
        manifest = self.find(kind, name)
        manifest["stringData" if kind == "Secret" else "data"] = data
        if kind == "Secret":
            manifest.pop("data", None)
        self.volumes.refresh()

    @property
    def grace(self):
        return self.spec.get("terminationGracePeriodSeconds", 30)

    def stop(self):
        """As the kubelet does: SIGTERM to the containers, then to the sidecars, the last first, all
        within the grace period; {name: Exit}."""
        left = time.monotonic() + self.grace
        sidecars = [[one] for one in reversed(self.spec.get("initContainers", []))]
        ended = {}
        for group in (self.spec["containers"], *sidecars):
            running = [self[one["name"]] for one in group if self[one["name"]].started]
            for container in running:
                container.started.end(signal.SIGTERM)
            for container in running:
                ended[container.name] = container.exit(max(0, left - time.monotonic()))
        return ended

    def close(self):
        """Leaves nothing: processes, control groups, folders; mounts go with their namespaces."""
        for container in self.containers.values():
            if container.started:
                container.started.end()
                container.started.process.wait(20)
        if self.pause:
            self.pause.end()
            self.pause.process.wait(20)
        if self.cgroups:
            self.cgroups.close()
        self.temporary.cleanup()

    def __exit__(self, *error):
        self.close()


def unverified():
    """The kubelet does not verify certificates of HTTPS probes."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def pod_of(owner):
    """(spec, metadata) of the pod that the manifest has."""
    spec = owner["spec"]
    if owner["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    if "template" in spec:
        return spec["template"]["spec"], spec["template"].get("metadata", {})
    return spec, owner["metadata"]

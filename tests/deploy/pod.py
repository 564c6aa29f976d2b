"""Runs the containers of a pod with the kernel's own means, as its manifest says and no other way:

    with run_pod(test, manifests, owner, claims={"data": folder}) as pod:
        pod.get("/metrics")

`owner` is the manifest that has the pod. Containers of litewatch's image run it; for any other, the
test gives in `programs` what plays the app, started below that container's restrictions and mounts,
but with this machine's programs. What a manifest asks for and this harness does not know is an
error, and each restriction is looked for in the started process before the test may go on.
"""
import contextlib
import ctypes
import dataclasses
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import tools  # first: it leads to tests/e2e
import live_cgroup
import pod_image
import pod_restrictions
import pod_volumes
import sandbox
import support

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
CONTAINER_KEYS = {
    "args", "command", "env", "image", "imagePullPolicy", "livenessProbe", "name", "ports",
    "readinessProbe", "resources", "restartPolicy", "securityContext", "startupProbe",
    "terminationMessagePolicy", "terminationMessagePath", "volumeMounts", "workingDir"}
STARTER = os.path.join(os.path.dirname(__file__), "sandbox.py")


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


def refuse_unknown(what, found, known):
    unknown = sorted(set(found) - known)
    if unknown:
        raise AssertionError(f"{what}: the tests do not know what to do about {unknown}")


def bytes_of(quantity):
    number, unit = re.fullmatch(r"(\d+)([KMG]i?)?", str(quantity)).groups()
    return int(number) * {None: 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30,
                          "K": 1000, "M": 10 ** 6, "G": 10 ** 9}[unit]


@dataclasses.dataclass
class Exit:
    """How a container ended, and the message that `kubectl describe pod` shows."""
    code: int
    message: str
    seconds: float = 0


class Started:
    """A program that sandbox.py has started; `pid` is this machine's number of it."""

    def __init__(self, plan, folder, log):
        self.log, self.begun = log, time.monotonic()
        path = os.path.join(folder, f"plan-{uuid.uuid4().hex[:8]}.json")
        with open(path, "w") as file:
            json.dump(plan, file)
        reader, writer = os.pipe()
        with open(log, "ab") as output:
            self.process = subprocess.Popen([sys.executable, STARTER, path, str(writer)],
                                            pass_fds=[writer], stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output)
        os.close(writer)
        with open(reader) as status:
            first, rest = status.readline(), status.read()
        if rest or not first.strip().isdigit():
            self.process.wait()
            raise AssertionError(f"the container could not be started: {first}{rest}")
        self.pid = int(first)

    def running(self):
        return self.process.poll() is None

    def end(self, number=signal.SIGKILL):
        """Sends the signal to the program itself; where it is gone, that is well."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Container:
    """One container of the pod: its specification, and what runs of it."""

    def __init__(self, pod, spec, image, program=None):
        refuse_unknown(f"container {spec['name']}", spec, CONTAINER_KEYS)
        self.pod, self.spec, self.image, self.name = pod, spec, image, spec["name"]
        self.restrictions = pod_restrictions.Restrictions(pod.spec, spec, image)
        self.env = self.environment()
        self.command = program or self.expanded_command()
        self.log = os.path.join(pod.folder, f"{self.name}.log")
        self.started, self.cgroup = None, None

    def environment(self):
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOSTNAME": self.pod.name, **self.pod.injected}
        for one in self.spec.get("env", []):
            refuse_unknown(f"env of {self.name}", one, {"name", "value", "valueFrom"})
            env[one["name"]] = self.pod.value_from(one["valueFrom"]) if "valueFrom" in one \
                else self.expand(one.get("value", ""), env)
        return env

    @staticmethod
    def expand(text, env):
        """$(NAME) of a variable that is there; $$ stands for one dollar."""
        return re.sub(r"\$\$|\$\((\w+)\)",
                      lambda found: "$" if found.group() == "$$" else
                      env.get(found.group(1), found.group()), text)

    def expanded_command(self):
        """A command of the manifest puts both of the image's aside, arguments only its arguments."""
        command = self.spec.get("command") or self.image.entrypoint
        default = [] if "command" in self.spec else self.image.command
        return [self.expand(part, self.env)
                for part in [*command, *self.spec.get("args", default)]]

    def limit(self):
        """Into a control group of its own, with the memory limit of the manifest."""
        self.cgroup = self.pod.cgroups.cgroup(
            f"{self.pod.slice}/cri-containerd-{uuid.uuid4().hex}{uuid.uuid4().hex}.scope")
        memory = self.spec.get("resources", {}).get("limits", {}).get("memory")
        if memory and ("memory" in live_cgroup.find_hierarchies() or live_cgroup.v2_has("memory")):
            self.cgroup.limit_memory(bytes_of(memory))

    def plan(self):
        return {**self.restrictions.plan(),
                "image": self.image.root, "work": self.pod.work,
                "mounts": [*pod_restrictions.engine_mounts(self.restrictions, self.pod.files),
                           *self.volume_mounts()],
                "filter": self.filter(),
                "cgroups": list(self.cgroup.folders().values()),
                "join": self.pod.namespaces(), "unshare": self.unshared(),
                **self.pod.user_namespace(),
                "command": self.command, "env": self.env,
                "folder": self.spec.get("workingDir", "/")}

    def unshared(self):
        own_pids = "pid" not in self.pod.namespaces() and not self.pod.spec.get("hostPID")
        return ["mnt", "cgroup", *(["pid"] if own_pids else [])]

    def filter(self):
        if self.restrictions.seccomp == "Unconfined":
            return None
        return pod_image.seccomp_filter(self.pod.test, self.pod.folder,
                                        self.restrictions.capabilities)

    def volume_mounts(self):
        """Parents before what lies below them."""
        mounts = [self.volume_mount(one) for one in self.spec.get("volumeMounts", [])]
        return sorted(mounts, key=lambda one: one["target"])

    def volume_mount(self, one):
        refuse_unknown(f"a volumeMount of {self.name}", one,
                       {"name", "mountPath", "readOnly", "recursiveReadOnly", "subPath",
                        "mountPropagation"})
        spec = self.pod.volumes.specs[one["name"]]
        if spec.get("emptyDir", {}).get("medium") == "Memory":
            size = spec["emptyDir"].get("sizeLimit")
            raise AssertionError(f"emptyDir in memory ({size}) is not made here")
        source = os.path.join(self.pod.volumes.path(one["name"]), one.get("subPath", ""))
        return {"source": source, "target": one["mountPath"].rstrip("/"),
                "read_only": one.get("readOnly", False),
                "recursive": one.get("recursiveReadOnly", "Disabled") != "Disabled",
                "slave": one.get("mountPropagation", "None") != "None"}

    def start(self):
        self.limit()
        self.started = Started(self.plan(), self.pod.folder, self.log)
        self.verify()

    def verify(self):
        """Each restriction in the started process itself."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended at once
            problems = pod_restrictions.problems(self.started.pid, self.restrictions,
                                                 self.spec, self.pod.spec)
            if problems and self.started.running():
                raise AssertionError(f"{self.name} lost restrictions: {problems}")

    def execute(self, command, timeout=30):
        """Runs a command in it, as `kubectl exec` and exec probes do: (exit code, output)."""
        pid = self.started.pid
        plan = {**self.restrictions.plan(), "filter": self.filter(),
                "cgroups": list(self.cgroup.folders().values()),
                "join": {kind: f"/proc/{pid}/ns/{kind}" for kind in sandbox.NAMESPACES
                         if kind != "user"},
                **self.pod.user_namespace(), "unshare": [], "command": command, "env": self.env, "folder": "/"}
        log = os.path.join(self.pod.folder, f"exec-{uuid.uuid4().hex[:8]}.log")
        started = Started(plan, self.pod.folder, log)
        code = started.process.wait(timeout)
        with open(log) as output:
            return code, output.read()

    def log_text(self):
        with open(self.log) as log:
            return log.read()

    def exit(self, seconds=10):
        """Waits for its end."""
        begun = time.monotonic()
        try:
            code = self.started.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {seconds} s: "
                                 f"{self.log_text()}") from None
        return Exit(code, self.message(code), time.monotonic() - begun)

    def message(self, code):
        """With FallbackToLogsOnError: the log's last 80 lines, at most 2048 bytes of them."""
        if code == 0 or self.spec.get("terminationMessagePolicy") != "FallbackToLogsOnError":
            return ""
        lines = self.log_text().splitlines(keepends=True)[-80:]
        return "".join(lines).encode()[-2048:].decode(errors="replace")

    def port(self, port):
        if isinstance(port, int):
            return port
        return next(one["containerPort"] for one in self.spec.get("ports", [])
                    if one.get("name") == port)

    def passes(self, probe):
        """Whether the probe of the manifest, such as "readinessProbe", succeeds now."""
        spec = self.spec[probe]
        refuse_unknown(f"{probe} of {self.name}", spec,
                       {"httpGet", "exec", "tcpSocket", "periodSeconds", "timeoutSeconds",
                        "failureThreshold", "successThreshold", "initialDelaySeconds"})
        timeout = spec.get("timeoutSeconds", 1)
        if "exec" in spec:
            return self.execute(spec["exec"]["command"])[0] == 0
        with contextlib.suppress(OSError, http.client.HTTPException):
            if "tcpSocket" in spec:
                self.pod.connect(self.port(spec["tcpSocket"]["port"]), timeout).close()
                return True
            get = spec["httpGet"]
            refuse_unknown(probe, get, {"path", "port", "scheme"})
            status, _, _ = self.pod.get(get.get("path", "/"), self.port(get["port"]), timeout,
                                        tls=get.get("scheme", "HTTP") == "HTTPS")
            return 200 <= status < 400
        return False

    def await_started(self):
        """Until the startup probe succeeds, asked more often than the kubelet does, but no longer."""
        probe = self.spec.get("startupProbe")
        if probe is None:
            return
        seconds = probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)

        def passes():
            if not self.started.running():
                raise AssertionError(f"{self.name} ended with {self.started.process.returncode}: "
                                     f"{self.log_text()}")
            return self.passes("startupProbe")
        support.wait_until(passes, seconds, f"startup of {self.name}: {self.log_text()}")


class Pod:
    """See run_pod."""

    def __init__(self, test, manifests, owner, claims=None, programs=None, host_paths=None,
                 pid_of=None, hosts=None):
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
        self.injected = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
        self.make_folders(hosts or {})
        self.containers = {one["name"]: self.make_container(one) for one in self.specs()}
        self.cgroups, self.pause = None, None

    def make_folders(self, hosts):
        self.folder = tempfile.mkdtemp(prefix="litewatch-pod-")
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
        if not re.search(r"(^|/)litewatch[:@]", spec["image"]):
            raise AssertionError(f"no program for the container {spec['name']} ({spec['image']})")
        return Container(self, spec, pod_image.litewatch(self.folder))

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
        with open(f"/proc/thread-self/ns/net") as own:
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
        shutil.rmtree(self.folder)

    def __exit__(self, *error):
        self.close()


def unverified():
    """The kubelet does not verify certificates of HTTPS probes."""
    import ssl
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


@contextlib.contextmanager
def run_pod(test, manifests, owner, **options):
    """The pod with all its containers started. Options: claims {volume or claim: folder}, programs
    {container: command}, host_paths {path: folder instead}, hosts {name: address}, and pid_of, a
    container of another pod whose PID namespace is joined."""
    with Pod(test, manifests, owner, **options) as pod:
        yield pod.start()

"""The containers of a pod: what runs of them, as whom, and how the kubelet asks after them."""
import contextlib
import dataclasses
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid

import tools  # first: it leads to tests/e2e
import live_cgroup
import pod_image
import pod_restrictions
import sandbox
import support

CONTAINER_KEYS = {
    "args", "command", "env", "image", "imagePullPolicy", "livenessProbe", "name", "ports",
    "readinessProbe", "resources", "restartPolicy", "securityContext", "startupProbe",
    "terminationMessagePolicy", "terminationMessagePath", "volumeMounts", "workingDir"}
STARTER = os.path.join(os.path.dirname(__file__), "sandbox.py")


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
        if self.running():
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
        """A command of the manifest replaces both of the image's, arguments only its arguments."""
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
        return pod_image.seccomp_filter(self.pod.test, self.restrictions.capabilities)

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
        """Each restriction in the started process itself, unless that has ended at once."""
        try:
            problems = pod_restrictions.problems(self.started.pid, self.restrictions, self.spec,
                                                 self.pod.spec)
        except OSError:  # of a process that has ended there is little left to see
            support.wait_until(lambda: not self.started.running(), 5, "end of the process")
            return
        if problems:
            raise AssertionError(f"{self.name} lost restrictions: {problems}")

    def execute(self, command, timeout=30):
        """Runs a command in it, as `kubectl exec` and exec probes do: (exit code, output)."""
        pid = self.started.pid
        plan = {**self.restrictions.plan(), "filter": self.filter(),
                "cgroups": list(self.cgroup.folders().values()),
                "join": {kind: f"/proc/{pid}/ns/{kind}" for kind in sandbox.NAMESPACES
                         if kind != "user"},
                **self.pod.user_namespace(), "unshare": [], "command": command, "env": self.env,
                "folder": "/"}
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
        """Until the startup probe succeeds, asked more often than by the kubelet, but no longer."""
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

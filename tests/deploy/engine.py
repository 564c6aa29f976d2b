"""A real container engine, podman, in namespaces of its own: networks, published ports, processes,
mounts and /run end with it, and its images and containers lie in a folder that is removed.

Its programs are Debian's, older than what users run. Health checks are run by those who wait for
them: the timers that do that elsewhere are systemd's, which need not be here."""
import contextlib
import ctypes
import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile

import tools  # first: it leads to tests/e2e
import support

PROGRAMS = ("podman", "runc", "iptables", "catatonit", "/usr/lib/podman/netavark",
            "/usr/lib/podman/aardvark-dns")
CGROUPS = "/sys/fs/cgroup"
CAP_SYS_RESOURCE = 24
# What the engine writes outside of its folder is in memory of its namespace.
HOLD = """
set -e
ip link set lo up
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=1777 shm /dev/shm
echo up
exec sleep infinity
"""
SETTINGS = """
[containers]
default_ulimits = []
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""
# runc for a machine whose root may not raise limits, as the engine asks for its containers.
RUNTIME = """#!/usr/bin/python3
import json, os, sys
if "--bundle" in sys.argv:
    path = os.path.join(sys.argv[sys.argv.index("--bundle") + 1], "config.json")
    with open(path) as file:
        config = json.load(file)
    config["process"].pop("rlimits", None)
    with open(path, "w") as file:
        json.dump(config, file)
os.execv("{runc}", ["runc", *sys.argv[1:]])
"""


def may_raise_limits():
    with open("/proc/self/status") as status:
        effective = next(line.split()[1] for line in status if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> CAP_SYS_RESOURCE & 1)


def missing():
    """What has to be installed, or who has to run it; nothing where all is there."""
    if os.geteuid() != 0:
        return "an engine with networks takes root"
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    return f"not installed: {', '.join(absent)}; tests/run.sh deploy does that" if absent else ""


def control_groups():
    """Those of engines, as they are named without systemd; the innermost first."""
    found = []
    for parent in glob.glob(f"{CGROUPS}/*/libpod_parent") + glob.glob(f"{CGROUPS}/libpod_parent"):
        found += [folder for folder, _, _ in os.walk(parent, topdown=False)]
    return found


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Refused(Exception):
    """The machine lets nobody make namespaces, or start containers in them."""


class Engine:
    """Until close()."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="litewatch-engine-")
        self.storage = os.path.join(self.folder, "storage")
        self.socket = os.path.join(self.folder, "socket")
        self.groups_before = control_groups()
        self.write("settings", SETTINGS.format(folder=self.folder))
        self.runtime = shutil.which("runc")
        if not may_raise_limits():
            self.runtime = self.write("runc", RUNTIME.format(runc=self.runtime), 0o755)
        self.server = None
        self.hold_namespaces()

    def hold_namespaces(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--pid", "--mount", "--propagation=private", "--fork",
             "--kill-child", "--mount-proc", "bash", "-c", HOLD],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=end_with_parent)
        line = self.holder.stdout.readline()
        if line != "up\n":
            self.holder.communicate()
            shutil.rmtree(self.folder)
            raise Refused(line.strip())
        with open(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children") as children:
            self.init = children.read().split()[0]

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def inside(self, *command, network=True):
        """The command that runs one in the engine's namespaces; without its network, in the
        machine's, from where packages can be had."""
        return ["nsenter", f"--target={self.init}", *(["--net"] if network else []), "--pid",
                "--mount", *map(str, command)]

    def environment(self):
        return {**os.environ, "CONTAINERS_CONF": os.path.join(self.folder, "settings"),
                "TMPDIR": self.folder, "HOME": self.folder,
                "DOCKER_HOST": f"unix://{self.socket}"}

    def podman_command(self, *words, **options):
        return self.inside(
            "podman", "--root", self.storage, "--runroot", os.path.join(self.folder, "state"),
            "--tmpdir", os.path.join(self.folder, "tmp"), "--storage-driver", "overlay",
            "--runtime", self.runtime, *words, **options)

    def call(self, command, check=True, seconds=300):
        done = subprocess.run(command, text=True, timeout=seconds, env=self.environment(),
                              cwd=support.ROOT, capture_output=True)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit code {done.returncode}\n"
                                 f"{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done

    def run(self, *command, **options):
        """A command in the engine's namespaces, which finds the engine's socket."""
        return self.call(self.inside(*command), **options)

    def podman(self, *words, **options):
        """Its output."""
        return self.call(self.podman_command(*words), **options).stdout.strip()

    def inspect(self, name, kind="container"):
        return json.loads(self.podman("inspect", "--type", kind, name))[0]

    def load(self, name, archive, *changes):
        """An image out of a tar file of its root."""
        self.podman("import", *[word for change in changes for word in ("--change", change)],
                    archive, name)

    def load_folder(self, name, folder, *changes):
        archive = os.path.join(self.folder, "image.tar")
        tools.run("tar", "--create", "--numeric-owner", "--file", archive, "--directory", folder,
                  ".")
        self.load(name, archive, *changes)
        os.remove(archive)

    def build(self, name, context, *options):
        """Without a network. In Docker's format: the other has no health checks."""
        self.podman("build", "--format", "docker", "--network", "none", "--tag", name, *options,
                    context)

    def build_online(self, name, context, *options):
        """With the machine's network, and time."""
        command = self.podman_command("build", "--format", "docker", "--network", "host", "--tag",
                                      name, *options, context, network=False)
        self.call(command, seconds=4 * 3600)

    def serve(self):
        """Answers on `socket` as Docker does."""
        self.server = subprocess.Popen(
            self.podman_command("system", "service", "--time=0", f"unix://{self.socket}"),
            env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        support.wait_until(lambda: os.path.exists(self.socket), 20, "socket of the engine")

    def close(self):
        """Whatever still runs ends with the namespace."""
        self.podman("rm", "--all", "--force", "--time=0", check=False)
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        support.wait_until(lambda: not os.path.exists(f"/proc/{self.init}"), 10, "end of processes")
        if self.server:
            self.server.wait(10)
        shutil.rmtree(self.folder)
        for group in control_groups():
            if group not in self.groups_before:
                with contextlib.suppress(OSError):  # another engine has taken it
                    os.rmdir(group)

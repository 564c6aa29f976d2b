"""Real control groups for tests, as root: whatever hierarchies this machine has.

All are made below one folder of a name of its own, and go with it. Only processes that were started
here are moved or killed, each by its id.
"""
import errno
import os
import re
import signal
import subprocess
import sys
import time
import uuid

CONTROLLERS = ("cpu", "cpuacct", "memory", "pids")


def find_hierarchies():
    """{controller: mount point} of v1, and under "" that of v2."""
    found = {}
    with open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            before, _, after = line.partition(" - ")
            kind, _, options = after.split()[:3]
            point = before.split()[4]
            if kind == "cgroup2":
                found.setdefault("", point)
            if kind == "cgroup":
                for controller in set(options.split(",")) & set(CONTROLLERS):
                    found.setdefault(controller, point)
    return found


def v2_has(controller):
    """Whether v2 can limit it here."""
    root = find_hierarchies().get("")
    if root is None:
        return False
    with open(os.path.join(root, "cgroup.controllers")) as controllers:
        return controller in controllers.read().split()


def why_not():
    """Why no control groups can be made here; None where they can."""
    if os.geteuid() != 0:
        return "making control groups takes root"
    for point in find_hierarchies().values():
        if not os.access(point, os.W_OK):
            return f"{point} is read-only"
    return None if find_hierarchies() else "no control groups are mounted"


def try_write(path, text):
    """Whether the kernel took it."""
    try:
        with open(path, "w") as file:
            file.write(text)
        return True
    except OSError:
        return False


class LiveCgroup:
    """One cgroup in all hierarchies, at /<top>/<name>."""

    def __init__(self, top, name):
        self.top, self.name = top, name
        self.path = f"/{top.name}/{name}"
        self.processes = []
        self.make()

    def folders(self):
        return {hierarchy: os.path.join(point, self.top.name, self.name)
                for hierarchy, point in self.top.points().items()}

    def make(self):
        for folder in self.folders().values():
            os.makedirs(folder, exist_ok=True)

    def file(self, controller, name):
        folders = self.folders()
        return os.path.join(folders.get(controller, folders.get("")), name)

    def write(self, controller, name, text):
        with open(self.file(controller, name), "w") as file:
            file.write(text)

    def number(self, controller, file, key=None):
        """The value of a key of a flat keyed file, or the only one."""
        with open(self.file(controller, file)) as text:
            for line in text:
                fields = line.split()
                if key is None or fields[0] == key:
                    return int(fields[-1])
        return None

    def limit_cpu(self, quota_us, period_us=100_000):
        if "cpu" in self.top.points():
            self.write("cpu", "cpu.cfs_period_us", str(period_us))
            self.write("cpu", "cpu.cfs_quota_us", str(quota_us))
        else:
            self.write("cpu", "cpu.max", f"{quota_us} {period_us}")

    def limit_memory(self, size):
        """And no swap, so that the OOM killer has no way out."""
        if "memory" in self.top.points():
            self.write("memory", "memory.limit_in_bytes", str(size))
            try_write(self.file("memory", "memory.swappiness"), "0")
        else:
            self.write("memory", "memory.max", str(size))
            try_write(self.file("memory", "memory.swap.max"), "0")

    def enter(self):
        """Moves the calling process into it, in every hierarchy."""
        for folder in self.folders().values():
            with open(os.path.join(folder, "cgroup.procs"), "w") as file:
                file.write("0")

    def run(self, *command, **options):
        """Starts a command in it."""
        process = subprocess.Popen(list(map(str, command)), preexec_fn=self.enter, **options)
        self.processes.append(process)
        return process

    def python(self, code, **options):
        return self.run(sys.executable, "-c", code, **options)

    def idle(self):
        """A process that does nothing; the path of its program is short, and so its name."""
        return self.run("/bin/sleep", "300")

    def kill(self):
        """Ends what was started in it, and what that has started: all are here."""
        for folder in self.folders().values():
            for pid in self.members(folder):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait(20)
        self.processes = []

    @staticmethod
    def members(folder):
        try:
            with open(os.path.join(folder, "cgroup.procs")) as file:
                return [int(line) for line in file if int(line) > 0]
        except OSError:
            return []

    def remove(self):
        """Kills what is in it and removes it."""
        self.kill()
        for folder in self.folders().values():
            remove_folder(folder)


def remove_folder(folder, seconds=10):
    """The kernel says EBUSY until the last process is reaped."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            os.rmdir(folder)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


class LiveCgroups:
    """The folder of this test's own in each hierarchy."""

    def __init__(self):
        self.name = f"litewatch-test-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.made = []
        self.hierarchies = find_hierarchies()
        for point in self.points().values():
            os.makedirs(os.path.join(point, self.name), exist_ok=True)
        if "" in self.hierarchies:
            self.delegate()

    def points(self):
        return self.hierarchies

    def delegate(self):
        """Lets cgroups below have the controllers that v2 has, where the machine allows it."""
        for folder in (self.hierarchies[""], os.path.join(self.hierarchies[""], self.name)):
            for controller in ("cpu", "memory", "pids", "io"):
                try_write(os.path.join(folder, "cgroup.subtree_control"), "+" + controller)

    def container(self, number):
        """A cgroup named as Docker does it; the id is of this test alone."""
        identifier = f"{number:02x}" + uuid.uuid4().hex + uuid.uuid4().hex[:30]
        assert re.fullmatch("[0-9a-f]{64}", identifier)
        return self.cgroup(f"docker-{identifier}.scope")

    def cgroup(self, name):
        self.made.append(LiveCgroup(self, name))
        return self.made[-1]

    def close(self):
        """Leaves nothing behind, whatever the test did."""
        for cgroup in self.made[::-1]:
            cgroup.remove()
        for point in self.points().values():
            remove_folder(os.path.join(point, self.name))

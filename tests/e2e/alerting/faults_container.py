"""What goes wrong with containers, in real control groups. Each fault has a container that is
called like it: two of one name on one machine would be one that restarted."""
import os
import resource
import subprocess
import threading
import time

import live_cgroup
from alerting.scene import SPEED, Expected, Fault
from fake_docker import Container, FakeDocker
from live_cgroup import LiveCgroups, find_hierarchies, remove_folder, v2_has

LIMIT = 64 << 20
PIDS_LIMIT = 20
FDS_LIMIT = 200
HOUR_SECONDS = 3600 / SPEED

BURN = "while True: pass"
EXHAUST = "b = bytearray(200 << 20)\nfor i in range(0, len(b), 4096): b[i] = 1"
# Takes memory until the file says as much, and keeps it.
FILL = """
import sys, time
kept = []
while int(open(sys.argv[1]).read()) < int(sys.argv[2]):
    kept.append(bytearray(b"x" * (1 << 19)))
time.sleep(300)
"""
# Each write waits for the disk.
WRITE_SYNC = """
import mmap, os, sys
block = mmap.mmap(-1, 1 << 12)
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_DIRECT | os.O_DSYNC)
while True:
    os.pwrite(file, block, 0)
"""
# A line opens or closes as many descriptors as it says.
OPEN_FILES = """
import os, sys
files = []
for line in sys.stdin:
    wanted = int(line)
    files += [os.open("/dev/null", os.O_RDONLY) for _ in range(len(files), wanted)]
    while len(files) > wanted:
        os.close(files.pop())
"""


def limits(controller):
    """Whether some hierarchy here can limit it."""
    return controller in find_hierarchies() or v2_has(controller)


def pressure_is_told():
    """Where control groups of version 2 keep pressure stall information."""
    root = find_hierarchies().get("")
    return root is not None and os.path.exists("/proc/pressure/io")


def disk_below(folder):
    """MAJOR:MINOR of the disk that a folder lies on; None where it lies on none, as in tmpfs."""
    device = os.stat(folder).st_dev
    entry = os.path.realpath(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    if os.path.exists(os.path.join(entry, "partition")):
        entry = os.path.dirname(entry)
    if not os.path.exists(os.path.join(entry, "dev")):
        return None
    with open(os.path.join(entry, "dev")) as number:
        return number.read().strip()


def blkio_root():
    """The hierarchy of version 1 that limits disks; None where there is none."""
    with open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            if "blkio" in line.split()[-1].split(","):
                return line.split()[4]
    return None


class ContainerFault(Fault):
    """An app in a container that stays, in which something is started that goes wrong."""

    controller = None  # that it takes to limit the container
    cgroups = None

    def why_not(self):
        if live_cgroup.why_not():
            return live_cgroup.why_not()
        if self.controller and not limits(self.controller):
            return f"no hierarchy here limits {self.controller}"
        return None

    def start(self):
        self.cgroups = LiveCgroups()
        self.container = self.cgroups.container(1)
        self.limit()
        self.container.idle()

    def limit(self):
        pass

    def flags(self):
        return ["--path.cgroup=/sys/fs/cgroup"]

    def config(self):
        name = self.cgroups.name
        return {"containers": {"include": [f"*{name}*"],
                               "rules": [{"match": f"/{name}/*", "name": self.name,
                                          "app": self.name}]}}

    def mend(self):
        """The container is made anew: nothing of what was started in it is left."""
        self.container.kill()
        self.container.idle()

    def stop(self):
        if self.cgroups:
            self.cgroups.close()


class KilledForMemory(ContainerFault):
    controller = "memory"
    alerts = (Expected("ContainerOOMKilled", "warning"),)

    def limit(self):
        self.container.limit_memory(LIMIT)

    def break_it(self):
        loop = f"while :; do python3 -c '{EXHAUST}'; sleep 1; done"
        self.container.run("/bin/sh", "-c", loop, stderr=subprocess.DEVNULL)


class MemoryNearlyUsedUp(ContainerFault):
    controller = "memory"
    alerts = (Expected("ContainerMemoryNearLimit", "warning"),)

    def limit(self):
        self.container.limit_memory(LIMIT)

    def break_it(self):
        of_v1 = "memory" in find_hierarchies()
        used = self.container.file("memory", "memory.usage_in_bytes" if of_v1 else "memory.current")
        self.container.run("python3", "-c", FILL, used, int(LIMIT * 0.95))


class OutOfCpuQuota(ContainerFault):
    controller = "cpu"
    alerts = (Expected("ContainerCpuThrottled", "info"),)

    def limit(self):
        self.container.limit_cpu(10_000)

    def break_it(self):
        self.container.python(BURN)


class WaitsForTheDisk(ContainerFault):
    """It gets no more than a few writes a second: that loads the disk for nobody else."""

    alerts = (Expected("ContainerUnderPressure", "warning", resource="io"),)
    on_disk = True
    blkio = None

    def why_not(self):
        if super().why_not():
            return super().why_not()
        if not pressure_is_told():
            return "the kernel keeps no pressure stall information of control groups"
        if not disk_below(self.folder) or not (blkio_root() or v2_has("io")):
            return "no hierarchy here limits the disk"
        return None

    def limit(self):
        if blkio_root():
            self.blkio = os.path.join(blkio_root(), self.cgroups.name)
            os.mkdir(self.blkio)
            self.write("blkio.throttle.write_iops_device", f"{disk_below(self.folder)} 5")
        else:
            self.container.write("io", "io.max", f"{disk_below(self.folder)} wiops=5")

    def write(self, file, text):
        with open(os.path.join(self.blkio, file), "w") as opened:
            opened.write(text)

    def break_it(self):
        process = self.container.run("python3", "-c", WRITE_SYNC, self.path("file"))
        if self.blkio:
            self.write("cgroup.procs", str(process.pid))

    def stop(self):
        super().stop()
        if self.blkio:
            remove_folder(self.blkio)


class TooManyProcesses(ContainerFault):
    controller = "pids"
    alerts = (Expected("ContainerPidsNearLimit", "warning"),)

    def limit(self):
        self.container.write("pids", "pids.max", str(PIDS_LIMIT))

    def break_it(self):
        for _ in range(PIDS_LIMIT - 2):
            self.container.idle()


class TooManyOpenFiles(ContainerFault):
    alerts = (Expected("ContainerFdsNearLimit", "warning"),)

    def start(self):
        self.cgroups = LiveCgroups()
        self.container = self.cgroups.container(1)
        self.process = self.container.python(OPEN_FILES, stdin=subprocess.PIPE, text=True)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (FDS_LIMIT, FDS_LIMIT))

    def open_files(self, number):
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()

    def break_it(self):
        self.open_files(FDS_LIMIT * 9 // 10)

    def mend(self):
        self.open_files(0)

    def stop(self):
        if self.cgroups:
            self.cgroups.close()
            self.process.stdin.close()


class SaysItIsUnhealthy(ContainerFault):
    """The runtime is asked by a litewatch of its own: the others' would wait for its answers."""

    alerts = (Expected("ContainerUnhealthy", "warning"),)
    docker = None

    def start(self):
        super().start()
        identifier = self.container.name.removeprefix("docker-").removesuffix(".scope")
        self.told = Container(self.name)
        self.docker = FakeDocker(self.path("docker.sock")).start()
        self.docker.containers[identifier] = self.told
        self.mend()
        containers = super().config()["containers"]
        self.service = self.scene.litewatch(
            self.name, {"containers": {**containers, "sockets": [self.docker.path]}},
            *super().flags())

    def config(self):
        return {}

    def jobs(self):
        return [self.scene.job_of("litewatch-" + self.name, self.service.port)]

    def break_it(self):
        self.told.status = "Up 2 hours (unhealthy)"

    def mend(self):
        self.told.status = "Up 2 hours (healthy)"

    def stop(self):
        super().stop()
        if self.docker:
            self.docker.stop()


class Gone(ContainerFault):
    """Only one that has run for an hour is missed."""

    alerts = (Expected("ContainerMissing", "warning"),)

    def start(self):
        super().start()
        self.made = time.monotonic()

    def break_it(self):
        time.sleep(max(0, self.made + HOUR_SECONDS + 2 - time.monotonic()))
        self.container.remove()

    def mend(self):
        self.container = self.cgroups.container(2)
        self.container.idle()


class RestartsAgainAndAgain(ContainerFault):
    alerts = (Expected("ContainerRestartLoop", "critical"),
              Expected("ContainerMissing", "warning", side=True))
    thread = None

    def start(self):
        super().start()
        self.mended = threading.Event()

    def restart(self):
        self.container.remove()
        self.container = self.cgroups.container(1)
        self.container.idle()

    def restart_on(self):
        while not self.mended.wait(0.3):
            self.restart()

    def break_it(self):
        self.thread = threading.Thread(target=self.restart_on)
        self.thread.start()

    def mend(self):
        self.mended.set()
        self.thread.join()

    def stop(self):
        if self.thread:
            self.mend()
        super().stop()


FAULTS = [KilledForMemory, MemoryNearlyUsedUp, OutOfCpuQuota, WaitsForTheDisk, TooManyProcesses,
          TooManyOpenFiles, SaysItIsUnhealthy, Gone, RestartsAgainAndAgain]

"""Makes a machine for litewatch to look at out of files in a folder: its control groups, /proc,
and a root with the kubelet's logs, from a short description.

    tree = CgroupTree(folder, kernel="6.1", layout="unified")
    web = tree.container(f"/system.slice/docker-{container_id(1)}.scope")
    tree.pod("shop", "web-0", {"app": 1, "proxy": 2}, qos="burstable")
    litewatch(*tree.flags(), ...)
"""
import hashlib
import os
import shutil
import time

import cgroup_values
from cgroup_values import base_files, legacy_files, root_files, unified_files

LAYOUTS = ("unified", "hybrid", "v1")
HIERARCHIES = ("cpu,cpuacct", "cpuset", "memory", "pids", "blkio")
HOST_NETWORK = 4026531992

NET_DEV = """\
Inter-|   Receive      |  Transmit
 face |bytes packets .. multicast|bytes packets .. compressed
    lo: 77777777 777 0 0 0 0 0 0 77777777 777 0 0 0 0 0 0
  eth0: {0}000 {0}01 {0}02 {0}03 0 0 0 0 {0}004 {0}05 {0}06 {0}07 0 0 0 0
"""
LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max processes             95000                95000                processes 
Max open files            {0}                 524288               files     
"""
MOUNTS = """\
700 600 0:{0} / / rw - overlay overlay rw,lowerdir=/lower,upperdir=/var/lib/layers/{0}/diff
701 700 0:9 / /proc rw,nosuid - proc proc rw
702 700 8:1 /var/lib/volumes/v{0} /data rw,relatime - ext4 /dev/sda1 rw
"""


def digest(number):
    return hashlib.sha256(f"container {number}".encode()).hexdigest()


def container_id(number):
    """64 hexadecimal digits, the same each time."""
    return digest(number)


def pod_uid(number):
    """With dashes."""
    text = digest(f"pod {number}")
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # As a new file: a reader sees the old one or the new one, as with the kernel's.
    fresh = path + ".new"
    with open(fresh, "wb") as file:
        file.write(text if isinstance(text, bytes) else
                   text.encode(errors="surrogateescape"))
    os.rename(fresh, path)


class Cgroup:
    """One cgroup of the tree, with its processes."""

    def __init__(self, tree, path, number, processes=(), network=HOST_NETWORK, changed=None):
        self.tree, self.path, self.number, self.network = tree, path, number, network
        self.processes = list(processes)
        self.changed = dict(changed or {})  # file to its text; None: there is none
        self.tick = 0
        self.write()

    def folder(self, hierarchy=""):
        return os.path.join(self.tree.cgroup, hierarchy, self.path.strip("/"))

    def folders(self):
        return [self.folder(hierarchy) for hierarchy in self.tree.hierarchies()]

    def files(self):
        """{hierarchy: {file: text}}"""
        facts = self.tree.kernel, self.number, self.tick, self.processes
        if self.tree.layout == "unified":
            return {"": unified_files(*facts)}
        files = legacy_files(*facts)
        if self.tree.layout == "hybrid":
            files["unified"] = base_files(*facts)
        return files

    def write(self):
        for hierarchy, files in self.files().items():
            folder = self.folder(hierarchy)
            os.makedirs(folder, exist_ok=True)
            for name, text in files.items():
                text = self.changed.get(name, text)
                path = os.path.join(folder, name)
                if text is not None:
                    write(path, text)
                elif os.path.exists(path):
                    os.unlink(path)
            for name in set(self.changed) - set(files):
                if self.tree.layout == "unified" and self.changed[name] is not None:
                    write(os.path.join(folder, name), self.changed[name])

    def change(self, **changed):
        """Other texts of files, written memory__max for "memory.max"; None: the file vanishes."""
        self.changed.update({name.replace("__", "."): text for name, text in changed.items()})
        self.write()

    def grow(self, ticks=1):
        """Lets the counters go on."""
        self.tick += ticks
        self.write()
        if self.processes:
            self.tree.write_network(self.network, self.tick)

    def remove(self):
        """As the kernel does: the folder and, with it, all its files; and its processes."""
        for folder in self.folders():
            shutil.rmtree(folder, ignore_errors=True)
        for pid in self.processes:
            shutil.rmtree(self.tree.proc_path(pid))


class CgroupTree:
    def __init__(self, folder, kernel="6.1", layout="unified"):
        assert kernel in cgroup_values.KERNELS and layout in LAYOUTS
        self.kernel, self.layout = kernel, layout
        self.cgroup = os.path.join(folder, "cgroup")
        self.proc = os.path.join(folder, "proc")
        self.root = os.path.join(folder, "rootfs")
        self.cgroups = {}
        self.make_roots()
        self.make_machine()

    def flags(self):
        return [f"--path.cgroup={self.cgroup}", f"--path.procfs={self.proc}",
                f"--path.rootfs={self.root}"]

    def hierarchies(self):
        """Folders below the cgroup folder in which a cgroup has one of its own."""
        return {"unified": ("",), "hybrid": (*HIERARCHIES, "unified"),
                "v1": HIERARCHIES}[self.layout]

    def proc_path(self, *names):
        return os.path.join(self.proc, *map(str, names))

    def root_path(self, *names):
        return os.path.join(self.root, *(name.lstrip("/") for name in names))

    # What there is before any container.

    def make_roots(self):
        os.makedirs(self.cgroup)
        if self.layout != "v1":
            folder = self.cgroup if self.layout == "unified" else self.cgroup + "/unified"
            for name, text in root_files(self.kernel, self.layout == "unified").items():
                write(os.path.join(folder, name), text)
        if self.layout == "unified":
            return
        for hierarchy, files in legacy_files(self.kernel, 0, 0, [1]).items():
            for name, text in {**files, "release_agent": "\n",
                               "cgroup.sane_behavior": "0\n"}.items():
                write(os.path.join(self.cgroup, hierarchy, name), text)
        for name in ("cpu", "cpuacct"):
            os.symlink("cpu,cpuacct", os.path.join(self.cgroup, name))

    def mounts(self):
        lines = ["20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
                 f"21 20 8:1 / {self.root} ro,relatime - ext4 /dev/sda1 rw"]
        if self.layout == "unified":
            lines.append(f"30 20 0:30 / {self.cgroup} ro,nosuid - cgroup2 cgroup rw,nsdelegate")
        else:
            lines.append(f"30 20 0:30 / {self.cgroup} ro,nosuid - tmpfs tmpfs rw,mode=755")
            lines += [f"{31 + i} 30 0:{31 + i} / {self.cgroup}/{name} ro - cgroup cgroup rw,{name}"
                      for i, name in enumerate(HIERARCHIES)]
        if self.layout == "hybrid":
            lines.append(f"40 30 0:40 / {self.cgroup}/unified ro - cgroup2 cgroup2 rw")
        return "\n".join(lines) + "\n"

    def make_machine(self):
        cpus = "".join(f"cpu{i} 100 0 100 1000 0 0 0 0 0 0\n" for i in range(4))
        write(self.proc_path("stat"), f"cpu  400 0 400 4000 0 0 0 0 0 0\n{cpus}intr 0\n"
                                      "btime 1790000000\nprocesses 5000\n")
        write(self.proc_path("meminfo"), "MemTotal:        8000000 kB\nMemFree: 1000000 kB\n")
        write(self.proc_path("locks"), "")
        self.process(1, "/init.scope", 0, "systemd", HOST_NETWORK)
        write(self.proc_path("self", "mountinfo"), self.mounts())
        write(self.proc_path("1", "mountinfo"), self.mounts())
        os.makedirs(self.proc_path("self", "ns"))
        os.symlink(f"net:[{HOST_NETWORK}]", self.proc_path("self", "ns", "net"))
        write(self.proc_path("self", "cgroup"), self.cgroup_lines("/init.scope"))
        for number, name in (("8:0", "sda"), ("8:16", "sdb"), ("259:0", "nvme0n1")):
            write(self.root_path("sys/dev/block", number, "uevent"),
                  f"MAJOR={number.split(':')[0]}\nDEVNAME={name}\nDEVTYPE=disk\n")

    # Processes.

    def cgroup_lines(self, path):
        lines = []
        if self.layout != "unified":
            lines = [f"{i}:{name}:{path}" for i, name in enumerate(HIERARCHIES, 1)][::-1]
        if self.layout != "v1":
            lines.append(f"0::{path}")
        return "\n".join(lines) + "\n"

    def write_network(self, network, tick=0):
        """net/dev is one file for all processes of a network namespace: so it is written in place,
        and at once."""
        path = self.proc_path("networks", network, "dev")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        text = NET_DEV.format((network - HOST_NETWORK) * 10 + tick).encode()
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(file, text.ljust(1024, b"\n"), 0)
        os.close(file)

    def process(self, pid, path, number, name="app", network=None):
        network = network or HOST_NETWORK + number
        write(self.proc_path(pid, "cgroup"), self.cgroup_lines(path))
        write(self.proc_path(pid, "comm"), name + "\n")
        write(self.proc_path(pid, "limits"), LIMITS.format(1000 + number))
        write(self.proc_path(pid, "mountinfo"), MOUNTS.format(number + 100))
        # As since Linux 6.2: its size tells how many there are.
        write(self.proc_path(pid, "fd"), "x" * (3 + number))
        self.write_network(network)
        os.symlink(self.proc_path("networks", network), self.proc_path(pid, "net"))
        os.makedirs(self.proc_path(pid, "ns"))
        os.symlink(f"net:[{network}]", self.proc_path(pid, "ns", "net"))

    # Cgroups.

    def ancestors(self, path):
        """Makes the cgroups above it, which have no limits."""
        parts = path.strip("/").split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            above = "/" + "/".join(parts[:depth])
            if above not in self.cgroups:
                self.cgroups[above] = Cgroup(self, above, 0)

    def slice(self, path, **changed):
        """A cgroup above containers whose files say something: cpu__max="100000 100000\\n"."""
        self.ancestors(path + "/x")
        self.cgroups[path].change(**changed)
        return self.cgroups[path]

    def container(self, path, number=1, network=None, processes=1, name="app", **changed):
        """A container's cgroup with `processes` processes. `network`: inode of its network
        namespace, HOST_NETWORK for none of its own. Files as in Cgroup.change()."""
        self.ancestors(path)
        network = network or HOST_NETWORK + number
        pids = [1000 * number + i for i in range(1, processes + 1)]
        for pid in pids:
            self.process(pid, path, number, name, network)
        texts = {name.replace("__", "."): text for name, text in changed.items()}
        self.cgroups[path] = Cgroup(self, path, number, pids, network, texts)
        return self.cgroups[path]

    def service(self, path, number, name="service", **changed):
        """A unit of systemd: in the machine's network, and without limits unless told."""
        unlimited = {"cpu__max": "max 100000\n", "memory__max": "max\n", "memory__low": "0\n",
                     "memory__swap__max": "max\n", "pids__max": "4915\n",
                     "cpu__cfs_quota_us": "-1\n",
                     "memory__limit_in_bytes": f"{cgroup_values.UNLIMITED_V1}\n",
                     "memory__soft_limit_in_bytes": f"{cgroup_values.UNLIMITED_V1}\n",
                     "memory__memsw__limit_in_bytes": f"{cgroup_values.UNLIMITED_V1}\n"}
        if self.layout == "unified":
            unlimited = {file: text for file, text in unlimited.items()
                         if "_in_bytes" not in file and "cfs" not in file}
        return self.container(path, number, HOST_NETWORK, name=name, **{**unlimited, **changed})

    # Kubernetes.

    def has_pods(self):
        return os.path.exists(self.root_path("/var/log/pods"))

    def pod_folder(self, uid, qos, driver, prefix):
        inner = "" if qos == "guaranteed" else qos
        if driver == "cgroupfs":
            return "/".join(["", "kubepods", *([inner] if inner else []), "pod" + uid])
        top = (prefix + "-" if prefix else "") + "kubepods"
        folders = [prefix + ".slice"] if prefix else []
        folders.append(top + ".slice")
        if inner:
            folders.append(f"{top}-{inner}.slice")
        stem = top + (f"-{inner}" if inner else "")
        folders.append(f"{stem}-pod{uid.replace('-', '_')}.slice")
        return "/" + "/".join(folders)

    def pod(self, namespace, pod, containers, qos="burstable", driver="systemd",
            scope="cri-containerd-{}.scope", prefix="", uid=None, logs=True):
        """{name: Cgroup} of a pod's containers, {name: number}, beside its sandbox, "". The pod has
        a network namespace of its own that they share."""
        first = min(containers.values())
        uid = uid or pod_uid(first)
        folder = self.pod_folder(uid, qos, driver, prefix)
        scope = "{}" if driver == "cgroupfs" else scope
        network = HOST_NETWORK + first
        made = {}
        for name, number in {"": first + 500, **containers}.items():
            path = f"{folder}/{scope.format(container_id(number))}"
            made[name] = self.container(path, number, network, name=name or "pause")
            if not name:
                time.sleep(0.02)  # the sandbox is the oldest, by the kernel's clock too
            if name and logs:
                self.kubelet_log(namespace, pod, uid, name, container_id(number))
        return made

    def kubelet_log(self, namespace, pod, uid, container, identifier):
        """As the kubelet names logs: the link's name is cut at 255 bytes."""
        folder = f"/var/log/pods/{namespace}_{pod}_{uid}/{container}"
        write(self.root_path(folder, "0.log"), "")
        stem = f"{pod}_{namespace}_{container}-{identifier}"[:251]
        links = self.root_path("/var/log/containers")
        os.makedirs(links, exist_ok=True)
        os.symlink(f"{folder}/0.log", os.path.join(links, stem + ".log"))

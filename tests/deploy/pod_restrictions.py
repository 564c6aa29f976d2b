"""What a container may do: out of its manifest, into a plan for sandbox.py, and looked for in the
process that was started."""
import os

import tools  # first: it leads to tests/e2e
import live_cgroup
import sandbox

CAPABILITIES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE "
    "NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO "
    "SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME "
    "SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG "
    "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split()
ENGINE_DEFAULT = {
    "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP",
    "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"}
CONTAINER_KEYS = {"allowPrivilegeEscalation", "capabilities", "privileged",
                  "readOnlyRootFilesystem", "runAsGroup", "runAsNonRoot", "runAsUser",
                  "seccompProfile"}
POD_KEYS = {"fsGroup", "fsGroupChangePolicy", "runAsGroup", "runAsNonRoot", "runAsUser",
            "seccompProfile", "supplementalGroups"}
MASKED = ("/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
          "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
          "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap")
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
# Writable in every container: the engine's own file systems, none of which outlives it.
ENGINE_WRITABLE = ("/proc", "/dev", "/dev/pts", "/dev/mqueue", "/dev/shm", "/dev/termination-log")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


class Restrictions:
    """Of one container: the pod's, overridden by its own."""

    def __init__(self, pod, container, image):
        of_pod, own = pod.get("securityContext", {}), container.get("securityContext", {})
        for what, found, known in (("the pod", of_pod, POD_KEYS),
                                   (container["name"], own, CONTAINER_KEYS)):
            if set(found) - known:
                raise AssertionError(f"securityContext of {what}: the tests do not know what to do "
                                     f"about {sorted(set(found) - known)}")
        merged = {**of_pod, **own}
        self.uid, self.gid = merged.get("runAsUser", image.uid), merged.get("runAsGroup", image.gid)
        self.groups = sorted({*of_pod.get("supplementalGroups", []),
                              *([of_pod["fsGroup"]] if "fsGroup" in of_pod else [])})
        self.read_only_root = own.get("readOnlyRootFilesystem", False)
        self.no_new_privileges = own.get("allowPrivilegeEscalation") is False
        self.seccomp = merged.get("seccompProfile", {}).get("type", "Unconfined")
        self.capabilities = self.kept(own.get("capabilities", {}))
        if self.uid == 0 and merged.get("runAsNonRoot"):
            raise AssertionError(f"{container['name']}: runAsNonRoot, and the user is root")
        if own.get("privileged") or self.seccomp not in ("RuntimeDefault", "Unconfined"):
            raise AssertionError(f"{container['name']}: {own}: not done here")

    @staticmethod
    def kept(spec):
        kept = set() if "ALL" in spec.get("drop", []) else ENGINE_DEFAULT - {*spec.get("drop", [])}
        return {f"CAP_{name}" for name in kept | {*spec.get("add", [])}}

    def numbers(self):
        return sorted(CAPABILITIES.index(name[4:]) for name in self.capabilities)

    def plan(self):
        return {"uid": self.uid, "gid": self.gid, "groups": self.groups,
                "read_only_root": self.read_only_root, "capabilities": self.numbers(),
                "no_new_privileges": self.no_new_privileges, "masked": MASKED,
                "read_only_paths": READ_ONLY}


def engine_mounts(restrictions, files):
    """What is in every container, whatever its image: `files` are the pod's own."""
    return [
        {"source": "proc", "target": "/proc", "type": "proc",
         "flags": ["nosuid", "nodev", "noexec"]},
        {"source": "tmpfs", "target": "/dev", "type": "tmpfs", "flags": ["nosuid"],
         "data": "mode=755,size=65536k"},
        {"source": "devpts", "target": "/dev/pts", "type": "devpts", "flags": ["nosuid", "noexec"],
         "data": "newinstance,ptmxmode=0666,mode=0620"},
        {"source": "mqueue", "target": "/dev/mqueue", "type": "mqueue",
         "flags": ["nosuid", "nodev", "noexec"]},
        {"source": "shm", "target": "/dev/shm", "type": "tmpfs",
         "flags": ["nosuid", "nodev", "noexec"], "data": "mode=1777,size=65536k"},
        {"source": "sysfs", "target": "/sys", "type": "sysfs",
         "flags": ["ro", "nosuid", "nodev", "noexec"]},
        *cgroup_mounts(),
        *[{"source": files[name], "target": f"/etc/{name}",
           "read_only": restrictions.read_only_root}
          for name in ("hosts", "hostname", "resolv.conf")],
        {"source": files["termination-log"], "target": "/dev/termination-log"},
    ]


def cgroup_mounts():
    """The container's own control groups, of which it sees no more than from its own on."""
    flags = ["ro", "nosuid", "nodev", "noexec"]
    found = live_cgroup.find_hierarchies()
    points = {point: controller for controller, point in found.items()}
    if points == {"/sys/fs/cgroup": ""}:
        return [{"source": "cgroup", "target": "/sys/fs/cgroup", "type": "cgroup2", "flags": flags}]
    return [{"source": "tmpfs", "target": "/sys/fs/cgroup", "type": "tmpfs",
             "flags": flags[1:], "data": "mode=755", "sealed": True},
            *[{"source": "cgroup", "target": point, "flags": flags, "data": controller,
               "type": "cgroup" if controller else "cgroup2"}
              for point, controller in sorted(points.items())]]


def status_of(pid):
    with open(f"/proc/{pid}/status") as status:
        return {name: text.strip() for name, _, text in (line.partition(":") for line in status)}


def mounts_of(pid):
    """[(where, whether read-only)] as the process sees them; the last at a place counts."""
    with open(f"/proc/{pid}/mountinfo") as mounts:
        return [(fields[4], "ro" in fields[5].split(","))
                for fields in (line.split() for line in mounts)]


def problems(pid, restrictions, container, pod):
    """Restrictions that the process does not have; empty where all is well."""
    first = sandbox.FIRST_ID if pod.get("hostUsers") is False else 0
    return [*identity_problems(pid, restrictions, first), *namespace_problems(pid, pod),
            *mount_problems(mounts_of(pid), restrictions, container)]


def identity_problems(pid, wanted, first):
    """`first` is this machine's id of what is 0 in the container."""
    status = status_of(pid)
    bits = sum(1 << number for number in wanted.numbers())
    effective = bits if wanted.uid == 0 else 0
    expected = {
        "Uid": [first + wanted.uid] * 4, "Gid": [first + wanted.gid] * 4,
        "Groups": [first + group for group in wanted.groups],
        "NoNewPrivs": [int(wanted.no_new_privileges)],
        "Seccomp": [0 if wanted.seccomp == "Unconfined" else 2]}
    found = [f"{name}: {status[name]} instead of {numbers}" for name, numbers in expected.items()
             if [int(text) for text in status[name].split()] != numbers]
    for name, number in (("CapBnd", bits), ("CapEff", effective), ("CapPrm", effective),
                         ("CapInh", 0), ("CapAmb", 0)):
        if int(status[name], 16) != number:
            found.append(f"{name}: {status[name]} instead of {number:016x}")
    return found


def namespace_problems(pid, pod):
    kinds = ["mnt", "net", "ipc", "uts", "cgroup"]
    kinds += ["pid"] if not pod.get("hostPID") else []
    kinds += ["user"] if pod.get("hostUsers") is False else []
    return [f"the machine's {kind} namespace" for kind in kinds
            if os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}")]


def mount_problems(mounts, restrictions, container):
    """What is writable and ought not to be, and what ought to be read-only."""
    state = dict(mounts)
    declared = {one["mountPath"].rstrip("/"): one for one in container.get("volumeMounts", [])}
    writable = {*ENGINE_WRITABLE, *(f"/dev/{name}" for name in DEVICES), *MASKED,
                *(path for path, one in declared.items() if not one.get("readOnly"))}
    if not restrictions.read_only_root:
        writable |= {"/", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}
    below = tuple(f"{path}/" for path, one in declared.items()
                  if one.get("recursiveReadOnly", "Disabled") == "Disabled")
    return [*[f"{path} is writable" for path, read_only in state.items()
              if not read_only and path not in writable
              and not (below and path.startswith(below))],
            *[f"{path} is not mounted" for path in declared if path not in state]]

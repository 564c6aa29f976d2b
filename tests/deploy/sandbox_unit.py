"""Runs a systemd service as its unit restricts it, by the kernel's own means: the mounts, the user,
the capabilities and the system calls that systemd would make of the directives. A directive that is
not known here is an error, lest one be believed to be in force that is not.

What limits a machine's resources and restarts a service (control groups, Restart=, WatchdogSec=) is
systemd's own and no part of this.
"""
import json
import os
import re
import socket
import subprocess

import tools  # first: it leads to tests/e2e
import pod_image
import pod_restrictions
import support
from pod_container import Started

DYNAMIC_USER = 61999
# Known, and nothing that a process could miss or test here.
ELSEWHERE = {
    "Type", "EnvironmentFile", "Restart", "RestartSec", "RestartPreventExitStatus", "WatchdogSec",
    "TimeoutStopSec", "ConfigurationDirectory", "UMask", "LimitNOFILE", "MemoryMax", "TasksMax",
    "DevicePolicy", "PrivateIPC", "PrivateMounts", "ProtectHostname", "KeyringMode", "RemoveIPC",
    "ExecStart", "ExecReload", "AmbientCapabilities", "SystemCallArchitectures",
    "SystemCallErrorNumber", "RestrictSUIDSGID", "ProtectKernelModules", "ProtectKernelLogs",
    "ProtectClock", "RestrictRealtime"}
# Those that become mounts, rights and the filter; each with the value that it must have.
MADE = {
    "DynamicUser": "yes", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "",
    "ProtectSystem": "strict", "ProtectHome": "read-only", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "ProtectControlGroups": "yes", "ProtectKernelTunables": "yes",
    "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes", "RestrictNamespaces": "yes",
    "RestrictAddressFamilies": None, "SystemCallFilter": None}
TUNABLES = ("/proc/sys", "/proc/sysrq-trigger", "/proc/acpi", "/proc/fs", "/proc/irq", "/proc/bus")
# What the last directives forbid of calls that the groups of SystemCallFilter= allow.
FORBIDDEN = {"unshare", "setns", "clone3", "personality", "clone", "mmap", "mmap2", "mprotect",
             "pkey_mprotect", "shmat", "socket", "socketpair", "sched_setscheduler",
             "syslog", "clock_settime", "sethostname", "setdomainname"}
NAMESPACE_FLAGS = 0x7E020080
WRITE, EXECUTE, SHM_EXEC = 2, 4, 0o100000


def directives(path):
    """{name: [values]} of a unit's [Service]; an empty value forgets those before it."""
    found, section = {}, ""
    with open(path) as unit:
        for line in unit.read().replace("\\\n", " ").splitlines():
            line = line.strip()
            if line.startswith("["):
                section = line
            elif section == "[Service]" and line and line[0] not in "#;":
                name, _, value = line.partition("=")
                found.setdefault(name, []).append(value)
    unknown = sorted(set(found) - ELSEWHERE - set(MADE))
    if unknown:
        raise AssertionError(f"{path}: the tests do not know what to do about {unknown}")
    for name, wanted in MADE.items():
        if name not in found or wanted not in (None, found[name][-1]):
            raise AssertionError(f"{path}: {name}={found.get(name)}: only {wanted} is known here")
    return found


def call_groups(test):
    """{@group: names}, as this machine's systemd has them."""
    text = tools.run(tools.tool(test, "systemd-analyze"), "--no-pager", "syscall-filter").stdout
    groups, name = {}, None
    for line in text.splitlines():
        if line.startswith("@"):
            name = line.strip()
            groups[name] = []
        elif re.fullmatch(r"    [@\w-]+", line) and name:
            groups[name].append(line.strip())
    return groups


def members(groups, name):
    if not name.startswith("@"):
        return {name}
    return set().union(*(members(groups, one) for one in groups[name]))


def allowed_calls(test, filters):
    """Of SystemCallFilter= lines: the first allows, those with ~ take away."""
    groups = call_groups(test)
    allowed = members(groups, "@default")
    for line in filters:
        names = set().union(*(members(groups, name) for name in line.lstrip("~").split()))
        allowed = allowed - names if line.startswith("~") else allowed | names
    return allowed


def allow(*names, **condition):
    rule = {"names": list(names), "action": "SCMP_ACT_ALLOW"}
    return {**rule, "args": [condition]} if condition else rule


def without(index, mask):
    """The condition that an argument has none of these bits."""
    return {"index": index, "op": "SCMP_CMP_MASKED_EQ", "value": mask, "valueTwo": 0}


def profile(test, unit):
    """The filter in the form that seccomp_profile.py takes."""
    families = [getattr(socket, name) for name in unit["RestrictAddressFamilies"][-1].split()]
    allowed = allowed_calls(test, unit["SystemCallFilter"])
    return {"defaultErrnoRet": 1, "syscalls": [
        allow(*sorted(allowed - FORBIDDEN)),
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
        allow("clone", **without(0, NAMESPACE_FLAGS)),
        *[allow("mmap", **without(2, bit)) for bit in (WRITE, EXECUTE)],
        allow("mprotect", "pkey_mprotect", **without(2, EXECUTE)),
        allow("shmat", **without(2, SHM_EXEC)),
        *[allow("socket", "socketpair", index=0, op="SCMP_CMP_EQ", value=int(family))
          for family in families]]}


def compile_filter(test, unit, folder):
    pod_image.seccomp_filter(test, set())  # what it takes is there, or the test is skipped
    path, out = os.path.join(folder, "profile.json"), os.path.join(folder, "filter.bpf")
    with open(path, "w") as file:
        json.dump(profile(test, unit), file)
    subprocess.run(["/usr/bin/python3", "-I", pod_image.SECCOMP_PROFILE, path, out], check=True)
    return out


class UnitService:
    """The service of a unit; `configuration` is the folder that stands for /etc/litewatch,
    `program` a command that is run in the service's place."""

    def __init__(self, test, path, configuration, env=None, volumes=(), program=None):
        self.unit, self.folder = directives(path), test.folder
        command = [part for part in self.unit["ExecStart"][-1].split() if not part.startswith("$")]
        command.append("--web.listen-address=127.0.0.1:0")  # as LITEWATCH_FLAGS= may say
        plan = {
            "image": "/", "work": test.path("work"), "read_only_root": True,
            "mounts": self.mounts(configuration, volumes), "masked": [],
            "read_only_paths": TUNABLES, "uid": DYNAMIC_USER, "gid": DYNAMIC_USER, "groups": [],
            "capabilities": [], "no_new_privileges": True, "cgroups": [], "join": {},
            "unshare": ["mnt", "ipc", "uts"],
            "filter": compile_filter(test, self.unit, test.folder),
            "command": program or command, "folder": "/",
            "env": {"PATH": "/usr/bin:/bin", **(env or {})}}
        os.mkdir(plan["work"])
        self.log = test.path("service.log")
        self.started = Started(plan, test.folder, self.log)
        test.addCleanup(self.close)
        self.check_restrictions()

    @staticmethod
    def mounts(configuration, volumes):
        """A read-only view of the machine, with a /tmp and a /dev of its own. `volumes` are folders
        of the test, which stay what they are: the machine's."""
        empty = {"type": "tmpfs", "source": "tmpfs", "flags": ["nosuid", "nodev"]}
        mounted = [(path, path) for path in ("/proc", "/sys")]
        return [*[{"source": source, "target": target, "read_only": source != "/proc",
                   "recursive": True} for source, target in mounted],
                {**empty, "target": "/tmp"}, {**empty, "target": "/var/tmp"},
                {**empty, "target": "/dev", "data": "mode=755"},
                {"source": os.path.abspath(support.LITEWATCH), "target": "/usr/bin/litewatch",
                 "read_only": True},
                {"source": configuration, "target": "/etc/litewatch", "read_only": True},
                *[{"source": folder, "target": folder, "read_only": True} for folder in volumes]]

    def check_restrictions(self):
        status = pod_restrictions.status_of(self.started.pid)
        wanted = {"Uid": "\t".join([str(DYNAMIC_USER)] * 4), "NoNewPrivs": "1", "Seccomp": "2",
                  "CapBnd": "0" * 16, "CapEff": "0" * 16, "Groups": ""}
        lost = {name: status[name] for name, text in wanted.items() if status[name] != text}
        state = dict(pod_restrictions.mounts_of(self.started.pid))
        own = ("/proc", "/tmp", "/var/tmp", "/dev")
        writable = [path for path, read_only in state.items()
                    if not read_only and not path.startswith(own)]
        if lost or writable:
            raise AssertionError(f"the service lost restrictions: {lost} {writable}")

    def log_text(self):
        with open(self.log) as log:
            return log.read()

    def port(self):
        """Where it listens, by its log."""
        return support.wait_until(
            lambda: re.search(r'listening on \S*:(\d+)', self.log_text()), 10, "listening")[1]

    def close(self):
        self.started.end()
        self.started.process.wait(20)

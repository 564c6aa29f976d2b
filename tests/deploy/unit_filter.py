"""Compiles what a unit says of system calls: unit_filter.py OUT FAMILIES CALL...

CALL is a system call or a group of systemd's ("@system-service"); "~" before it takes it away, as
in SystemCallFilter=. Besides, it does what RestrictAddressFamilies=, MemoryDenyWriteExecute= and
RestrictNamespaces= do. Run by Debian's python3 -I, which has libseccomp.
"""
import errno
import subprocess
import sys

import seccomp

WRITE, EXECUTE = 2, 4
# CLONE_NEW... of the kernel: cgroup, uts, ipc, user, pid, net, mount.
NAMESPACES = 0x7e000000 | 0x00020000
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
# systemd allows these whatever the unit says.
ALWAYS = ("@default",)


def members(name):
    """The system calls of a group, groups within it included."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], text=True, check=True,
                            capture_output=True).stdout
    lines = [line.strip() for line in listed.splitlines()[1:]]
    found = set()
    for line in lines:
        if line and not line.startswith("#"):
            found |= members(line)
    return found


def allowed(words):
    calls = set().union(*map(members, ALWAYS))
    for word in words:
        if word.startswith("~"):
            calls -= members(word[1:])
        else:
            calls |= members(word)
    return calls


def add(result, call, families):
    equal, masked = seccomp.EQ, seccomp.MASKED_EQ
    if call == "socket":
        for family in families:
            result.add_rule(seccomp.ALLOW, call, seccomp.Arg(0, equal, FAMILIES[family]))
    elif call == "mmap":
        for protection in (0, WRITE, EXECUTE):
            result.add_rule(seccomp.ALLOW, call,
                            seccomp.Arg(2, masked, WRITE | EXECUTE, protection))
    elif call in ("mprotect", "pkey_mprotect"):
        result.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, masked, EXECUTE, 0))
    elif call == "clone":
        result.add_rule(seccomp.ALLOW, call, seccomp.Arg(0, masked, NAMESPACES, 0))
    elif call not in ("clone3", "unshare", "setns"):
        result.add_rule(seccomp.ALLOW, call)


def main():
    out, families, *words = sys.argv[1:]
    result = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for call in sorted(allowed(words)):
        if seccomp.resolve_syscall(seccomp.Arch(), call) >= 0:
            add(result, call, families.split(","))
    # As systemd does it: its flags are in memory, and libc falls back to clone.
    result.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    with open(out, "wb") as program:
        result.export_bpf(program)


if __name__ == "__main__":
    main()

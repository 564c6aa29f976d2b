"""Starts a program as a container engine would: sandbox.py PLAN STATUS

PLAN is a JSON file (pod_container.py writes it), STATUS the number of a pipe. On the pipe appears
the id of the program's process; then it ends if the program was started, or says what failed. This
process stays, waits for the program, and ends with its exit code, 128 + N where signal N ended it.

What can be restricted is restricted here by the kernel's own calls, in an engine's order.
"""
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import traceback

LIBC = ctypes.CDLL(None, use_errno=True)
NAMESPACES = {"user": 0x10000000, "mnt": 0x00020000, "cgroup": 0x02000000, "uts": 0x04000000,
              "ipc": 0x08000000, "pid": 0x20000000, "net": 0x40000000}
FIRST_ID, IDS = 1 << 20, 1 << 16  # of a user namespace: 0 in it is FIRST_ID outside
MOUNT_FLAGS = {"ro": 1, "nosuid": 2, "nodev": 4, "noexec": 8, "remount": 32, "bind": 4096,
               "rec": 16384, "private": 1 << 18, "slave": 1 << 19}
UMOUNT_DETACH = 2
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}[os.uname().machine]
SYS_MOUNT_SETATTR = 442
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 22, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
SIOCSIFADDR, SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8916, 0x8913, 0x8914, 1


def check(result, what):
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def call(name, *arguments):
    return check(getattr(LIBC, name)(*arguments), f"{name}{arguments}")


def prctl(option, value=0, more=0):
    return check(LIBC.prctl(option, ctypes.c_ulong(value) if isinstance(value, int) else value,
                            ctypes.c_ulong(more), 0, 0), f"prctl {option}")


def join(kind, path):
    """Enters the namespace of that kind behind /proc/PID/ns/KIND; only this thread for net."""
    with open(path) as namespace:
        call("setns", namespace.fileno(), NAMESPACES[kind])


def unshare(kinds):
    if kinds:
        call("unshare", sum(NAMESPACES[kind] for kind in kinds))


def mount(source, target, kind="", flags=(), data=""):
    check(LIBC.mount(source.encode(), target.encode(), kind.encode(),
                     ctypes.c_ulong(sum(MOUNT_FLAGS[flag] for flag in flags)), data.encode()),
          f"mount {source} on {target} ({kind} {','.join(flags)} {data})")


def raise_loopback(address):
    """The loopback interface goes up; `address`, the pod's, is on it, too."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        name = struct.pack("16sH14s", b"lo", 0, b"")
        flags, = struct.unpack_from("H", fcntl.ioctl(control, SIOCGIFFLAGS, name), 16)
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | IFF_UP, b""))
        fcntl.ioctl(control, SIOCSIFADDR, struct.pack(
            "16sHH4s8s", b"lo:1", socket.AF_INET, 0, socket.inet_aton(address), b""))


def make_point(root, target, folder):
    """Where something is to be mounted: made where the image does not have it, as engines do."""
    point = root + target
    if os.path.islink(point):
        os.unlink(point)
    if os.path.exists(point):
        return point
    if folder:
        os.makedirs(point)
    else:
        os.makedirs(os.path.dirname(point), exist_ok=True)
        open(point, "w").close()
    return point


def make_read_only(point, recursive):
    """Of all below too, if `recursive`; a bind mount is made read-only by itself alone."""
    if not recursive:
        has = os.statvfs(point).f_flag  # what the mount has, it keeps
        keep = [flag for flag in ("nosuid", "nodev", "noexec") if has & MOUNT_FLAGS[flag]]
        mount("", point, "", ["remount", "bind", "ro", *keep])
        return
    attributes = struct.pack("QQQQ", 1, 0, 0, 0)
    check(LIBC.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, point.encode(), AT_RECURSIVE, attributes,
                       ctypes.c_size_t(len(attributes))), f"mount_setattr {point}")


def mount_one(root, one):
    """{source, target, type, flags, data}; without a type it is a bind mount."""
    folder = bool(one.get("type")) or os.path.isdir(one["source"])
    point = make_point(root, one["target"], folder)
    if one.get("type"):
        mount(one["source"], point, one["type"], one.get("flags", ()), one.get("data", ""))
    else:
        mount(one["source"], point, "", ["bind", "rec"])
        mount("", point, "", ["rec", "slave" if one.get("slave") else "private"])
        if one.get("read_only"):
            make_read_only(point, one.get("recursive", False))


def make_devices(root):
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        make_point(root, f"/dev/{name}", folder=False)
        mount(f"/dev/{name}", f"{root}/dev/{name}", "", ["bind"])
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{target}", f"{root}/dev/{name}")


def mask(root, path):
    """What engines hide, with an empty folder or /dev/null."""
    if os.path.isdir(root + path):
        mount("tmpfs", root + path, "tmpfs", ["ro"])
    elif os.path.exists(root + path):
        mount("/dev/null", root + path, "", ["bind"])


def make_root(plan):
    """The image below a layer of the container's own, with the mounts; nothing else is left."""
    mount("", "/", "", ["rec", "slave"])
    work = plan["work"]
    mount("tmpfs", work, "tmpfs", ["nosuid", "nodev"])
    layers = [f"{work}/{name}" for name in ("upper", "work", "root")]
    for layer in layers:
        os.mkdir(layer)
        os.chmod(layer, 0o755)
    root = layers[2]
    mount("overlay", root, "overlay", (),
          f"lowerdir={plan['image']},upperdir={layers[0]},workdir={layers[1]}")
    for one in plan["mounts"]:
        mount_one(root, one)
        if one["target"] == "/dev":
            make_devices(root)
    for one in plan["mounts"]:
        if one.get("sealed"):  # now that all below it is mounted
            make_read_only(root + one["target"], recursive=False)
    for path in plan["masked"]:
        mask(root, path)
    for path in plan["read_only_paths"]:
        if os.path.exists(root + path):
            mount(root + path, root + path, "", ["bind", "rec"])
            make_read_only(root + path, recursive=False)
    if plan["read_only_root"]:
        make_read_only(root, recursive=False)
    os.chdir(root)
    check(LIBC.syscall(SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    call("umount2", b".", UMOUNT_DETACH)


def drop_capabilities(keep):
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    with open("/proc/sys/kernel/cap_last_cap") as last:
        for number in range(int(last.read()) + 1):
            if number not in keep:
                prctl(PR_CAPBSET_DROP, number)


def set_capabilities(keep):
    bits = sum(1 << number for number in keep)
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    low, high = bits & 0xffffffff, bits >> 32
    check(LIBC.syscall(SYS_CAPSET, header, struct.pack("6I", low, low, 0, high, high, 0)), "capset")


def load_filter(program):
    """Of the system calls: instructions of 8 bytes each."""
    buffer = ctypes.create_string_buffer(program, len(program))
    pointer = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)), 16)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(pointer))


def restrict(plan, program):
    """The user, the capabilities, the system calls. A filter takes a capability to load, or the
    promise of no new privileges."""
    keep = set(plan["capabilities"])
    if program and not plan["no_new_privileges"]:
        load_filter(program)
    drop_capabilities(keep)
    os.setgroups(plan["groups"])
    os.setresgid(*[plan["gid"]] * 3)
    os.setresuid(*[plan["uid"]] * 3)
    set_capabilities(keep if plan["uid"] == 0 else ())
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if plan["no_new_privileges"]:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        if program:
            load_filter(program)


def pause():
    """The first process of a pod, which holds its namespaces and reaps what is left over."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        signal.pause()


def in_child(plan, program, status, mapping):
    if "address" in plan:
        raise_loopback(plan["address"])
    if "hostname" in plan:
        socket.sethostname(plan["hostname"])
    if "image" in plan:
        make_root(plan)
    os.umask(0o022)
    os.chdir(plan["folder"])
    if plan.get("user_namespace") == "new":
        unshare(["user"])
        mapping.child_waits()
    elif plan.get("user_namespace"):
        call("setns", plan["user_namespace"], NAMESPACES["user"])
    restrict(plan, program)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
        signal.signal(number, signal.SIG_DFL)
    if plan["command"] == ["pause"]:
        os.close(status)
        pause()
    os.execve(plan["command"][0], plan["command"], plan["env"])


class Mapping:
    """Of a new user namespace: its first process makes it, one outside says which ids are in it."""

    def __init__(self, plan):
        self.wanted = plan.get("user_namespace") == "new"
        self.made, self.mapped = os.pipe(), os.pipe()

    def child_waits(self):
        os.write(self.made[1], b".")
        os.read(self.mapped[0], 1)

    def write(self, child):
        if not self.wanted:
            return
        os.close(self.made[1])
        if not os.read(self.made[0], 1):
            return  # it could not be made; the child says why
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{child}/{name}", "w") as ids:
                ids.write(f"0 {FIRST_ID} {IDS}")
        os.write(self.mapped[1], b".")


def start(plan, status):
    """The id of the started process, in this process's PID namespace."""
    program = b""
    if plan.get("filter"):
        with open(plan["filter"], "rb") as file:
            program = file.read()
    for folder in plan["cgroups"]:
        with open(os.path.join(folder, "cgroup.procs"), "w") as members:
            members.write("0")
    if plan.get("user_namespace", "new") != "new":
        plan["user_namespace"] = os.open(plan["user_namespace"], os.O_RDONLY)
    # The mount namespace last: with it, this machine's /proc is out of reach.
    for kind, path in sorted(plan["join"].items(), key=lambda one: one[0] == "mnt"):
        join(kind, path)
    unshare(plan["unshare"])
    mapping = Mapping(plan)
    child = os.fork()
    if child == 0:
        try:
            in_child(plan, program, status, mapping)
        except BaseException:  # whatever it is, it ends here, and the test reads it
            os.write(status, traceback.format_exc().encode())
        os._exit(126)
    mapping.write(child)
    return child


def main():
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    status = int(sys.argv[2])
    os.set_inheritable(status, False)
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    try:
        child = start(plan, status)
    except Exception:
        os.write(status, traceback.format_exc().encode())
        sys.exit(126)
    os.write(status, f"{child}\n".encode())
    os.close(status)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(ended if ended >= 0 else 128 - ended)


if __name__ == "__main__":
    main()

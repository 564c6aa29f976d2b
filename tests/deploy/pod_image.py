"""Root file systems for containers: litewatch's image, and this machine for what plays an app."""
import dataclasses
import functools
import os
import re
import shutil
import subprocess
import tempfile

import tools  # first: it leads to tests/e2e
import support

NONROOT = 65532
SECCOMP_PROFILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seccomp_profile.py")
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"


@dataclasses.dataclass
class Image:
    """What an image brings: files, a command and a user."""
    root: str
    entrypoint: list
    command: list
    uid: int = 0
    gid: int = 0


def machine():
    """This machine's programs: an app's container has them below its own mounts."""
    return Image("/", [], [])


def libraries(program):
    """The files that the dynamic linker loads for it, itself included."""
    return re.findall(r"(?:=> )?(/\S+) \(0x", tools.run("ldd", program).stdout)


def copy_into(root, source, target=None):
    path = os.path.join(root, (target or source).lstrip("/"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copy(os.path.realpath(source), path)


def copy_program(root, program, target=None):
    """A program with the libraries that it needs."""
    copy_into(root, program, target)
    for library in libraries(program):
        copy_into(root, library)


def write_into(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def add_user(root, name, uid):
    """The only one that the image knows."""
    write_into(root, "etc/passwd", f"{name}:x:{uid}:{uid}::/:/sbin/nologin\n")
    write_into(root, "etc/group", f"{name}:x:{uid}:\n")


def open_folders(root):
    """Everybody may look into its folders."""
    for folder, _, _ in os.walk(root):
        os.chmod(folder, 0o755)


def assemble(root):
    """litewatch's image out of the programs that are built, with the libraries that they need."""
    for program in (support.LITEWATCH, support.LITETOOL):
        copy_program(root, program, f"usr/bin/{os.path.basename(program)}")
    copy_into(root, f"/{CERTIFICATES}")
    add_user(root, "nonroot", NONROOT)
    write_into(root, "etc/litewatch/litewatch.yml", "{}\n")
    open_folders(root)


@functools.cache
def made():
    """Made once, and gone with this process: the folder of images and filters."""
    folder = tempfile.TemporaryDirectory(prefix="litewatch-image-")
    os.chmod(folder.name, 0o755)
    return folder


@functools.cache
def litewatch():
    """litewatch's image: the static one if the tests have built it of what is built now, else one
    that is put together; both start as the Dockerfile says."""
    static = os.path.join(support.ROOT, "build", "image", "rootfs-static")
    program = os.path.join(static, "usr", "bin", "litewatch")
    root = os.path.join(tempfile.mkdtemp(dir=made().name), "root")
    with tools.locked("rootfs-static"):
        built = os.path.exists(program) and \
            os.path.getmtime(support.LITEWATCH) <= os.path.getctime(program)
        if built:
            shutil.copytree(static, root, symlinks=True)
    if not built:
        assemble(root)
    os.chmod(os.path.dirname(root), 0o755)
    return Image(root, ["/usr/bin/litewatch"], ["--config.file=/etc/litewatch/litewatch.yml"],
                 NONROOT, NONROOT)


def seccomp_filter(test, capabilities):
    """The engines' default filter for a container that has these capabilities."""
    profile = os.path.join(tools.TOOLS, "seccomp", "default.json")
    if not os.path.exists(profile):
        support.skip(test, f"no {profile}; tests/run.sh deploy installs it, or says why it cannot")
    out = os.path.join(made().name, f"filter-{'-'.join(sorted(capabilities)) or 'none'}.bpf")
    if not os.path.exists(out):
        done = subprocess.run(
            ["/usr/bin/python3", "-I", SECCOMP_PROFILE, profile, out, *sorted(capabilities)],
            capture_output=True, text=True)
        if "No module named 'seccomp'" in done.stderr:
            support.skip(test, "python3-seccomp is not installed; tests/run.sh deploy installs it")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
    return out

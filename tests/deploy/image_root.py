"""The root file systems of litewatch's images, built as their Dockerfiles do, under build/image."""
import hashlib
import os
import shutil
import subprocess

import tools  # first: it leads to tests/e2e
import support
from pod_image import NONROOT, Image

FOLDER = os.path.join(support.ROOT, "build", "image")
SCRIPT = os.path.join(tools.DEPLOY, "image", "build_rootfs.sh")
SOURCES = os.path.join(os.path.dirname(__file__), "debian_sources.sh")
# One checkout's objects serve another one's build.
CCACHE = {"CCACHE_BASEDIR": support.ROOT, "CCACHE_NOHASHDIR": "1"}


def call(*command, seconds=3600):
    """Runs a step of the build, whose log is in the error where it fails."""
    done = subprocess.run([*map(str, command)], cwd=support.ROOT, text=True, timeout=seconds,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **CCACHE})
    for line in done.stdout.splitlines():
        if line.startswith("NOTE:"):
            print(line, flush=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n"
                             f"{done.stdout[-6000:]}")
    return done.stdout


def fresh(name):
    """A folder of that name, for a root, with nothing in it."""
    path = os.path.join(FOLDER, name)
    shutil.rmtree(path, ignore_errors=True)
    return path


def sources():
    """A folder with the sources of all libraries that are fetched."""
    path = os.path.join(FOLDER, "sources")
    call(SOURCES, path)
    return path


def static_build():
    return os.path.join(FOLDER, "static")


def static_root(name="rootfs-static"):
    """Compiles what has changed; the root of that name, the caller's own, is made anew."""
    root = os.path.join(FOLDER, name)
    with tools.locked("static-build"):
        made = fresh(name + "-unfinished")
        call(SCRIPT, "--static", f"--build={static_build()}", f"--sources={sources()}", made)
        with tools.locked(name):
            os.rename(made, fresh(name))
    return root


def debian_base():
    """A root of that variant; made anew only where the script or the list of packages changed."""
    digest = hashlib.sha256()
    for path in (SCRIPT, os.path.join(os.path.dirname(SCRIPT), "debian_packages.txt")):
        with open(path, "rb") as file:
            digest.update(file.read())
    path = os.path.join(FOLDER, f"debian-{digest.hexdigest()[:12]}")
    if not os.path.exists(path):
        unfinished = fresh("debian-unfinished")
        call(SCRIPT, "--debian", f"--build={support.BUILD}", "--no-compile", unfinished)
        os.rename(unfinished, path)
    return path


def debian_root():
    """Of the programs that the tests run anyway: that variant's build is no other. As in its
    Dockerfile, they are copied onto the base."""
    base, files, root = debian_base(), fresh("files-debian"), fresh("rootfs-debian")
    call(SCRIPT, "--debian", "--files-only", f"--build={support.BUILD}", "--no-compile", files)
    call("cp", "--archive", base, root)
    call("cp", "--archive", f"{files}/.", root)
    return root


def image(root):
    """As the Dockerfile says."""
    return Image(root, ["/usr/bin/litewatch"], ["--config.file=/etc/litewatch/litewatch.yml"],
                 NONROOT, NONROOT)


def size(path):
    """Bytes of a file, or of all files in a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.lstat(os.path.join(folder, name)).st_size
               for folder, _, names in os.walk(path) for name in names)


def mebibytes(number):
    return f"{number / (1 << 20):.1f} MiB"

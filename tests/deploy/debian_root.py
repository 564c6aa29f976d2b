"""A clean Debian system in a folder, to install packages in; nothing of it outlives the test."""
import os
import shutil
import subprocess
import tempfile

import tools  # first: it leads to tests/e2e
import support

CACHE = os.path.join(support.ROOT, "build", "tools", "debian")
RELEASE = "bookworm"
# Mounts are made in a namespace of the command's own, and are gone with it.
ENTER = """
mount --bind /dev "$1/dev"
mount -t proc proc "$1/proc"
mount --bind "$2" "$1/var/cache/apt/archives"
shift_root=$1; shift 2
exec chroot "$shift_root" "$@"
"""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
               "LC_ALL": "C.UTF-8", "HOME": "/root"}


def base_system(test):
    """The archive of a minimal system, made once."""
    archive = os.path.join(CACHE, f"{RELEASE}.tar")
    if not os.path.exists(archive):
        os.makedirs(os.path.join(CACHE, "archives", "partial"), exist_ok=True)
        tools.run(tools.tool(test, "mmdebstrap"), "--variant=minbase", "--quiet",
                  "--skip=cleanup/apt/lists", "--include=man-db,bash-completion", RELEASE,
                  archive + ".new.tar")
        os.rename(archive + ".new.tar", archive)
    return archive


class DebianRoot:
    """Needs root, as a package manager does."""

    def __init__(self, test):
        if os.geteuid() != 0:
            support.skip(test, "only root can install packages in a folder")
        archive = base_system(test)
        self.folder = tempfile.mkdtemp(prefix="root-", dir=CACHE)
        test.addClassCleanup(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)
        tools.run("tar", "--extract", "--numeric-owner", "--exclude=./dev/*", "--file", archive,
                  "--directory", self.folder)
        shutil.copy("/etc/resolv.conf", self.path("/etc/resolv.conf"))

    def path(self, inside):
        return os.path.join(self.folder, inside.lstrip("/"))

    def command(self, *words):
        return ["unshare", "--mount", "--propagation=private", "bash", "-c", "set -e" + ENTER,
                "bash", self.folder, os.path.join(CACHE, "archives"), *map(str, words)]

    def run(self, *words, check=True):
        done = subprocess.run(self.command(*words), env=ENVIRONMENT, text=True, timeout=300,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(words)}: exit code {done.returncode}\n"
                                 f"{done.stdout[-4000:]}")
        return done.stdout

    def apt(self, *words):
        """apt-get; with fresh lists where those of the archive are too old."""
        command = ("apt-get", "--yes", "--no-install-recommends", "--option=Dpkg::Use-Pty=0",
                   "--option=APT::Sandbox::User=root",
                   "--option=Dpkg::Options::=--force-unsafe-io",
                   # Of a file that both have changed, the administrator's, unasked.
                   "--option=Dpkg::Options::=--force-confdef", *words)
        try:
            return self.run(*command)
        except AssertionError:
            self.run("apt-get", "update")
            return self.run(*command)

    def bring(self, file):
        """Copies a file in; its path there."""
        shutil.copy(file, self.path("/tmp"))
        return "/tmp/" + os.path.basename(file)

    def files(self):
        """All paths but those that any installation leaves: lists, logs, caches, backups."""
        found = set()
        for path, folders, names in os.walk(self.folder):
            inside = path[len(self.folder):] or "/"
            if inside in ("/dev", "/proc", "/tmp", "/run", "/var/cache", "/var/log",
                          "/var/lib/apt"):
                folders[:] = []
                continue
            found |= {os.path.join(inside, name) for name in [*folders, *names]
                      if not (inside == "/var/lib/dpkg" and name.endswith("-old"))}
        return found

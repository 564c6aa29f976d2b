"""The same sources make the same programs and the same image, wherever, whenever and by whomever
they are built.

Every run builds a small program twice with the flags of the release (exporter/release.cmake), and
searches the real ones for what they must not know. LITEWATCH_FULL=1 builds the real ones twice.
"""
import getpass
import hashlib
import os
import re
import shutil
import socket
import subprocess
import unittest

import tools  # first: it leads to tests/e2e
import image_root
import support

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(reproducible LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 20)
set(LITEWATCH_DEPS fetch)
include(exporter/release.cmake)
include(exporter/layer.cmake)
add_subdirectory(exporter/base)
add_executable(program main.cpp)
litewatch_may_include(program base)
"""
MAIN = """
#include <cstdio>
#include "base/clock.h"
#include "base/utf8.h"
int main() { std::puts(__FILE__); }
"""
SHIPPED = ("CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "dashboards", "deploy",
           "exporter", "rules", "tests/deploy/debian_sources.sh")
DATE = re.compile(rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d 20\d\d")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def tree(root):
    """What an image's layer would hold of a root: type, mode, time and content of everything."""
    found = {}
    for folder, folders, names in os.walk(root):
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            found[os.path.relpath(path, root)] = (
                status.st_mode, status.st_mtime_ns,
                digest(path) if os.path.isfile(path) else None)
    return found


class SmallProgram(support.TestCase):
    """With the flags of the release."""

    def build(self, where, text=MAIN, date="2031-02-03 04:05:06", **options):
        """Builds in a folder of that name, on that day; gives the program's path."""
        folder = self.path(where)
        os.makedirs(os.path.join(folder, "exporter"))
        for name in ("release.cmake", "layer.cmake", "base"):
            source = os.path.join(support.ROOT, "exporter", name)
            copy = shutil.copytree if os.path.isdir(source) else shutil.copy
            copy(source, os.path.join(folder, "exporter", name))
        for name, content in (("CMakeLists.txt", PROJECT), ("main.cpp", text)):
            with open(os.path.join(folder, name), "w") as file:
                file.write(content)
        flags = {"LITEWATCH_REPRODUCIBLE": "ON", "LITEWATCH_STATIC": "ON",
                 "CMAKE_BUILD_TYPE": "Release", **options}
        environment = {"TZ": "Asia/Kathmandu" if len(where) % 2 else "UTC", "HOME": folder}
        build = os.path.join(folder, "out")
        tools.run("cmake", "-S", folder, "-B", build, "-G", "Ninja",
                  *[f"-D{name}={value}" for name, value in flags.items()], env=environment)
        tools.run(tools.tool(self, "faketime"), date, "cmake", "--build", build, env=environment)
        return os.path.join(build, "program")

    def test_the_folder_and_the_day_make_no_difference(self):
        one = self.build("a")
        other = self.build("a/folder/with-a-longer-name", date="2027-12-11 10:09:08")
        self.assertEqual(digest(one), digest(other))

    def test_without_the_flags_the_folder_makes_one(self):
        """So this test can tell."""
        one = self.build("a", LITEWATCH_REPRODUCIBLE="OFF")
        other = self.build("a/folder/with-a-longer-name", LITEWATCH_REPRODUCIBLE="OFF")
        self.assertNotEqual(digest(one), digest(other))

    def test_the_day_of_the_build_does_not_compile(self):
        with self.assertRaisesRegex(AssertionError, "might prevent reproducible builds"):
            self.build("a", text=MAIN.replace("__FILE__", "__DATE__"))


class Shipped(support.TestCase):
    """The programs of the static image."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = image_root.static_root("rootfs-reproducible")

    def test_they_know_nothing_of_their_build(self):
        secrets = {support.ROOT, os.path.expanduser("~") + "/",
                   f"{getpass.getuser()}@{socket.gethostname()}"}
        for name in ("litewatch", "litetool"):
            with open(os.path.join(self.root, "usr/bin", name), "rb") as file:
                program = file.read()
            for secret in secrets:
                self.assertEqual(program.count(secret.encode()), 0, f"{secret} in {name}")
            self.assertEqual(DATE.findall(program), [], name)

    def test_the_image_is_the_same_again(self):
        """Its files' times, too."""
        other = self.path("root")
        with tools.locked("static-build"):
            image_root.call(image_root.SCRIPT, "--static", f"--build={image_root.static_build()}",
                            "--no-compile", other)
        self.assertEqual(tree(self.root), tree(other))


@unittest.skipUnless(os.environ.get("LITEWATCH_FULL"), "two full builds: LITEWATCH_FULL=1")
class FullBuild(support.TestCase):
    def build(self, where):
        folder = self.path(where)
        listed = tools.run("git", "ls-files", "--cached", "--others", "--exclude-standard",
                           *SHIPPED)
        for name in listed.stdout.splitlines():
            target = os.path.join(folder, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.join(support.ROOT, name), target, follow_symlinks=False)
        root = os.path.join(folder, "root")
        done = subprocess.run(
            [os.path.join(folder, "deploy/image/build_rootfs.sh"), "--static",
             f"--sources={image_root.sources()}", root], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "CCACHE_DISABLE": "1", "SOURCE_DATE_EPOCH": "1700000000"})
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        return tree(root)

    def test_two_folders_make_the_same_image(self):
        self.assertEqual(self.build("a"), self.build("another/folder"))


if __name__ == "__main__":
    unittest.main()

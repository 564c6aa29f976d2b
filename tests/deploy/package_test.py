"""The Debian package: made by CPack; installed, run, upgraded and purged in a clean system."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

import tools  # first: it leads to tests/e2e
import support
import unit_file
from debian_root import ENVIRONMENT, DebianRoot
from notify_manager import Manager

CONFIG = "/etc/litewatch/litewatch.yml"
UNIT = "/lib/systemd/system/litewatch.service"
WANTED = "/etc/systemd/system/multi-user.target.wants/litewatch.service"
# Stands in for systemd: writes down what it is asked for, and knows what is enabled.
SYSTEMCTL = f"""#!/bin/sh
echo "$*" >>/asked
case "$*" in
  *is-enabled*) [ -L {WANTED} ] && echo enabled ;;
  *is-active*) [ -L {WANTED} ] ;;
  *" preset "*) mkdir -p "$(dirname {WANTED})" && ln -s {UNIT} {WANTED} ;;
esac
"""


class PackageTestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="litewatch-package-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        config = os.path.join(support.BUILD, "CPackConfig.cmake")
        cls.package = cls.make(config, "DEB")

    @classmethod
    def make(cls, config, generator):
        folder = os.path.join(cls.folder, generator)
        tools.run("cpack", "--config", config, "-G", generator, "-B", folder)
        made = [name for name in os.listdir(folder) if name.endswith((".deb", ".tar.gz"))]
        return os.path.join(folder, made[0])

    @classmethod
    def newer(cls, change):
        """A package of a higher version whose files `change` has changed, in its folder."""
        tree, package = os.path.join(cls.folder, "tree"), os.path.join(cls.folder, "newer.deb")
        shutil.rmtree(tree, ignore_errors=True)
        tools.run("dpkg-deb", "--raw-extract", cls.package, tree)
        control = os.path.join(tree, "DEBIAN", "control")
        with open(control) as file:
            text = re.sub(r"^Version: .*$", "Version: 99.0", file.read(), flags=re.M)
        with open(control, "w") as file:
            file.write(text)
        change(tree)
        tools.run("dpkg-deb", "--root-owner-group", "--build", tree, package)
        return package


class PackageTest(PackageTestCase):
    """The file."""

    def test_lintian(self):
        done = tools.run(tools.tool(self, "lintian"), "--allow-root", "--fail-on=error,warning",
                         "--tag-display-limit=0", self.package, check=False)
        self.assertEqual(("", 0), (done.stdout, done.returncode))

    def test_scripts(self):
        for name in ("postinst", "prerm", "postrm"):
            tools.run(tools.tool(self, "shellcheck"),
                      os.path.join(tools.DEPLOY, "package", name))

    def test_fields(self):
        fields = tools.run("dpkg-deb", "--field", self.package).stdout
        self.assertRegex(fields, r"(?m)^Package: litewatch$")
        self.assertRegex(fields, r"(?m)^Section: net$")
        self.assertRegex(fields, r"(?m)^Depends: .*\blibc6 \(>= ")
        version = tools.run(support.LITEWATCH, "--version").stdout.split()[1]
        self.assertRegex(fields, rf"(?m)^Version: {re.escape(version)}$")

    def test_the_default_configuration_is_valid(self):
        tools.run(support.LITEWATCH, "--config.check", "--config.file="
                  + os.path.join(tools.DEPLOY, "package", "litewatch.yml"))

    def test_the_archive_has_the_same_programs(self):
        config = os.path.join(support.BUILD, "CPackConfig.cmake")
        archive = self.make(config, "TGZ")
        listed = tools.run("tar", "--list", "--file", archive).stdout.split()
        for name in ("bin/litewatch", "bin/litetool", "share/man/man1/litewatch.1"):
            self.assertTrue(any(path.endswith("/" + name) for path in listed), f"{name}: {listed}")
        unit = tools.run("tar", "--extract", "--to-stdout", "--wildcards", "--file", archive,
                         "*/litewatch.service").stdout
        self.assertRegex(unit, r"(?m)^ExecStart=/usr/bin/litewatch\b")


class InstalledTest(PackageTestCase):
    """In a root of its own; the tests of its life stand in one, because each needs what the one
    before it left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = None

    def setUp(self):
        if self.root is None:
            type(self).root = DebianRoot(type(self))
        self.root.run("dpkg", "--purge", "litewatch", check=False)

    def write_config(self, text):
        with open(self.root.path(CONFIG), "w") as config:
            config.write(text)

    def read(self, path):
        with open(self.root.path(path)) as file:
            return file.read()

    def install(self, package):
        self.root.apt("install", self.root.bring(package))

    def start(self):
        """The unit's ExecStart as nobody; the process and its port."""
        manager = Manager(f"@litewatch-test-{os.getpid()}-{time.monotonic_ns()}")
        self.addCleanup(manager.close)
        port = support.free_port()
        words = unit_file.command(unit_file.read(self.root.path(UNIT)),
                                  LITEWATCH_FLAGS=f"--web.listen-address=127.0.0.1:{port}")
        process = subprocess.Popen(
            self.root.command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                              *words),
            env={**ENVIRONMENT, "NOTIFY_SOCKET": manager.name}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.kill)
        manager.wait_for("READY")
        return process, port

    def scrape(self, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return support.parse_page(answer.read().decode())

    def check_it_works(self):
        os.makedirs(self.root.path("/srv/test"), exist_ok=True)
        app = support.App(self.root.path("/srv/test/app.db"), "CREATE TABLE IF NOT EXISTS t(a)")
        app.close()
        self.write_config("databases: [/srv/test/app.db]\n")
        process, port = self.start()
        self.assertEqual(1, support.value(self.scrape(port), "sqlite_up", db="app"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(10))
        os.remove(self.root.path("/srv/test/app.db"))

    def check_documents(self):
        self.assertIn("litewatch - Prometheus exporter", self.root.run("man", "litewatch"))
        self.assertIn("litetool inspect", self.root.run("man", "litetool"))
        loaded = self.root.run("bash", "-c", ". /usr/share/bash-completion/bash_completion; "
                               "_completion_loader litewatch; complete -p litewatch")
        self.assertIn("complete -F _litewatch litewatch", loaded)

    def test_life(self):
        self.root.apt("autoremove", "--purge")
        before = self.root.files()
        self.install(self.package)
        added = self.root.files() - before
        self.assertLessEqual({"/usr/bin/litewatch", "/usr/bin/litetool", CONFIG, "/usr" + UNIT},
                             added)
        self.assertTrue(any("libyaml-cpp" in path for path in added), "no dependencies came")
        self.assertTrue(os.path.islink(self.root.path(WANTED)))
        self.root.run("litewatch", f"--config.file={CONFIG}", "--config.check")
        self.check_documents()
        self.check_it_works()

        ours = self.read(CONFIG)
        self.install(self.newer(self.change_configuration))
        self.assertEqual(ours, self.read(CONFIG), "an upgrade has changed the configuration")
        self.assertIn("99.0", self.root.run("dpkg-query", "--show", "litewatch"))
        self.check_it_works()

        self.root.apt("remove", "litewatch")
        self.assertFalse(os.path.exists(self.root.path("/usr/bin/litewatch")))
        self.assertEqual("databases: [/srv/test/app.db]\n", self.read(CONFIG))

        self.root.apt("purge", "--autoremove", "litewatch")
        shutil.rmtree(self.root.path("/srv/test"))
        self.assertEqual((set(), set()), (self.root.files() - before, before - self.root.files()))

    @staticmethod
    def change_configuration(tree):
        with open(tree + CONFIG, "a") as config:
            config.write("# A line of the newer version.\n")

    def asked(self):
        """What systemd was asked to do since the last call."""
        path = self.root.path("/asked")
        if not os.path.exists(path):
            return []
        lines = self.read("/asked").splitlines()
        os.remove(path)
        return [line for line in lines
                if re.search(r"\b(start|stop|restart)\b", line)]

    def fake_systemd(self):
        os.makedirs(self.root.path("/run/systemd/system"))
        self.addCleanup(shutil.rmtree, self.root.path("/run/systemd"))
        path = self.root.path("/usr/bin/systemctl")
        with open(path, "w") as file:
            file.write(SYSTEMCTL)
        os.chmod(path, 0o755)
        self.addCleanup(os.remove, path)

    def test_where_systemd_runs(self):
        self.fake_systemd()
        self.install(self.package)
        self.assertEqual(["--quiet --system start litewatch.service"], self.asked())
        self.install(self.newer(lambda _: None))
        self.assertEqual(["--quiet --system restart litewatch.service"], self.asked())
        self.root.apt("remove", "litewatch")
        self.assertEqual(["stop litewatch.socket litewatch.service"], self.asked())
        self.root.apt("purge", "litewatch")
        self.assertEqual([], self.asked())

    def test_an_upgrade_leaves_a_disabled_service_disabled(self):
        self.fake_systemd()
        self.install(self.package)
        os.remove(self.root.path(WANTED))  # as systemctl disable does
        self.asked()
        self.install(self.newer(lambda _: None))
        self.assertEqual([], self.asked())
        self.assertFalse(os.path.lexists(self.root.path(WANTED)))

    def test_a_configuration_that_somebody_removed_stays_away(self):
        self.install(self.package)
        os.remove(self.root.path(CONFIG))
        self.install(self.newer(lambda _: None))
        self.assertFalse(os.path.exists(self.root.path(CONFIG)))


if __name__ == "__main__":
    unittest.main()

"""deploy/systemd: the unit holds what its README promises, the service does systemd's protocol."""
import contextlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import tools  # first: it leads to tests/e2e
import stopped_thread
import support
import unit_file
from notify_manager import Manager

MOST_EXPOSURE = 1.5
NO_CGROUPS = f"--path.cgroup={support.NO_CGROUPS.name}"


def exposure(test, *drop_ins):
    """What systemd-analyze says of the unit with these drop-ins."""
    with tempfile.TemporaryDirectory(prefix="litewatch-unit-") as folder:
        path = os.path.join(folder, "litewatch.service")
        with open(path, "w") as unit:
            for source in (unit_file.SERVICE, *drop_ins):
                with open(source) as text:
                    unit.write(text.read() + "\n")
        output = tools.run(tools.tool(test, "systemd-analyze"), "security", "--offline=true",
                           "--no-pager", path).stdout
    return float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", output).group(1))


class UnitTest(support.TestCase):
    """The files themselves."""

    def verify(self, *changes):
        """What systemd-analyze says against the unit and the socket, with lines changed."""
        paths = []
        for source in (unit_file.SERVICE, unit_file.SOCKET):
            with open(source) as unit:
                text = unit.read().replace("/usr/bin/litewatch", support.LITEWATCH)
            for old, new in changes:
                text = text.replace(old, new)
            paths.append(self.path(os.path.basename(source)))
            with open(paths[-1], "w") as unit:
                unit.write(text)
        done = tools.run(tools.tool(self, "systemd-analyze"), "verify", "--man=no", *paths,
                         check=False)
        return done.stdout + done.stderr

    def test_systemd_understands_every_line(self):
        self.assertEqual("", self.verify())
        self.assertIn("protect home", self.verify(("ProtectHome=read-only", "ProtectHome=perhaps")))
        self.assertIn("litewatch.socket:13: Failed", self.verify(("Backlog=1024", "Backlog=long")))

    def test_exposure(self):
        self.assertLessEqual(exposure(self), MOST_EXPOSURE)

    def test_documented_exposures_of_the_drop_ins(self):
        with open(os.path.join(unit_file.FOLDER, "README.md")) as readme:
            text = readme.read()
        documented = dict(re.findall(r"^\| \[(\S+\.conf)\]\(\S+\) \|.*\| ([0-9.]+) \|", text, re.M))
        self.assertIn(f"| none | what everybody may read | {exposure(self)} |", text)
        self.assertGreaterEqual(len(documented), 4)
        for name, said in documented.items():
            path = os.path.join(unit_file.FOLDER, "examples", name)
            with self.subTest(name), open(path) as drop_in:
                measured = exposure(self, path)
                self.assertEqual(float(said), measured)
                self.assertIn(f"exposure {measured}", drop_in.read())

    def test_a_wrong_configuration_is_no_crash_loop(self):
        settings = unit_file.read(unit_file.SERVICE)
        with open(self.path("bad.yml"), "w") as config:
            config.write("databases: 7\n")
        for name in ("ExecStart", "ExecReload"):
            words = unit_file.command(settings, name,
                                      [("/usr/bin/litewatch", support.LITEWATCH),
                                       ("/etc/litewatch/litewatch.yml", self.path("bad.yml"))])
            done = tools.run(*words, check=False)
            self.assertEqual(str(done.returncode), settings["RestartPreventExitStatus"][0])
            self.assertIn("bad.yml:1: databases", done.stderr)


class ServiceTestCase(support.TestCase):
    """Starts the service with a manager that listens."""

    def manager(self, name=None, **options):
        manager = Manager(name or self.path("notify"), **options)
        self.addCleanup(manager.close)
        return manager

    def start(self, manager, *arguments, **options):
        return self.litewatch(*arguments, wait_ready=False, env=manager.environment(), **options)


class NotifyTest(ServiceTestCase):
    def config(self, text):
        with open(self.path("litewatch.yml"), "w") as config:
            config.write(text)
        return f"--config.file={self.path('litewatch.yml')}"

    def test_ready_when_everything_was_looked_at(self):
        self.app()
        for name in (self.path("notify"), f"@litewatch-test-{os.getpid()}"):
            with self.subTest(name):
                manager = self.manager(name)
                service = self.start(manager, self.path("app.db"), "http://127.0.0.1:9/healthz")
                said = manager.wait_for("READY")
                self.assertEqual(service.get("/-/ready")[0], 200)
                self.assertEqual(said["STATUS"], "Watching 1 database and 1 target on "
                                                 f"127.0.0.1:{service.port}")
                service.stop()
                self.assertEqual(manager.wait_for("STOPPING")["STATUS"], "Draining")

    def test_reloads_are_told_with_their_result(self):
        manager = self.manager()
        service = self.start(manager, self.config("{}"), "--web.enable-reload")
        self.assertIn("Watching 0 databases", manager.wait_for("READY")["STATUS"])
        self.config("databases: 7\n")
        service.process.send_signal(signal.SIGHUP)
        self.assertGreater(int(manager.next(10)["MONOTONIC_USEC"]), 0)
        failed = manager.next(10)
        self.assertEqual(failed["READY"], "1")
        self.assertRegex(failed["STATUS"], r"Reload failed, .*litewatch\.yml:1: databases: ")
        self.config("targets: [http://127.0.0.1:9/]\n")
        self.assertEqual(service.get("/-/reload", method="POST")[0], 200)
        self.assertEqual(manager.next(10)["RELOADING"], "1")
        self.assertIn("and 1 target on", manager.next(10)["STATUS"])

    def test_a_manager_that_is_no_address_is_said_and_does_no_harm(self):
        service = self.litewatch(self.config("{}"),
                                 env={**os.environ, "NOTIFY_SOCKET": "nonsense"})
        self.assertIn("NOTIFY_SOCKET", service.log_text())

    def test_no_sign_of_life_for_another_process(self):
        manager = self.manager(watchdog_s=0.2)
        environment = {**manager.environment(), "WATCHDOG_PID": "1"}
        self.litewatch(self.config("{}"), env=environment)
        manager.wait_for("READY")
        self.assertIsNone(manager.next(1))

    def test_signs_of_life_come_twice_in_the_time(self):
        manager = self.manager(watchdog_s=4)
        self.start(manager, self.app().path)
        manager.wait_for("READY")
        began = time.monotonic()
        for _ in range(3):
            said = manager.next(4)
            self.assertEqual((said or {}).get("WATCHDOG"), "1")
            self.assertIn("Watching 1 database", said["STATUS"])
        self.assertLess(time.monotonic() - began, 9)  # 6; if they came once, 12


class WatchdogTest(ServiceTestCase):
    def setUp(self):
        super().setUp()
        self.told = self.manager(watchdog_s=0.5)
        self.service = self.start(self.told, self.app().path)
        self.told.wait_for("READY")

    def thread(self, name):
        """Its id, once it has run for the first time and named itself."""
        threads = stopped_thread.threads_of(self.service.process.pid)
        return next((number for number, known in threads.items() if known == name), None)

    @contextlib.contextmanager
    def hanging(self, name):
        """One of the service's threads hangs meanwhile."""
        thread = support.wait_until(lambda: self.thread(name), 10, f"thread {name}")
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(stopped_thread.stopped(thread))
            except PermissionError as error:
                support.not_here(self, f"a thread cannot be stopped: {error}")
            yield

    def wait_for_silence(self, seconds):
        """Until only words come, which say what is wrong."""
        support.wait_until(lambda: "WATCHDOG" not in (self.told.next(1) or {"WATCHDOG": "1"}),
                           seconds, "end of the signs of life")
        for _ in range(4):
            said = self.told.next(5)
            self.assertEqual(said, {"STATUS": "The web server makes no progress"})
        self.assertIn("no sign of life", self.service.log_text())

    def test_none_while_the_connections_hang(self):
        with self.hanging("web-front"):
            self.wait_for_silence(20)
        self.told.wait_for("WATCHDOG", 5)

    def test_none_while_a_worker_hangs_and_requests_wait(self):
        with self.hanging("web-quick"), self.assertRaises(OSError):
            self.told.wait_for("WATCHDOG", 5)  # nobody is harmed yet
            with socket.create_connection(("127.0.0.1", self.service.port)) as client:
                client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
                self.wait_for_silence(20)
                client.settimeout(0.1)
                client.recv(1)
        self.told.wait_for("WATCHDOG", 5)


class SocketActivationTest(support.TestCase):
    def activate(self, addresses, *arguments):
        program = tools.tool(self, "systemd-socket-activate")
        listen = [word for address in addresses for word in ("--listen", address)]
        log = open(self.path("log"), "w")
        self.addCleanup(log.close)
        process = subprocess.Popen([program, *listen, support.LITEWATCH, NO_CGROUPS, *arguments],
                                   stdout=log, stderr=log)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.terminate)

    def get(self, address):
        if address.startswith("/"):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(address)
                client.settimeout(10)
                client.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
                return int(client.recv(100).split()[1])
        with urllib.request.urlopen(f"http://{address}/-/healthy", timeout=10) as answer:
            return answer.status

    def answers(self, address):
        try:
            return self.get(address) == 200
        except (OSError, urllib.error.URLError):
            return False

    def test_every_passed_socket_is_served_without_a_flag(self):
        self.app()
        addresses = [f"127.0.0.1:{support.free_port()}", f"127.0.0.1:{support.free_port()}",
                     self.path("socket")]
        self.activate(addresses, self.path("app.db"))
        for address in addresses:
            support.wait_until(lambda: self.answers(address), 20, f"answer at {address}")
        self.assertTrue(stat.S_ISSOCK(os.stat(addresses[2]).st_mode))

    def test_a_listen_address_is_served_besides(self):
        passed, own = (f"127.0.0.1:{support.free_port()}" for _ in range(2))
        self.app()
        self.activate([passed], f"--web.listen-address={own}", self.path("app.db"))
        for address in (passed, own):
            support.wait_until(lambda: self.answers(address), 20, f"answer at {address}")

    def test_without_a_socket_the_flag_ends_it_with_the_mend(self):
        done = tools.run(support.LITEWATCH, NO_CGROUPS, "--web.systemd-socket", "a.db", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("start litewatch.socket", done.stderr)


class SandboxTest(ServiceTestCase):
    """The unit's command line under the unit's restrictions, by the kernel's own means: no user of
    weight, no capabilities, nothing to write, and only the system calls that it lists."""

    def setUp(self):
        super().setUp()
        for name in ("bwrap", "setpriv"):
            tools.tool(self, name)
        self.settings = unit_file.read(unit_file.SERVICE)
        self.filter = self.path("filter")
        unit_file.write_filter(self, self.settings, self.filter)
        # A folder that is not below /tmp, of which the service has its own.
        self.home = tempfile.mkdtemp(prefix="litewatch-e2e-",
                                     dir=os.path.join(support.ROOT, "build"))
        self.addCleanup(shutil.rmtree, self.home)
        os.chmod(self.home, 0o755)

    def in_home(self, name):
        return os.path.join(self.home, name)

    def write_config(self, text):
        with open(self.in_home("litewatch.yml"), "w") as config:
            config.write(text)

    def start_unit(self, manager):
        port = support.free_port()
        words = unit_file.command(
            self.settings, "ExecStart",
            [("/usr/bin/litewatch", support.LITEWATCH),
             ("/etc/litewatch/litewatch.yml", self.in_home("litewatch.yml"))],
            LITEWATCH_FLAGS=f"--web.listen-address=127.0.0.1:{port}")
        with open(self.filter, "rb") as program, open(self.in_home("log"), "w") as log:
            process = subprocess.Popen(
                ["bash", "-c", 'exec 9<"$0" "$@"', program.name,
                 *unit_file.sandboxed(self.filter, words)],
                stdout=log, stderr=log, env=manager.environment())
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.terminate)
        try:
            manager.wait_for("READY")
        except AssertionError as error:
            with open(self.in_home("log")) as log:
                raise AssertionError(f"{error}; {log.read()}") from None
        return process, port

    def metrics(self, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return support.parse_page(answer.read().decode())

    def service_of(self, process):
        """The id of litewatch below bwrap."""
        found = subprocess.run(["pgrep", "--parent", str(process.pid), "--full", "litewatch"],
                               stdout=subprocess.PIPE, text=True).stdout.split()
        return int(found[0]) if found else process.pid

    def status_of(self, pid):
        with open(f"/proc/{pid}/status") as status:
            return dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)

    def test_everything_works_in_the_sandbox(self):
        app = support.App(self.in_home("app.db"), "PRAGMA journal_mode=WAL", "CREATE TABLE t(a)",
                          "INSERT INTO t VALUES(1)")
        self.addCleanup(app.close)
        manager = self.manager(self.in_home("notify"), watchdog_s=0.5)
        target = support.LoopbackServer(support.Well)
        self.addCleanup(target.close)
        self.write_config(f"databases: [{self.in_home('app.db')}]\n"
                          f"targets: [{{name: shop, url: 'http://localhost:{target.port}/'}}]\n")
        process, port = self.start_unit(manager)
        page = self.metrics(port)
        self.assertEqual(support.value(page, "sqlite_up", db="app"), 1)
        self.assertEqual(support.value(page, "sqlite_database_open", db="app"), 1)
        self.assertEqual(support.value(page, "probe_success", target="shop"), 1)
        self.assertGreater(support.value(page, "machine_memory_bytes"), 0)
        manager.wait_for("WATCHDOG")
        status = self.status_of(self.service_of(process))
        self.assertEqual(status["NoNewPrivs"].strip(), "1")
        self.assertEqual(int(status["CapEff"], 16), 0)
        self.assertEqual(status["Seccomp"].strip(), "2")

    def test_a_database_of_somebody_else_is_not_readable_and_that_is_said(self):
        support.App(self.in_home("app.db"), "CREATE TABLE t(a)").close()
        os.chmod(self.in_home("app.db"), 0o600)
        manager = self.manager(self.in_home("notify"))
        self.write_config(f"databases: [{self.in_home('app.db')}]\n")
        _, port = self.start_unit(manager)
        self.assertEqual(support.value(self.metrics(port), "sqlite_up", db="app"), 0)

    def test_the_filter_forbids_what_the_unit_does(self):
        for call, forbidden in (("os.mkdir('/tmp/x')", False), ("os.setpriority(0, 0, 5)", True),
                                ("os.chroot('/')", True),
                                ("__import__('socket').socket(16, 3)", True),
                                ("__import__('mmap').mmap(-1, 4096, prot=7)", True)):
            with self.subTest(call), open(self.filter, "rb") as program:
                done = tools.run("bash", "-c", 'exec 9<"$0" "$@"', program.name,
                                 *unit_file.sandboxed(self.filter, [
                                     "/usr/bin/python3", "-c", f"import os; {call}"]), check=False)
                self.assertEqual("PermissionError" in done.stderr, forbidden, done.stderr)


if __name__ == "__main__":
    unittest.main()

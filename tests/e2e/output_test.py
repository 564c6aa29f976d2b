"""What litewatch and litetool write: a log that nobody reads stops nothing, output that is lost is
an error, and exit codes say whether starting again can help."""
import fcntl
import json
import os
import signal
import socket
import subprocess
import unittest

from support import LITETOOL, LITEWATCH, NO_CGROUPS, Litewatch, TestCase, value, wait_until

PIPE_SIZE = 4 * 4096
LINES = 300  # more than fit


class Pipe:
    """A pipe for standard error, whose reader stands still until read()."""

    def __init__(self, test):
        self.out, self.into = os.pipe()
        fcntl.fcntl(self.into, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        os.set_blocking(self.out, False)
        test.addCleanup(os.close, self.out)
        test.addCleanup(os.close, self.into)

    def fill(self):
        os.set_blocking(self.into, False)
        try:
            while True:
                os.write(self.into, b"x" * PIPE_SIZE)
        except BlockingIOError:
            os.set_blocking(self.into, True)

    def read(self):
        text = b""
        try:
            while True:
                text += os.read(self.out, PIPE_SIZE)
        except BlockingIOError:
            return text.decode()


def reload_often(service, times):
    """Writes many lines to the log: each failed reload is one."""
    for _ in range(times):
        status = service.get("/-/reload", method="POST")[0]
        if status != 500:
            raise AssertionError(f"the reload answered {status}")


class BlockedLog(TestCase):
    def start(self, pipe, **options):
        app = self.app()
        config = self.path("litewatch.yml")
        with open(config, "w") as file:
            file.write(f"databases: [{app.path}]\n")
        service = self.litewatch(f"--config.file={config}", "--web.enable-reload",
                                 stderr=pipe.into, **options)
        return service, config

    def test_a_reader_that_stops_stops_neither_scrapes_nor_the_end(self):
        pipe = Pipe(self)
        service, config = self.start(pipe)
        with open(config, "w") as file:
            file.write("databases: 7\n")
        reload_often(service, LINES)
        page = service.metrics(timeout=5)
        self.assertEqual(value(page, "sqlite_up", db="app"), 1)
        self.assertEqual(service.get("/", timeout=5)[0], 200)
        self.assertEqual(service.stop(seconds=5), 0)

    def test_what_was_dropped_is_counted_in_the_next_line(self):
        pipe = Pipe(self)
        service, config = self.start(pipe)
        with open(config, "w") as file:
            file.write("databases: 7\n")
        pipe.read()
        reload_often(service, LINES)
        kept = pipe.read().splitlines()
        reload_often(service, 1)
        told, last = pipe.read().lstrip("\n").splitlines()
        dropped = LINES - sum("reload failed" in line for line in kept)
        self.assertIn(f'msg="{dropped} log lines were dropped: whoever reads them does not keep '
                      'up"', told)
        self.assertIn("level=warn", told)
        self.assertIn("reload failed", last)

    def test_a_pipe_that_is_full_from_the_start(self):
        pipe = Pipe(self)
        pipe.fill()
        service, _ = self.start(pipe)
        self.assertEqual(value(service.metrics(), "sqlite_up", db="app"), 1)
        self.assertEqual(service.stop(seconds=5), 0)


class LogText(TestCase):
    def test_a_name_that_is_no_utf8_is_written_as_utf8(self):
        name = os.fsencode(self.path("a\"\\\n")) + b"\xff\xc3(\xe2\x82\xac.db"
        for form in ("json", "logfmt"):
            with self.subTest(form):
                service = Litewatch("--config.file=" + self.config(name),
                                    "--web.enable-reload", f"--log.format={form}")
                self.addCleanup(service.stop)
                self.break_config(name)
                service.process.send_signal(signal.SIGHUP)
                line = wait_until(lambda: next((line for line in self.lines(service)
                                                if b"reload failed" in line), None))
                text = line.decode()  # not UTF-8: an error
                self.assertIn("\ufffd\ufffd(€", text)
                if form == "json":
                    self.assertIn("\ufffd\ufffd(€", json.loads(text)["msg"])

    def config(self, name):
        """A configuration whose own name is odd, which messages about it hold."""
        with open(name, "wb"):
            return os.fsdecode(name)

    def break_config(self, name):
        with open(name, "wb") as file:
            file.write(b"databases: 7\n")

    def lines(self, service):
        with open(service.log.name, "rb") as log:
            return log.read().splitlines()


class LostOutput(TestCase):
    def assert_error(self, *command):
        with open("/dev/full", "w") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=30)
        self.assertEqual(done.returncode, 2, command)
        self.assertIn("cannot write the output", done.stderr)

    def test_a_full_disk(self):
        app = self.app()
        for arguments in (["docs"], ["docs", "--format=man"], ["inspect", app.path], ["--version"],
                          ["inspect", "--json", app.path], ["inspect", "--watch", app.path],
                          ["--help"], ["docs", "--help"], ["import", self.blackbox()]):
            with self.subTest(arguments):
                self.assert_error(LITETOOL, *arguments)
        for arguments in (["--config.check", app.path], ["--version"], ["--help"]):
            with self.subTest(arguments):
                self.assert_error(LITEWATCH, *arguments)

    def blackbox(self):
        with open(self.path("blackbox.yml"), "w") as file:
            file.write("modules: {http: {prober: http}}\n")
        return self.path("blackbox.yml")

    def test_standard_output_that_is_closed(self):
        done = subprocess.run(["sh", "-c", '"$0" docs >&-', LITETOOL], stderr=subprocess.PIPE,
                              text=True, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot write the output", done.stderr)

    def test_standard_streams_that_are_closed(self):
        app = self.app()
        shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
        service = self.litewatch(app.path, prefix=shell)
        self.assertEqual(value(service.metrics(), "sqlite_up", db="app"), 1)
        folder = f"/proc/{service.process.pid}/fd"
        self.assertEqual({os.readlink(f"{folder}/{fd}") for fd in range(3)}, {"/dev/null"})
        self.assertEqual(service.stop(seconds=5), 0)


class ExitCodes(TestCase):
    def end(self, *arguments):
        done = subprocess.run([LITEWATCH, f"--path.cgroup={NO_CGROUPS.name}", *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        return done.returncode, done.stderr

    def test_an_address_that_may_become_free_or_known(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            for where, why in ((address, "cannot listen"),
                               ("litewatch.invalid:0", "cannot resolve the listen address"),
                               (f"unix:{self.path('nowhere/socket')}", "cannot listen")):
                with self.subTest(where):
                    code, said = self.end(f"--web.listen-address={where}", self.path("a.db"))
                    self.assertEqual(code, 3, said)
                    self.assertIn(why, said)

    def test_check_and_start_agree(self):
        """What keeps litewatch from starting is found by --config.check, with the same words."""
        empty = self.write("empty", "")
        cases = {"a missing secret": [self.module(self.path("nowhere"))],
                 "an empty secret": [self.module(empty)],
                 "a key": [self.write("key.yml", "databases: 7\n")],
                 "an address": [self.write("well.yml", "{}\n"), "--web.listen-address=nowhere"]}
        for name, (config, *flags) in cases.items():
            with self.subTest(name):
                arguments = [f"--config.file={config}", *(flags or
                             [f"--web.listen-address=unix:{self.path('socket')}"])]
                started = self.end(*arguments)
                self.assertEqual(started[0], 2, started[1])
                self.assertEqual(started, self.end(*arguments, "--config.check"))

    def test_the_syntax_is_checked_without_the_secrets(self):
        config = f"--config.file={self.module(self.path('nowhere'))}"
        self.assertEqual(self.end(config, "--config.check-syntax"), (0, ""))
        broken = f"--config.file={self.write('key.yml', 'databases: 7')}"
        self.assertEqual(self.end(broken, "--config.check-syntax")[0], 2)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def module(self, secret):
        return self.write("secret.yml", (
            "modules:\n  private:\n    prober: http\n    http:\n"
            f"      basic_auth: {{username: u, password_file: {secret}}}\n"
            "targets: [{name: a, url: 'http://127.0.0.1:9/', module: private}]\n"))


if __name__ == "__main__":
    unittest.main()

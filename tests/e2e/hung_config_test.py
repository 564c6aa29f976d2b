"""A configuration on a file system that hangs: the reload or the start fails in a bounded time, says
what it waited for, and the service goes on."""
import os
import signal
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from hung_filesystem_test import HUNG_FS, HungFs
from support import LoopbackServer, TestCase, Well, skip, value, wait_until

BOUND_S = 10  # config_loader.cpp
SLOWEST_S = BOUND_S + 8  # on a machine that is busy with other tests
NO_ANSWER = "the file system does not answer"
RELOADED = "litewatch_config_last_reload_successful"


class HungConfig(TestCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(HUNG_FS):
            self.fail(f"{HUNG_FS} is not built")
        os.mkdir(self.path("source"))
        self.fs = HungFs(self.path("source"), self.path("remote"))
        if not self.fs.mounted():
            skip(self, "FUSE cannot be mounted here")
        self.addCleanup(self.fs.unmount)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def write_remote(self, name, text):
        """Writes below the file system; gives the path through it."""
        self.write(f"source/{name}", text)
        return self.path(f"remote/{name}")

    def start(self, config, *arguments):
        """litewatch, which ends after the file system went on."""
        service = self.litewatch(f"--config.file={config}", "--web.enable-reload", *arguments)
        self.addCleanup(self.fs.release)
        return service

    def reload(self, service):
        """(status, body, seconds that it took)"""
        start = time.monotonic()
        status, _, body = service.get("/-/reload", method="POST", timeout=3 * SLOWEST_S)
        return status, body.decode(), time.monotonic() - start

    def assert_reload_hangs(self, service, names):
        status, body, seconds = self.reload(service)
        self.assertEqual(status, 504, body)
        self.assertIn("the old configuration stays: " + NO_ANSWER, body)
        self.assertIn(names, body)
        self.assertGreater(seconds, BOUND_S - 1)
        self.assertLess(seconds, SLOWEST_S)
        self.assertIn(f"reload failed, the old configuration stays: {NO_ANSWER}",
                      service.log_text())
        self.assertEqual(value(service.metrics(), RELOADED), 0)

    def assert_further_reloads_are_turned_away(self, service):
        threads = len(os.listdir(f"/proc/{service.process.pid}/task"))
        for _ in range(5):
            status, body, seconds = self.reload(service)
            self.assertEqual(status, 503)
            self.assertIn("an earlier reload still waits for", body)
            self.assertLess(seconds, BOUND_S / 2)
        self.assertEqual(len(os.listdir(f"/proc/{service.process.pid}/task")), threads)

    def assert_reloads_again(self, service):
        self.fs.release()
        wait_until(lambda: self.reload(service)[0] == 200, what="reload that works again")
        self.assertEqual(value(service.metrics(), RELOADED), 1)


class Reload(HungConfig):
    def test_a_configuration_that_hangs(self):
        app = self.app()
        config = self.write_remote("litewatch.yml", f"databases: [{app.path}]\n")
        service = self.start(config)
        self.fs.hang()
        with ThreadPoolExecutor(max_workers=1) as other:
            reload = other.submit(self.assert_reload_hangs, service, config)
            while not reload.done():
                self.assertEqual(service.get("/config", timeout=BOUND_S / 2)[0], 200)
                self.assertEqual(value(service.metrics(), "sqlite_up", db="app"), 1)
                self.assertEqual(service.get("/-/healthy")[0], 200)
            reload.result()
        self.assert_further_reloads_are_turned_away(service)
        self.assert_reloads_again(service)

    def test_a_web_configuration_that_hangs(self):
        web = self.write_remote("web.yml", "")
        service = self.start(self.write("litewatch.yml", ""), f"--web.config.file={web}")
        self.fs.hang()
        self.assert_reload_hangs(service, web)
        self.assert_reloads_again(service)

    def test_a_secret_of_a_probe_module_that_hangs(self):
        well = LoopbackServer(Well)
        self.addCleanup(well.close)
        secret = self.write_remote("secret", "open-sesame\n")
        config = self.write("litewatch.yml", (
            "modules:\n  private:\n    prober: http\n    http:\n"
            f"      authorization: {{type: Bearer, credentials_file: {secret}}}\n"
            f"targets: [{{name: well, url: 'http://127.0.0.1:{well.port}/', module: private, "
            "interval: 1s}]\n"))
        service = self.start(config)
        self.fs.hang()
        # The secret is looked at every 10 s. Its probes go on, with what is known of it.
        wait_until(lambda: "does not answer" in service.log_text(), 3 * BOUND_S, "warning")
        before = service.metrics()
        self.assertEqual(value(before, "litewatch_collector_stale", collector="probe"), 0)
        wait_until(lambda: self.probes(service.metrics()) > self.probes(before), what="probe")
        self.assert_reload_hangs(service, "the files that probe modules name")
        self.assertEqual(value(service.metrics(), "probe_success", target="well"), 1)
        self.assert_reloads_again(service)

    def probes(self, page):
        return value(page, "probe_all_duration_seconds_count", target="well")

    def test_it_does_not_hold_up_the_end(self):
        config = self.write_remote("litewatch.yml", "")
        services = [self.start(config) for _ in range(2)]
        for service in services:
            self.fs.freeze(service)
        services[0].process.send_signal(signal.SIGHUP)
        with ThreadPoolExecutor(max_workers=1) as other:
            other.submit(self.reload, services[1])
            for service in services:
                wait_until(lambda: any(self.waiting(service)), what="hanging read")
                self.assertEqual(service.stop(seconds=BOUND_S / 2), 0)

    def waiting(self, service):
        folder = f"/proc/{service.process.pid}/task"
        for thread in os.listdir(folder):
            with open(f"{folder}/{thread}/comm") as comm, \
                    open(f"{folder}/{thread}/wchan") as function:
                if comm.read().strip() == "files" and "request_wait_answer" in function.read():
                    yield thread

    def test_sighup_is_answered_in_the_log(self):
        service = self.start(self.write_remote("litewatch.yml", ""))
        self.fs.hang()
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: value(service.metrics(), RELOADED) == 0, SLOWEST_S, "failed reload")
        self.assertIn(NO_ANSWER, service.log_text())
        self.assert_reloads_again(service)


class Start(HungConfig):
    def freeze(self):
        self.fs.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.fs.release)

    def assert_ends(self, names, *arguments):
        service = self.litewatch(*arguments, wait_ready=False)
        self.assertEqual(service.process.wait(timeout=SLOWEST_S), 3)
        self.assertIn(f"litewatch: {NO_ANSWER}: {names} could not be read within",
                      service.log_text())

    def test_a_configuration_that_hangs(self):
        config = self.write_remote("litewatch.yml", "")
        self.freeze()
        with ThreadPoolExecutor(max_workers=2) as both:
            for done in [both.submit(self.assert_ends, config, f"--config.file={config}", *more)
                         for more in ([], ["--config.check"])]:
                done.result()

    def test_a_database_argument_that_hangs(self):
        self.write_remote("app.db", "")
        self.freeze()
        self.assert_ends("the paths among the arguments", self.path("remote/*.db"))


if __name__ == "__main__":
    unittest.main()

"""A file system that hangs silences its own databases and nothing else."""
import os
import re
import select
import signal
import subprocess
import time
import unittest
import urllib.error
from concurrent.futures import ThreadPoolExecutor

from support import BUILD, TestCase, skip, value, wait_until

HUNG_FS = os.path.join(BUILD, "hung_fs")
# limits.collect_timeout is 1 s; without it, a scrape would last until the client's own timeout.
SLOWEST_ANSWER_S, CLIENT_TIMEOUT_S = 6, 15
NOT_ANSWERING = {"reason": "not_answering"}


class HungFs:
    """A folder seen through a file system that hangs and goes on at will.

    Once it hangs, whatever touches the mount hangs too: this process never does."""

    def __init__(self, folder, mountpoint):
        os.mkdir(mountpoint)
        self.mountpoint = mountpoint
        self.process = subprocess.Popen([HUNG_FS, folder, mountpoint, "-f", "-o", "ro"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            wait_until(lambda: self.process.poll() is not None or self.mounted(), what="mount")
        finally:
            if not self.mounted():
                self.unmount()

    def mounted(self):
        return self.connection() is not None

    def connection(self):
        """The number of its folder in /sys/fs/fuse/connections; None where it is not mounted."""
        with open("/proc/self/mountinfo") as mounts:
            for fields in map(str.split, mounts):
                if fields[4] == self.mountpoint:
                    return fields[2].split(":")[1]
        return None

    def hang(self):
        """Requests are taken, and never answered: not even SIGKILL ends who waits for one."""
        self.process.send_signal(signal.SIGUSR1)
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        if not ready or os.read(self.process.stdout.fileno(), 1) != b"h":
            raise AssertionError("the file system does not say that it hangs; is it built anew?")

    def freeze(self, service):
        """Requests are not even taken, so that SIGKILL ends who waits: as on a dead NFS server."""
        wait_until(lambda: self.stop_between_requests(service.process.pid), 5,
                   "moment without a request under way")

    def stop_between_requests(self, client):
        """False, and going on, where the client waits for a request: it may have been taken."""
        self.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: process_state(self.process.pid) == "T", 2, "stopped file system")
        if not waits_for_fuse(client):
            return True
        self.process.send_signal(signal.SIGCONT)
        return False

    def release(self):
        self.process.send_signal(signal.SIGUSR2)
        self.process.send_signal(signal.SIGCONT)

    def unmount(self):
        connection = self.connection()
        if self.process.poll() is None:
            self.release()
        if connection is not None:
            subprocess.run(["fusermount3", "-u", "-z", self.mountpoint], capture_output=True)
            if self.mounted():
                subprocess.run(["umount", "-l", self.mountpoint], capture_output=True)
            try:
                with open(f"/sys/fs/fuse/connections/{connection}/abort", "w") as abort:
                    abort.write("1")
            except OSError:
                pass  # it went with its mount
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class HungFilesystem(TestCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(HUNG_FS):
            self.fail(f"{HUNG_FS} is not built")
        self.source = self.path("source")
        self.mountpoint = self.path("remote")
        os.mkdir(self.source)
        self.remote_app = self.app("source/distant.db")
        self.apps = [self.app(f"local{number}.db") for number in range(2)]
        self.remote = os.path.join(self.mountpoint, "distant.db")
        self.fs = self.mount()

    def mount(self):
        fs = HungFs(self.source, self.mountpoint)
        if not fs.mounted():
            skip(self, "FUSE cannot be mounted here")
        self.addCleanup(fs.unmount)
        return fs

    def watch(self, *databases):
        """litewatch over the local databases and the remote one. Ends after the file system went
        on, since until then it may be that nothing can end it."""
        service = self.litewatch(*(databases or [app.path for app in self.apps] + [self.remote]))
        self.addCleanup(self.fs.release)
        return service

    def scrape(self, service):
        """The page, and that it came in time."""
        start = time.monotonic()
        page = service.metrics(CLIENT_TIMEOUT_S)
        self.assertLess(time.monotonic() - start, SLOWEST_ANSWER_S)
        return page

    def stale(self, page):
        return value(page, "litewatch_collector_stale", mountpoint=self.mountpoint)

    def assert_hung(self, page):
        self.assertEqual(self.stale(page), 1)
        self.assertEqual(value(page, "sqlite_up", db="distant"), 0)
        self.assertEqual(value(page, "sqlite_databases_unhealthy", group="distant",
                               **NOT_ANSWERING), 1)

    def assert_local_ones_fresh(self, service):
        """The local databases count each transaction, whatever the remote one does."""
        before = self.scrape(service)
        for app in self.apps:
            app.execute("INSERT INTO t VALUES(1)")
        after = self.scrape(service)
        for name in ("local0", "local1"):
            self.assertEqual(value(after, "sqlite_up", db=name), 1)
            self.assertEqual(value(after, "sqlite_databases_unhealthy", group=name,
                                   **NOT_ANSWERING), 0)
            self.assertEqual(value(after, "sqlite_write_transactions_total", db=name) -
                             value(before, "sqlite_write_transactions_total", db=name), 1)
        return after

    def test_a_file_system_that_hangs_and_goes_on(self):
        service = self.watch()
        before = self.scrape(service)
        self.assertEqual(value(before, "sqlite_up", db="distant"), 1)
        self.assertEqual(self.stale(before), 0)

        self.fs.hang()
        self.remote_app.execute("INSERT INTO t VALUES(1)")
        self.assert_hung(self.scrape(service))
        page = self.assert_local_ones_fresh(service)
        self.assert_hung(page)
        self.assertEqual(value(page, "sqlite_write_transactions_total", db="distant"),
                         value(before, "sqlite_write_transactions_total", db="distant"))
        self.assert_status_page_tells(service)

        self.fs.release()
        page = wait_until(lambda: fresh(self, service), what="fresh page")
        self.assertEqual(value(page, "sqlite_up", db="distant"), 1)
        self.assertEqual(value(page, "sqlite_write_transactions_total", db="distant") -
                         value(before, "sqlite_write_transactions_total", db="distant"), 1)
        self.assertEqual(value(page, "sqlite_databases_unhealthy", group="distant",
                               **NOT_ANSWERING), 0)

    def assert_status_page_tells(self, service):
        status, _, body = service.get("/")
        text = body.decode()
        self.assertEqual(status, 200)
        self.assertIn("not answering", text)
        self.assertIn(f"The file system {self.mountpoint} has not answered", text)

    def test_many_scrapes_add_no_threads_and_no_descriptors(self):
        service = self.watch()
        self.scrape(service)
        self.fs.hang()
        self.scrape(service)
        before = self.resources(service)
        with ThreadPoolExecutor(max_workers=20) as scrapers:
            for page in scrapers.map(lambda _: service.metrics(), range(40)):
                self.assert_hung(page)
        wait_until(lambda: self.resources(service) <= before, 8, f"{before} again")

    def resources(self, service):
        process = f"/proc/{service.process.pid}"
        return len(os.listdir(f"{process}/task")), len(os.listdir(f"{process}/fd"))

    def test_a_file_system_that_hangs_from_the_start(self):
        self.fs.hang()
        service = self.watch()
        self.assert_hung(self.scrape(service))
        self.assert_hung(self.assert_local_ones_fresh(service))
        self.assert_status_page_tells(service)
        self.fs.release()
        page = wait_until(lambda: fresh(self, service), what="fresh page")
        self.assertEqual(value(page, "sqlite_up", db="distant"), 1)

    def test_patterns_and_links_into_it_do_not_hang_the_search_elsewhere(self):
        os.mkdir(self.path("near"))
        os.symlink(self.remote, self.path("near/link.db"))
        os.symlink(self.mountpoint, self.path("near/folder"))
        config = self.path("litewatch.yml")
        with open(config, "w") as file:
            file.write(f"databases: [{self.folder}/local*.db, '{self.folder}/*/*.db', "
                       f"'{self.folder}/near/*/*.db']\nlimits:\n  rescan_interval: 1s\n")
        service = self.watch(f"--config.file={config}")
        # The local ones, the remote one by whichever way, and where that one really lies.
        wait_until(lambda: databases_on(service.metrics()) == 4, what="four databases")
        self.fs.hang()
        wait_until(lambda: self.stale(service.metrics()) == 1, what="stale collector")
        near = self.app("near/new.db")
        wait_until(lambda: databases_on(self.scrape(service)) == 5, what="new database")
        before = self.scrape(service)
        near.execute("INSERT INTO t VALUES(1)")
        after = self.scrape(service)
        self.assertEqual(value(after, "sqlite_write_transactions_total", db="near/new.db") -
                         value(before, "sqlite_write_transactions_total", db="near/new.db"), 1)
        self.assertEqual(self.stale(after), 1)

    def test_sigterm_ends_it_while_it_waits(self):
        service = self.watch()
        self.fs.freeze(service)
        self.assert_hung(self.scrape(service))
        self.assertEqual(service.stop(seconds=8), 0)

    def test_sigterm_frees_the_port_even_where_the_kernel_cannot_end_the_process(self):
        service = self.watch()
        self.fs.hang()
        self.assert_hung(self.scrape(service))
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: main_thread_ended(service.process.pid), 8, "end of the main thread")
        self.assertIn("leaving it behind", service.log_text())
        self.assertRaises(urllib.error.URLError, service.get, "/-/healthy")
        self.fs.release()
        self.assertEqual(service.process.wait(timeout=10), 0)


def waits_for_fuse(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/wchan") as function:
            if re.search("request_wait_answer|fuse", function.read()):
                return True
    return False


def process_state(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def main_thread_ended(pid):
    return process_state(pid) == "Z"


def fresh(test, service):
    page = service.metrics()
    return page if test.stale(page) == 0 else None


def databases_on(page):
    return sum(series.startswith("sqlite_up{") for series in page)


if __name__ == "__main__":
    unittest.main()

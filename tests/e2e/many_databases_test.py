"""Thousands of databases, most of them well, and everything else that may lie beside them."""
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import states
from support import TestCase, promtool_check, skip, value, wait_until

RUN_ALONE = "10,000 databases are to be read within the time that a page has"
DATABASES = 10_000
FOLDERS = 100
FIXED_VERSION = 3_051_003  # of a SQLite without the WAL-reset bug
VERSION_OFFSET = 96
DETAILED = 20

# In the last folder, where a limit that counts in the order of paths would not get to them.
TRUNCATED = [f"t99/app{number}.db" for number in (10, 20)]
MALFORMED = [f"t99/app{number}.db" for number in (30, 40)]
HOT = "t99/app50.db"

# Does to a file what an app or an operator may do at any moment, until it is ended.
RESTLESS = r"""
import os, random, sys
path, source = sys.argv[1:]
whole = open(source, "rb").read()
random.seed(1)
while True:
    with open(path, "r+b") as file:
        file.truncate(random.randrange(len(whole)))
    with open(path, "r+b") as file:
        file.write(whole[:random.randrange(len(whole))] + os.urandom(random.randrange(4096)))
    with open(path + ".new", "wb") as file:
        file.write(whole[:random.randrange(len(whole) + 1)])
    os.rename(path + ".new", path)
    os.unlink(path + "-wal") if os.path.exists(path + "-wal") else None
    with open(path + "-wal", "wb") as file:
        file.write(os.urandom(random.randrange(200)))
"""


def small_database(path, mode, version):
    """The bytes of a closed database of two small pages, last written by that SQLite."""
    states.closed(path, mode, setup=("PRAGMA page_size=512",))
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data[VERSION_OFFSET:VERSION_OFFSET + 4] = version.to_bytes(4, "big")
    os.unlink(path)
    return bytes(data)


def fill(tenants, version):
    """10,000 databases in 100 folders; in half of the folders they are in WAL mode."""
    kinds = [small_database(os.path.join(tenants, "kind.db"), mode, version)
             for mode in ("wal", "delete")]
    for folder in range(FOLDERS):
        base = os.path.join(tenants, f"t{folder:02}")
        os.mkdir(base)
        for number in range(DATABASES // FOLDERS):
            with open(os.path.join(base, f"app{number}.db"), "wb") as file:
                file.write(kinds[folder % 2])


def damage(tenants):
    for name in TRUNCATED:
        os.truncate(os.path.join(tenants, name), 512)
    for name in MALFORMED:
        with open(os.path.join(tenants, name), "r+b") as file:
            file.seek(16)
            file.write(b"\x03\x03")  # no page has 771 bytes
    hot = os.path.join(tenants, HOT)
    os.unlink(hot)
    states.hot_journal(hot)


def names_with_series(page):
    return {series.split('db="')[1].split('"')[0] for series in page
            if series.startswith("sqlite_up{")}


class TenThousand(TestCase):
    @classmethod
    def setUpClass(cls):
        memory = "/dev/shm"
        roomy = os.path.isdir(memory) and shutil.disk_usage(memory).free > 2 ** 28
        cls.base = tempfile.mkdtemp(prefix="litewatch-e2e-", dir=memory if roomy else None)
        cls.addClassCleanup(shutil.rmtree, cls.base)
        cls.tenants = os.path.join(cls.base, "tenants")
        os.mkdir(cls.tenants)
        fill(cls.tenants, FIXED_VERSION)
        damage(cls.tenants)

    def service(self, what, limits=f"detailed_databases: {DETAILED}"):
        config = self.path("litewatch.yml")
        with open(config, "w") as file:
            file.write(f"{what}\nlimits: {{{limits}}}\n")
        return self.litewatch(f"--config.file={config}")

    def page_with(self, service, count):
        """A page whose roll-up says `count` and that is not stale."""
        def full():
            page = service.metrics()
            discovered = value(page, "sqlite_databases_discovered", group="tenants")
            waiting = value(page, "sqlite_databases_unhealthy", reason="not_answering")
            return page if discovered == count and waiting == 0 else None
        return wait_until(full, 20, f"page of {count} databases")

    def assert_rolled_up(self, page):
        for reason, names in (("file_truncated", TRUNCATED), ("header_invalid", MALFORMED),
                              ("hot_journal", [HOT])):
            self.assertEqual(value(page, "sqlite_databases_unhealthy", reason=reason), len(names))
            for name in names:
                self.assertEqual(value(page, "sqlite_up", db=name), 1)
        self.assertEqual(value(page, "sqlite_databases_left_out"), 0)
        self.assertEqual(value(page, "sqlite_hot_journal", db=HOT), 1)
        self.assertEqual(value(page, "litewatch_series_dropped_total"), 0)
        self.assertGreaterEqual(len(names_with_series(page)), DETAILED)
        self.assertLessEqual(len(names_with_series(page)), 2 * DETAILED)

    def report_cost(self, service, how):
        times = []
        for _ in range(5):
            start = time.monotonic()
            service.metrics()
            times.append(time.monotonic() - start)
        print(f"\n{DATABASES} databases through {how}: scrape {min(times):.3f} to "
              f"{max(times):.3f} s, {service.resident_bytes() / 2 ** 20:.0f} MiB resident",
              flush=True)
        self.assertLess(min(times), 1.6)

    def test_through_a_pattern(self):
        service = self.service(f"databases: [{{path: '{self.tenants}/*/*.db', group: tenants}}]")
        self.assert_rolled_up(self.page_with(service, DATABASES))
        self.report_cost(service, "a pattern")

    def test_through_discovery(self):
        service = self.service(f"discovery: [{{root: {self.tenants}}}]")
        self.assert_rolled_up(self.page_with(service, DATABASES))
        self.report_cost(service, "discovery")

    def test_the_limit_on_databases_leaves_out_with_a_count(self):
        service = self.service(f"discovery: [{{root: {self.tenants}}}]",
                               f"databases: 9900, detailed_databases: {DETAILED}")
        wait_until(lambda: value(service.metrics(), "sqlite_databases_left_out") == 100, 20,
                   "hundred databases left out")
        self.page_with(service, 9900)


class Limits(TestCase):
    def service(self, count, limits):
        """Watches `count` databases written by a SQLite with the WAL-reset bug; the last one is
        truncated."""
        data = small_database(self.path("kind.db"), "wal", 3_040_001)
        for number in range(count):
            with open(self.path(f"app{number:02}.db"), "wb") as file:
                file.write(data)
        os.truncate(self.path(f"app{count - 1:02}.db"), 512)
        with open(self.path("litewatch.yml"), "w") as file:
            file.write(f"databases: [{{path: '{self.folder}/*.db', group: all}}]\n"
                       f"limits: {{{limits}}}\n")
        return self.litewatch(f"--config.file={self.path('litewatch.yml')}")

    def test_a_notice_on_every_database_does_not_hide_the_broken_one(self):
        page = self.service(100, "detailed_databases: 5").metrics()
        self.assertEqual(value(page, "sqlite_databases_unhealthy", reason="wal_reset_bug"), 100)
        self.assertEqual(value(page, "sqlite_file_truncated", db="app99.db"), 1)
        self.assertEqual(len(names_with_series(page)), 10)

    def test_series_that_do_not_fit_are_counted_and_the_roll_ups_stay(self):
        service = self.service(5, "series: 100")
        page = service.metrics()
        self.assertEqual(value(page, "litewatch_series_limit"), 100)
        self.assertGreater(value(page, "litewatch_series_dropped_total"), 0)
        self.assertEqual(value(page, "sqlite_databases_discovered", group="all"), 5)
        self.assertEqual(value(page, "sqlite_databases_unhealthy", reason="file_truncated"), 1)
        self.assertEqual(len(names_with_series(page)), 5)
        per_database = [series for series in page if 'db="' in series]
        self.assertLessEqual(len(per_database), 100 + 5)  # sqlite_up is among the roll-ups
        self.assertEqual(promtool_check(service.get("/metrics")[2]), "")


class BadInput(TestCase):
    def test_odd_files_neither_crash_nor_hang_it(self):
        odd = self.path("odd")
        os.mkdir(odd)
        os.mkfifo(f"{odd}/fifo.db")
        os.mkdir(f"{odd}/folder.db")
        with open(f"{odd}/byte.db", "wb") as file:
            file.write(b"S")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as server:
            server.bind(f"{odd}/socket.db")
        os.symlink("loop.db", f"{odd}/loop.db")
        os.symlink("nowhere.db", f"{odd}/dangling.db")
        states.closed(f"{odd}/denied.db")
        os.chmod(f"{odd}/denied.db", 0o600)
        states.closed(f"{odd}/good.db")
        os.mkfifo(f"{odd}/good.db-wal")
        nobody = ["setpriv", "--reuid=65534", "--clear-groups", "--no-new-privs"]
        if os.geteuid() != 0:
            skip(self, "needs root to run litewatch as another user")
        listed = [f"{odd}/{name}.db" for name in ("fifo", "folder", "byte", "socket", "loop",
                                                  "dangling", "denied", "good")]
        service = self.litewatch(*listed, f"{odd}/*", prefix=nobody)
        for _ in range(3):
            page = service.metrics(timeout=10)
        for name in ("fifo", "folder", "socket", "loop", "dangling", "denied"):
            self.assertEqual(value(page, "sqlite_up", app=name), 0, name)
        self.assertEqual(value(page, "sqlite_up", app="good"), 1)
        self.assertGreater(value(page, "sqlite_read_errors_total", app="good", op="wal"), 0)
        self.assertEqual(value(page, "sqlite_header_valid", app="byte"), 0)
        self.assertEqual(service.stop(), 0)

    def test_files_that_change_at_every_moment_neither_crash_nor_hang_it(self):
        states.closed(self.path("source.db"), rows=500)
        for number in range(3):
            path = self.path(f"restless{number}.db")
            shutil.copy(self.path("source.db"), path)
            process = subprocess.Popen([sys.executable, "-c", RESTLESS, path,
                                        self.path("source.db")])
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
        app = self.app()
        with open(self.path("litewatch.yml"), "w") as file:
            file.write(f"databases: [{app.path}, {self.path('restless0.db')}]\n"
                       f"discovery: [{{root: {self.folder}}}]\n"
                       "limits: {rescan_interval: 1s, lock_samples_per_second: 20}\n")
        service = self.litewatch(f"--config.file={self.path('litewatch.yml')}")
        before = service.metrics()
        end = time.monotonic() + 5
        while time.monotonic() < end:
            service.metrics(timeout=10)
        app.execute("INSERT INTO t VALUES(1)")
        after = service.metrics()
        self.assertEqual(value(after, "sqlite_write_transactions_total", app="app") -
                         value(before, "sqlite_write_transactions_total", app="app"), 1)
        self.assertGreater(value(after, "sqlite_file_replaced_total", app="restless0"), 0)
        self.assertEqual(promtool_check(service.get("/metrics")[2]), "")
        self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    unittest.main()

"""litewatch never disturbs the app: what it does to the files, and that it needs no rights."""
import os
import re
import subprocess
import sys
import time
import unittest

import states
import system_calls
from support import LITETOOL, App, TestCase, skip, value, wait_until

NOBODY = 65534
STRACE = ["strace", "-f", "-y", "-s", "0", "-o"]


def locks_of(app):
    """The app's lines of /proc/locks, without their running numbers."""
    with open("/proc/locks") as locks:
        lines = [line.split()[1:] for line in locks]
    return sorted(line for line in lines if str(app.process.pid) in line)


def need(test, command):
    """Skips the test where the kernel refuses what `command` does."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        skip(test, f"{' '.join(command)}: {result.stderr.strip()}")


class SystemCalls(TestCase):
    def test_no_call_could_disturb_an_app_that_writes(self):
        need(self, ["strace", "-o", "/dev/null", "true"])
        data = self.path("data")
        os.mkdir(data)
        apps = [self.app("data/wal.db"),
                self.app("data/rollback.db", "PRAGMA journal_mode=DELETE", "CREATE TABLE t(a)")]
        log = self.path("strace.log")
        service = self.litewatch(f"--config.file={self.config(data)}", prefix=[
            STRACE[0], "-D", *STRACE[1:], log])  # -D: the child is litewatch, not strace
        before = service.metrics()
        self.write_and_scrape(apps, service, seconds=3)
        after = service.metrics()
        service.stop()
        text = wait_until(lambda: finished_log(log, service.process.pid), what="end of the trace")

        for name in ("wal", "rollback"):
            for metric in ("sqlite_write_transactions_total", "sqlite_lock_samples_total"):
                self.assertGreater(value(after, metric, db=f"{name}.db"),
                                   value(before, metric, db=f"{name}.db"))
        self.assert_watched(text, data)
        self.assertEqual(system_calls.offences(text, data), [])

    def config(self, folder):
        path = self.path("litewatch.yml")
        with open(path, "w") as file:
            file.write(f"discovery:\n  - root: {folder}\n"
                       "limits:\n  rescan_interval: 1s\n  lock_samples_per_second: 20\n")
        return path

    def write_and_scrape(self, apps, service, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for app in apps:
                app.execute("BEGIN IMMEDIATE")
                app.execute("INSERT INTO t VALUES(1)")
            service.metrics()
            for app in apps:
                app.execute("COMMIT")
            service.metrics()

    def assert_watched(self, log, data):
        """The trace holds what it is meant to judge."""
        calls = system_calls.concerning(system_calls.parse(log), data)
        seen = {(call.name, name) for call in calls
                for name in ("wal.db", "wal.db-wal", "wal.db-shm", "rollback.db")
                if f"{data}/{name}>" in call.text or f'{data}/{name}"' in call.text}
        for name in ("wal.db", "wal.db-wal", "wal.db-shm", "rollback.db"):
            self.assertIn(("openat", name), seen)
            self.assertIn(("pread64", name), seen)
            self.assertIn(("close", name), seen)
        for name in ("wal.db", "wal.db-shm", "rollback.db"):
            self.assertIn(("fcntl", name), seen)
        self.assertGreaterEqual(sum(call.name == "getdents64" for call in calls), 4)  # two searches

    def test_litetool_does_not_disturb_either(self):
        need(self, ["strace", "-o", "/dev/null", "true"])
        app = self.app()
        app.execute("BEGIN IMMEDIATE")
        log = self.path("strace.log")
        done = subprocess.run([*STRACE, log, LITETOOL, "inspect", app.path], capture_output=True)
        self.assertLess(done.returncode, 2, done.stderr)
        with open(log) as file:
            text = file.read()
        self.assertIn(f"<{app.path}-shm>, F_GETLK", text)
        self.assertEqual(system_calls.offences(text, self.folder), [])
        app.execute("COMMIT")

    def test_nothing_is_open_between_readings(self):
        app = self.app()
        service = self.litewatch(app.path)
        for _ in range(5):
            service.metrics()
            # The lock sampler may be at it for an instant.
            wait_until(lambda: not open_files_in(service.process.pid, self.folder), 2)


def finished_log(path, pid):
    with open(path) as log:
        text = log.read()
    return text if re.search(rf"^{pid} +\+\+\+ exited with 0 ", text, re.MULTILINE) else None


def open_files_in(pid, folder):
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            continue
        if target.startswith(folder + "/"):
            found.append(target)
    return found


class TheJudgeItself(TestCase):
    """The judge of system calls catches what it is there for."""

    OFFENCES = """\
openat(AT_FDCWD</>, "/d/a.db", O_RDWR|O_CLOEXEC) = -1 EACCES (Permission denied)
openat(AT_FDCWD</>, "/d/a.db-wal", O_WRONLY|O_CLOEXEC) = -1 EACCES (Permission denied)
openat(AT_FDCWD</>, "/d/new", O_RDONLY|O_CREAT|O_CLOEXEC, 0644) = -1 EACCES (Permission denied)
openat(3</d>, "a.db", O_RDONLY|O_TRUNC) = -1 EACCES (Permission denied)
fcntl(5</d/a.db>, F_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=1, l_len=1}) = 0
fcntl(5</d/a.db-shm>, F_SETLKW, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=1, l_len=1}) = 0
fcntl(5</d/a.db>, F_OFD_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=1, l_len=1}) = 0
fcntl(5</d/a.db>, F_SETLEASE, F_RDLCK) = 0
fcntl(5</d/a.db>, F_DUPFD_CLOEXEC, 0) = 6</d/a.db>
flock(5</d/a.db>, LOCK_SH) = 0
unlink("/d/a.db-wal") = 0
unlinkat(3</d>, "a.db-shm", 0) = 0
rename("/d/a.db", "/x") = 0
rename("/x", "/d/a.db") = 0
link("/d/a.db", "/x") = 0
symlink("/x", "/d/a.db") = 0
mkdir("/d/sub", 0755) = 0
truncate("/d/a.db", 0) = 0
ftruncate(5</d/a.db>, 0) = 0
fallocate(5</d/a.db>, 0, 0, 1) = 0
chmod("/d/a.db", 0644) = 0
fchmod(5</d/a.db>, 0644) = 0
chown("/d/a.db", 0, 0) = 0
fchownat(AT_FDCWD</>, "/d/a.db-shm", 0, 0, 0) = 0
utimensat(AT_FDCWD</>, "/d/a.db", NULL, 0) = 0
setxattr("/d/a.db", "user.x", ""..., 1, 0) = 0
write(5</d/a.db>, ""..., 100) = 100
pwrite64(5</d/a.db-wal>, ""..., 100, 0) = 100
pwritev(5</d/a.db>, [{iov_base=""..., iov_len=1}], 1, 0) = 1
copy_file_range(4</x>, NULL, 5</d/a.db>, NULL, 100, 0) = 100
fsync(5</d/a.db>) = 0
mmap(NULL, 4096, PROT_READ, MAP_SHARED, 5</d/a.db-shm>, 0) = 0x7f0000000000
dup(5</d/a.db>) = 6</d/a.db>
inotify_add_watch(7<anon_inode:inotify>, "/d", IN_MODIFY) = 1
mount("/x", "/d", NULL, MS_BIND, NULL) = 0"""

    HARMLESS = """\
10 openat(AT_FDCWD</>, "/d/a.db", O_RDONLY|O_NOCTTY|O_NONBLOCK|O_CLOEXEC) = 5</d/a.db>
10 fstat(5</d/a.db>, {st_mode=S_IFREG|0644, st_size=8192, ...}) = 0
10 pread64(5</d/a.db>, ""..., 100, 0) = 100
10 fcntl(5</d/a.db>, F_GETLK, {l_type=F_UNLCK, l_whence=SEEK_SET, l_start=1, l_len=1}) = 0
10 futex(0x7f0000000000, FUTEX_WAIT_PRIVATE, 2, NULL) = 0
11 futex(0x7f0000000000, FUTEX_WAIT_BITSET_PRIVATE, 0, {tv_sec=1, tv_nsec=0}, 0xffff) = 0
11 unlink("/data/b.db") = 0
11 write(2</x/log>, ""..., 100) = 100
10 close(5</d/a.db> <unfinished ...>
11 openat(AT_FDCWD</>, "/d/a.db-wal", O_RDONLY|O_CLOEXEC) = 5</d/a.db-wal>
10 <... close resumed>) = 0
10 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---
11 close(5</d/a.db-wal>) = 0
10 +++ exited with 0 +++"""

    def test_each_offence_is_seen(self):
        for line in self.OFFENCES.splitlines():
            with self.subTest(line):
                self.assertIn(line, system_calls.offences(f"10 {line}\n", "/d"))

    def test_a_reader_that_uses_libsqlite_is_seen(self):
        need(self, ["strace", "-o", "/dev/null", "true"])
        app = self.app()
        reader = ("import sqlite3, sys\n"
                  "db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)\n"
                  "db.execute('SELECT * FROM t').fetchall()\n")
        log = self.path("strace.log")
        subprocess.run([*STRACE, log, sys.executable, "-c", reader, app.path],
                       check=True)
        with open(log) as file:
            offences = "\n".join(system_calls.offences(file.read(), self.folder))
        for offence in ("O_RDWR|O_CREAT", "F_SETLK", "mmap("):
            self.assertIn(offence, offences)

    def test_an_offence_in_two_halves_is_seen(self):
        log = "10 unlink(\"/d/a.db-wal\" <unfinished ...>\n11 getpid() = 10\n"
        self.assertEqual(len(system_calls.offences(log, "/d")), 1)
        self.assertEqual(
            system_calls.offences(log + "10 <... unlink resumed>) = 0\n", "/d"),
            ['unlink("/d/a.db-wal") = 0'])

    def test_a_descriptor_that_stays_open_is_seen(self):
        opened = '10 openat(AT_FDCWD</>, "/d/a.db", O_RDONLY|O_CLOEXEC) = 5</d/a.db>\n'
        slept = "10 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=1}, NULL) = 0\n"
        waited = "10 futex(0x7f, FUTEX_WAIT_BITSET_PRIVATE, 0, {tv_sec=1}, 0xff <unfinished ...>\n"
        closed = "10 close(5</d/a.db>) = 0\n"
        self.assertEqual(len(system_calls.offences(opened, "/d")), 1)
        self.assertEqual(len(system_calls.offences(opened + slept + closed, "/d")), 1)
        self.assertEqual(len(system_calls.offences(opened + waited, "/d")), 2)

    def test_what_litewatch_may_do_is_no_offence(self):
        self.assertEqual(system_calls.offences(self.HARMLESS, "/d"), [])


class Files(TestCase):
    def test_databases_of_every_kind_stay_as_they_are(self):
        data = self.path("data")
        os.mkdir(data)
        for mode in ("delete", "truncate", "persist", "memory", "off", "wal"):
            states.closed(f"{data}/{mode}.db", mode)
        states.unclean_wal(f"{data}/unclean.db")
        states.hot_journal(f"{data}/hot.db")
        self.app("data/idle.db")
        open(f"{data}/empty.db", "w").close()
        before = states.fingerprints(data)
        self.assertLessEqual({f"{data}/{name}" for name in (
            "unclean.db-wal", "unclean.db-shm", "hot.db-journal", "idle.db-wal", "idle.db-shm",
            "persist.db-journal")}, set(before))

        page = self.scrape_for_a_second(f"{data}/*.db", f"{data}/empty.db")
        self.assertEqual(value(page, "sqlite_hot_journal", db="hot.db"), 1)
        self.assertEqual(value(page, "sqlite_recovery_pending", db="unclean.db"), 1)
        self.assertEqual(value(page, "sqlite_database_open", db="idle.db"), 1)
        self.assertEqual(states.fingerprints(data), before)
        for app in (App(f"{data}/hot.db"), App(f"{data}/unclean.db")):
            self.addCleanup(app.close)
            app.execute("INSERT INTO t VALUES(1)")  # rolled back, and recovered
            self.assertEqual(app.execute("PRAGMA integrity_check"), "ok")

    def scrape_for_a_second(self, *databases):
        service = self.litewatch(*databases)
        for _ in range(10):
            page = service.metrics()
            time.sleep(0.1)
        service.stop()
        return page

    def test_the_app_keeps_its_locks_and_goes_on_writing(self):
        wal = self.app("wal.db")
        rollback = self.app("rollback.db", "CREATE TABLE t(a)")
        for app in (wal, rollback):
            app.execute("BEGIN IMMEDIATE")
            app.execute("INSERT INTO t VALUES(2)")
        before = [locks_of(wal), locks_of(rollback)]
        self.assertGreaterEqual(len(before[0]), 3)  # SHARED, DMS and WRITE
        self.assertGreaterEqual(len(before[1]), 2)  # SHARED and RESERVED

        page = self.scrape_for_a_second(wal.path, rollback.path)
        self.assertEqual(value(page, "sqlite_lock_held", db="wal", lock="write"), 1)
        self.assertEqual(value(page, "sqlite_lock_held", db="rollback", lock="reserved"), 1)
        self.assertEqual([locks_of(wal), locks_of(rollback)], before)
        for app in (wal, rollback):
            app.execute("COMMIT")
            app.execute("INSERT INTO t VALUES(3)")
            self.assertEqual(app.execute("PRAGMA integrity_check"), "ok")


class Surroundings(TestCase):
    """What it reads is right from wherever it may have to look."""

    def assert_right_view(self, service, writer):
        """Locks, pins and transactions of a live app, as they come and go."""
        reader = App(writer.path, "BEGIN", "SELECT * FROM t")
        self.addCleanup(reader.close)
        before = service.metrics()
        for number in range(3):
            writer.execute(f"INSERT INTO t VALUES({number})")
        writer.execute("BEGIN IMMEDIATE")
        page = service.metrics()
        self.assertEqual(value(page, "sqlite_up"), 1)
        self.assertEqual(value(page, "sqlite_database_open"), 1)
        self.assertEqual(value(page, "sqlite_write_transactions_total") -
                         value(before, "sqlite_write_transactions_total"), 3)
        self.assertEqual(value(page, "sqlite_wal_pinned_frames"), 3)
        self.assertEqual(value(page, "sqlite_lock_held", lock="write"), 1)
        self.assertEqual(value(page, "sqlite_database_pages"),
                         float(reader.execute("PRAGMA page_count")))
        reader.close()
        writer.execute("ROLLBACK")
        page = service.metrics()
        self.assertEqual(value(page, "sqlite_wal_pinned_frames"), 0)
        self.assertEqual(value(page, "sqlite_lock_held", lock="write"), 0)
        errors = [number for series, number in page.items()
                  if series.startswith("sqlite_read_errors_total")]
        self.assertEqual(set(errors), {0})

    def test_another_user_without_capabilities(self):
        drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        need(self, [*drop, "true"])
        data = self.path("data")
        os.mkdir(data)
        path = os.path.join(data, "app.db")
        states.closed(path)
        for name in (data, path):  # SQLite gives the sidecars the owner and mode of the database
            os.chown(name, 0, NOBODY)
            os.chmod(name, 0o750 if name == data else 0o640)
        writer = self.app("data/app.db", "INSERT INTO t VALUES(1)")
        service = self.litewatch(path, prefix=drop)
        with open(f"/proc/{service.process.pid}/status") as file:
            status = file.read()
        self.assertRegex(status, rf"Uid:\t{NOBODY}\t")
        self.assertRegex(status, r"CapEff:\t0+\n")
        before = states.fingerprints(data)
        service.metrics()
        self.assertEqual(states.fingerprints(data), before)
        self.assert_right_view(service, writer)

    def test_a_read_only_bind_mount(self):
        writer = self.app()
        mount = ('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && '
                 '! touch "$1" 2>/dev/null && shift && exec "$@"')
        read_only = ["unshare", "--mount", "sh", "-c", mount, "sh", self.folder, writer.path]
        need(self, [*read_only, "true"])
        self.assert_right_view(self.litewatch(writer.path, prefix=read_only), writer)

    def test_another_pid_namespace(self):
        apart = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=SIGTERM"]
        need(self, [*apart, "true"])
        writer = self.app()
        service = self.litewatch(writer.path, prefix=apart)
        self.addCleanup(service.process.kill)  # unshare itself ignores SIGTERM
        inside = value(service.metrics(), "process_open_fds")
        self.assertIsNotNone(inside)  # it sees itself in its own /proc
        self.assert_right_view(service, writer)


if __name__ == "__main__":
    unittest.main()

"""`litetool inspect` beside live apps: what a person at 3 am is told, and the exit code."""
import hashlib
import json
import os
import select
import shutil
import subprocess
import time
import unittest

from support import LITETOOL, TestCase, litetool, skip

WAL = ("PRAGMA journal_mode=WAL", "CREATE TABLE t(a)", "INSERT INTO t VALUES(1)")


def digests(folder):
    """Name, content and times of every file."""
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            found[name] = (hashlib.sha256(file.read()).hexdigest(), os.stat(path).st_mtime_ns,
                           os.stat(path).st_ino)
    return found


class Inspect(TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.ordinary_folder()

    def inspect(self, path, *flags):
        """(exit code, text, JSON), from two runs."""
        text = litetool("inspect", *flags, path)
        done = litetool("inspect", "--json", *flags, path)
        report = json.loads(done.stdout)
        self.assertEqual(text.returncode, done.returncode)
        self.assertEqual(text.stderr + done.stderr, "")
        self.assert_agree(text.stdout, report)
        return done.returncode, text.stdout, report

    def assert_agree(self, text, report):
        """What the JSON says is in the text, however it is wrapped, and as many findings."""
        words = " ".join(text.split())
        self.assertIn(report["path"], text)
        for finding in report["findings"]:
            for part in ("state", "why", "next"):
                self.assertIn(finding[part], words)
        if report["readable"]:
            self.assertEqual(text.count("\n    -> "), len(report["findings"]))
            for lock in report["locks"]:
                self.assertRegex(text, rf"(?m)^  {lock['lock']} +{lock['mode']} +pid {lock['pid']}")

    def reasons(self, report):
        return [finding["reason"] for finding in report["findings"]]

    def test_healthy_app_exits_0(self):
        app = self.app("app.db", *WAL)
        code, text, report = self.inspect(app.path)
        self.assertEqual(code, 0, text)
        self.assertTrue(report["healthy"])
        self.assertTrue(report["open"])
        self.assertEqual(report["pages"], int(app.execute("PRAGMA page_count")))
        self.assertIn("healthy", text.splitlines()[0])
        self.assertEqual({lock["pid"] for lock in report["locks"]}, {app.process.pid})

    def test_notices_do_not_change_the_exit_code(self):
        app = self.app("app.db", *WAL)
        shutil.copy(app.path, app.path + ".corrupt-1")
        code, _, report = self.inspect(app.path)
        severities = {finding["severity"] for finding in report["findings"]}
        self.assertLessEqual(severities, {"notice"})
        self.assertEqual(code, 0)

    def test_warning_exits_1(self):
        app = self.app("app.db", *WAL)
        app.kill9()
        code, text, report = self.inspect(app.path)
        self.assertEqual(code, 1)
        self.assertIn("recovery_pending", self.reasons(report))
        self.assertIn("Do not delete the -wal file", report["findings"][0]["next"])
        self.assertIn("See first whether a process has it open", report["findings"][0]["next"])
        self.assertFalse(report["open"])

    def test_all_locks_lost_is_no_recovery(self):
        """The app opens and closes the files itself, as a backup within it does."""
        for parts in (("", "-shm"), ("-shm",), ("",)):
            with self.subTest(parts):
                app = self.app(f"app{len(parts)}{parts[0]}.db", *WAL)
                for part in parts:
                    app.drop_locks(part)
                code, text, report = self.inspect(app.path)
                self.assertEqual(code, 1)
                self.assertIn("posix_locks_lost", self.reasons(report))
                self.assertNotIn("recovery_pending", self.reasons(report))
                self.assertNotIn("tart the app:", text)
                self.assertTrue(report["open"])
                if "-shm" in parts:
                    self.assertEqual(report["open_without_lock"], {"pid": app.process.pid})
                    self.assertRegex(text, rf"pid {app.process.pid} has the -shm file open without")

    def test_what_may_not_be_read_is_unknown(self):
        if os.geteuid() != 0:
            skip(self, "needs root to become another user")
        app = self.app("app.db", *WAL)
        os.chmod(app.path, 0o644)
        for part in ("-wal", "-shm"):
            os.chmod(app.path + part, 0o600)
        text, printed = (self.inspect_as_nobody(app.path, *flags) for flags in ((), ("--json",)))
        report = json.loads(printed)
        self.assertEqual(self.reasons(report)[0], "partly_unreadable")
        self.assertEqual(set(report["wal"]), {"size_bytes"})
        for words in ("unknown how much is live", "unknown how many reader slots",
                      "whether a write transaction is open cannot be seen",
                      "those on the -shm file are unknown"):
            self.assertIn(words, text)
        self.assertNotIn(" 0 B", text)

    def inspect_as_nobody(self, path, *flags):
        done = subprocess.run([LITETOOL, "inspect", *flags, path], stdout=subprocess.PIPE,
                              text=True, user=65534, group=65534, extra_groups=[], check=True)
        return done.stdout

    def test_held_write_lock_names_its_holder(self):
        for mode in ("WAL", "DELETE"):
            with self.subTest(mode):
                app = self.app(mode + ".db", f"PRAGMA journal_mode={mode}", "CREATE TABLE t(a)")
                app.execute("BEGIN IMMEDIATE")
                code, text, report = self.inspect(app.path)
                name = "write" if mode == "WAL" else "reserved"
                held = [lock for lock in report["locks"] if lock["lock"] == name]
                self.assertEqual([(lock["mode"], lock["pid"]) for lock in held],
                                 [("write", app.process.pid)])
                self.assertIn("python3 -c", held[0]["command"])
                self.assertIn("a write transaction is open", text)
                self.assertEqual(code, 0)

    def test_reader_that_pins_is_named_and_ages_under_watch(self):
        app = self.app("app.db", *WAL)
        reader = self.app("app.db", "SELECT 1")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM t")
        for number in range(20):
            app.execute(f"INSERT INTO t VALUES({number})")
        watch = subprocess.Popen([LITETOOL, "inspect", "--json", "--watch", app.path],
                                 stdout=subprocess.PIPE, text=True)
        try:
            looks = self.read_reports(watch, 4)
        finally:
            watch.kill()
            watch.wait()
            watch.stdout.close()
        ages = [look["wal"]["pin"]["seen_for_seconds"] for look in looks]
        self.assertEqual(ages, sorted(ages))
        self.assertGreater(ages[-1], ages[0] + 2)
        _, text, report = self.inspect(app.path)
        self.assertGreater(report["wal"]["pin"]["pinned_frames"], 0)
        slot = f"read {report['wal']['pin']['slot']}"
        self.assertEqual([lock["pid"] for lock in report["locks"] if lock["lock"] == slot],
                         [reader.process.pid])
        self.assertIn("healthy at this moment", text.splitlines()[0])
        self.assertEqual(text.splitlines()[1:3],
                         ["open, no write transaction at the moment; a reader pins the WAL",
                          "for how long: --watch tells, and litewatch's page"])
        self.assertIn("What pins the WAL", text)
        self.assertRegex(text, rf"held by pid {reader.process.pid}.*python3")
        reader.execute("COMMIT")
        _, text, report = self.inspect(app.path)
        self.assertNotIn("pin", report["wal"])
        self.assertNotIn("at this moment", text.splitlines()[0])

    def read_reports(self, process, count):
        """The first JSON documents that the process prints."""
        reports, text, deadline = [], "", time.monotonic() + 15
        while len(reports) < count:
            ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
            self.assertTrue(ready, "no report in time")
            text += process.stdout.readline()
            if text.endswith("\n}\n"):
                reports.append(json.loads(text))
                text = ""
        return reports

    def test_lost_locks_exit_1_with_the_right_advice(self):
        app = self.app("app.db", *WAL)
        app.drop_locks()
        code, text, report = self.inspect(app.path)
        self.assertEqual(code, 1)
        self.assertEqual(self.reasons(report)[0], "posix_locks_lost")
        self.assertIn("Open no other connection to this file", text)
        self.assertIn("Stop the app, and start it once it has ended", report["findings"][0]["next"])

    def test_what_cannot_be_read_exits_2(self):
        os.mkdir(self.path("folder.db"))
        os.mkfifo(self.path("fifo.db"))
        for name, reason in (("missing.db", "missing"), ("folder.db", "unreadable"),
                             ("fifo.db", "unreadable")):
            with self.subTest(name):
                code, text, report = self.inspect(self.path(name))
                self.assertEqual(code, 2)
                self.assertFalse(report["readable"])
                self.assertEqual(self.reasons(report), [reason])
                self.assertIn("->", text)

    def test_file_of_another_user_exits_2(self):
        app = self.app("app.db", *WAL)
        app.close()
        os.chmod(app.path, 0o600)
        if os.geteuid() == 0:
            done = litetool("inspect", app.path, user=65534, group=65534, extra_groups=[])
        else:
            os.chmod(app.path, 0)
            done = litetool("inspect", app.path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("ermission denied", done.stdout)

    def test_wrong_usage_exits_2(self):
        for arguments in ((), ("a.db", "b.db"), ("--colour", "a.db")):
            with self.subTest(arguments):
                done = litetool("inspect", *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("litetool inspect --help", done.stderr)
        self.assertEqual(litetool("inspekt").returncode, 2)

    def test_symbolic_link_leads_to_the_sidecars_of_the_real_file(self):
        app = self.app("app.db", *WAL)
        os.symlink(app.path, self.path("link.db"))
        code, _, report = self.inspect(self.path("link.db"))
        self.assertEqual(code, 0)
        self.assertEqual(report["path"], app.path)
        self.assertTrue(report["open"])

    def test_hostile_file_names_still_make_json(self):
        for name in (b"new\nline.db", b'quo"te.db', b"invalid-\xff.db", "emoji-🚑.db".encode()):
            with self.subTest(name):
                path = os.path.join(os.fsencode(self.folder), name)
                with open(path, "wb"):
                    pass
                done = subprocess.run([LITETOOL, "inspect", "--json", path],
                                      stdout=subprocess.PIPE, timeout=10)
                self.assertEqual(done.returncode, 0)
                self.assertEqual(json.loads(done.stdout)["path"],
                                 path.decode("utf-8", "replace"))

    def test_it_leaves_no_trace(self):
        app = self.app("app.db", *WAL)
        app.execute("BEGIN IMMEDIATE")
        dead = self.app("dead.db", *WAL)
        dead.kill9()
        before = digests(self.folder)
        for path in (app.path, dead.path):
            self.inspect(path)
        self.assertEqual(digests(self.folder), before)


if __name__ == "__main__":
    unittest.main()

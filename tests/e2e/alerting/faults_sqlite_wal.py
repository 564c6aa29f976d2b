"""Write-ahead logs that grow, that nobody checkpoints or recovers, and that lie."""
import sqlite3
import struct
import time

from alerting.scene import Expected
from alerting.sqlite_fault import ROLLBACK, WAL, SqliteFault, Steadily

NO_CHECKPOINTS = (*WAL, "PRAGMA wal_autocheckpoint=0")
HAS_WAL_RESET_BUG = (3, 7, 0) <= sqlite3.sqlite_version_info < (3, 51, 3) and \
    not (3, 44, 6) <= sqlite3.sqlite_version_info < (3, 45, 0) and \
    not (3, 50, 7) <= sqlite3.sqlite_version_info < (3, 51, 0)


def rows(count):
    """SQL that writes about as many pages."""
    return (f"WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<{count}) "
            "INSERT INTO t SELECT zeroblob(4000) FROM n")


class SqliteWalGrows(SqliteFault):
    """The app has its own checkpoints off, and does none."""

    alerts = (Expected("SqliteWalTooLarge", "warning", db="main"),)
    setup = NO_CHECKPOINTS
    objectives = {"wal": "1MiB"}
    frames = 600

    def break_it(self):
        self.app.execute(rows(self.frames))

    def mend(self):
        self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class SqliteWalGrowsFar(SqliteWalGrows):
    alerts = (Expected("SqliteWalTooLarge", "critical", db="main"),
              Expected("SqliteWalTooLarge", "warning", db="main", side=True))
    frames = 1500


class SqliteCheckpointsStall(SqliteWalGrows):
    alerts = (Expected("SqliteCheckpointStalled", "warning", db="main"),)
    objectives = {"checkpoint_lag": "1MiB"}


class SqliteReaderPinsWal(SqliteFault):
    """A report reads from one snapshot while the app goes on to write."""

    alerts = (Expected("SqliteReaderPinsWal", "warning", db="main"),)
    objectives = {"oldest_reader": "1s"}

    def break_it(self):
        self.reader = self.open("BEGIN", "SELECT count(*) FROM t")
        self.app.execute(rows(1500))

    def mend(self):
        self.reader.execute("COMMIT")
        self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class SqliteCheckpointerIsKilled(SqliteFault):
    """Another process is killed half way through a checkpoint, while the app goes on."""

    alerts = (Expected("SqliteCheckpointInterrupted", "info", db="main"),)
    setup = NO_CHECKPOINTS
    attempts = 20

    def break_it(self):
        for _ in range(self.attempts):
            self.app.execute(rows(4000))
            self.kill_a_checkpoint()
            if self.is_interrupted():
                return
        raise AssertionError(f"{self.attempts} checkpoints ended before they could be killed")

    def kill_a_checkpoint(self):
        other = self.open("SELECT count(*) FROM t")
        other.process.stdin.write("exec PRAGMA wal_checkpoint\n")
        other.process.stdin.flush()
        deadline = time.monotonic() + 2
        while not self.is_interrupted() and time.monotonic() < deadline:
            pass
        other.kill9()

    def is_interrupted(self):
        """By the wal-index: more frames attempted than copied."""
        with open(self.database + "-shm", "rb") as file:
            index = file.read(136)
        (copied,), (attempted,) = struct.unpack_from("=I", index, 96), \
            struct.unpack_from("=I", index, 128)
        return attempted > copied

    def mend(self):
        self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class CrashFault(SqliteFault):
    def recover(self):
        """Until the first checkpoint a recovered wal-index looks like an interrupted one."""
        self.reopen()
        self.app.execute("PRAGMA wal_checkpoint")


class SqliteWriterIsKilled(CrashFault):
    alerts = (Expected("SqliteRecoveryPending", "warning", db="main"),)

    def break_it(self):
        self.app.execute("INSERT INTO t VALUES(2)")
        self.app.kill9()

    def mend(self):
        self.recover()


class SqliteWalIndexLies(CrashFault):
    """What the WAL-reset bug leaves behind: more frames copied than there are."""

    alerts = (Expected("SqliteWalIndexInconsistent", "critical", db="main"),
              Expected("SqliteRecoveryPending", "warning", db="main", side=True))

    def break_it(self):
        self.app.kill9()
        with open(self.database + "-shm", "r+b") as file:
            file.seek(16)
            (frames,) = struct.unpack("=I", file.read(4))
            file.seek(96)
            file.write(struct.pack("=I", frames + 1))

    def mend(self):
        self.recover()


class SqliteHasTheWalResetBug(SqliteFault):
    """Only WAL mode is exposed to it."""

    alerts = (Expected("SqliteWalResetBugExposed", "info", db="main"),)
    setup = ROLLBACK

    def why_not(self):
        return None if HAS_WAL_RESET_BUG else f"SQLite {sqlite3.sqlite_version} has no such bug"

    def break_it(self):
        self.app.execute("PRAGMA journal_mode=WAL")
        self.app.execute("INSERT INTO t VALUES(2)")

    def mend(self):
        self.app.execute("PRAGMA journal_mode=DELETE")


class SqliteRollbackModeIsBusy(SqliteFault):
    alerts = (Expected("SqliteRollbackModeBusy", "info", db="main"),)
    setup = ("PRAGMA synchronous=OFF", *ROLLBACK)
    writer = None

    def break_it(self):
        self.writer = Steadily(lambda: self.app.execute("INSERT INTO t VALUES(2)"), 0.01)

    def mend(self):
        self.writer.stop()
        self.app.execute("PRAGMA journal_mode=WAL")

    def stop(self):
        if self.writer:
            self.writer.stop()
        super().stop()


FAULTS = [SqliteWalGrows, SqliteWalGrowsFar, SqliteCheckpointsStall, SqliteReaderPinsWal,
          SqliteCheckpointerIsKilled, SqliteWriterIsKilled, SqliteWalIndexLies,
          SqliteHasTheWalResetBug, SqliteRollbackModeIsBusy]

"""Locks that are lost or held for long, sidecars that are gone or strange, and writes that stop."""
import os

from alerting.scene import Expected
from alerting.sqlite_fault import ROLLBACK, WAL, SqliteFault, Steadily

NOBODY = 65534


class SqliteAppLosesItsLocks(SqliteFault):
    """The app opens and closes its own file, as a careless backup within it would."""

    alerts = (Expected("SqlitePosixLocksLost", "critical", db="main"),)

    def break_it(self):
        self.app.drop_locks()

    def mend(self):
        self.reopen()


class SqliteSidecarsAreDeleted(SqliteFault):
    alerts = (Expected("SqliteSidecarMissing", "critical", db="main"),)
    setup = (*WAL, "PRAGMA wal_checkpoint")

    def break_it(self):
        os.unlink(self.database + "-wal")
        os.unlink(self.database + "-shm")

    def mend(self):
        self.reopen()


class SqliteSidecarIsAnothersOwn(SqliteFault):
    """Somebody looked into the database as another user."""

    alerts = (Expected("SqliteSidecarOwnerMismatch", "warning", db="main"),)

    def why_not(self):
        return None if os.geteuid() == 0 else "only root can give a file to another user"

    def break_it(self):
        os.chown(self.database + "-wal", NOBODY, NOBODY)

    def mend(self):
        os.chown(self.database + "-wal", 0, 0)


class SqliteWriterDiesWithinATransaction(SqliteFault):
    """What it had changed did not fit into its cache, so that half of it is in the file."""

    alerts = (Expected("SqliteHotJournal", "warning", db="main"),)
    setup = ("PRAGMA journal_mode=DELETE", "PRAGMA cache_size=5", "CREATE TABLE t(a)",
             "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300) "
             "INSERT INTO t SELECT randomblob(500) FROM n")

    def break_it(self):
        self.app.execute("BEGIN")
        self.app.execute("UPDATE t SET a=randomblob(500)")
        self.app.kill9()

    def mend(self):
        self.reopen()


class SqliteSchemaIsChanged(SqliteFault):
    """The news is over after a while, without a mending."""

    alerts = (Expected("SqliteSchemaChanged", "info", db="main"),)

    def break_it(self):
        self.app.execute("ALTER TABLE t ADD COLUMN b")

    def mend(self):
        pass


class SqliteWriteIsStuck(SqliteFault):
    """A write transaction is begun and not ended."""

    alerts = (Expected("SqliteWriteTransactionStuck", "critical", db="main"),)
    objectives = {"write_lock_held": "1s", "write_lock_occupancy": 1}

    def break_it(self):
        self.app.execute("BEGIN IMMEDIATE")

    def mend(self):
        self.app.execute("COMMIT")


class SqliteWritersQueue(SqliteFault):
    """One transaction after the other, each as short as its limit asks for."""

    alerts = (Expected("SqliteWriteLockSaturated", "warning", db="main"),)
    objectives = {"write_lock_held": "1h", "write_lock_occupancy": 0.5}
    writer = None

    def break_it(self):
        self.app.execute("BEGIN IMMEDIATE")
        self.writer = Steadily(self.next_transaction, 0.3)

    def next_transaction(self):
        self.app.execute("INSERT INTO t VALUES(2)")
        self.app.execute("COMMIT")
        self.app.execute("BEGIN IMMEDIATE")

    def mend(self):
        self.stop_writing()
        self.app.execute("COMMIT")

    def stop_writing(self):
        if self.writer:
            self.writer.stop()
            self.writer = None

    def stop(self):
        self.stop_writing()
        super().stop()


class SqliteAppStopsWriting(SqliteFault):
    """An app that writes all the time, and then is wedged."""

    alerts = (Expected("SqliteWritesStopped", "warning", db="main"),)
    setup = ("PRAGMA synchronous=OFF", *ROLLBACK)
    objectives = {"write_age": "6s"}
    writer = None

    def start(self):
        super().start()
        self.mend()

    def break_it(self):
        self.writer.stop()
        self.writer = None

    def mend(self):
        self.writer = Steadily(lambda: self.app.execute("UPDATE t SET a=a+1"), 0.5)

    def stop(self):
        if self.writer:
            self.break_it()
        super().stop()


FAULTS = [SqliteAppLosesItsLocks, SqliteSidecarsAreDeleted, SqliteSidecarIsAnothersOwn,
          SqliteWriterDiesWithinATransaction, SqliteSchemaIsChanged, SqliteWriteIsStuck,
          SqliteWritersQueue, SqliteAppStopsWriting]

"""Databases that run out of room: volumes, inodes, pages, and space for a VACUUM."""
import os
import struct

from alerting.scene import Expected
from alerting.sqlite_fault import KIB, MIB, ClosedDatabaseFault, SmallVolumeFault
from alerting.sqlite_fault import SqliteFault, Steadily

PAGES_OF_AN_OLD_SQLITE = 1073741823


class SqliteVolumeFillsUp(SmallVolumeFault):
    """Something beside the database grows all the time."""

    alerts = (Expected("SqliteVolumeFillingUp", "critical", db="main"),
              Expected("SqliteVolumeFillingUp", "warning", db="main", side=True))
    objectives = {"filesystem_avail": "20MiB"}
    writer = None

    def break_it(self):
        self.writer = Steadily(lambda: self.fill(16 * KIB), 0.2)

    def mend(self):
        self.writer.stop()
        self.grow()

    def stop(self):
        if self.writer:
            self.writer.stop()
        super().stop()


class SqliteVolumeFillsUpSlowly(SqliteVolumeFillsUp):
    """There is more room left, so that it is no page."""

    alerts = (Expected("SqliteVolumeFillingUp", "warning", db="main"),)
    objectives = {"filesystem_avail": "9MiB"}


class SqliteVolumeAllButFull(SmallVolumeFault):
    alerts = (Expected("SqliteVolumeLow", "critical", db="main"),
              Expected("SqliteVolumeLow", "warning", db="main", side=True),
              Expected("SqliteVolumeFillingUp", "critical", db="main", side=True),
              Expected("SqliteVolumeFillingUp", "warning", db="main", side=True))
    objectives = {"filesystem_avail": "40MiB"}

    def break_it(self):
        self.fill(56 * MIB)


class SqliteVolumeShortOfSpace(SqliteVolumeAllButFull):
    alerts = (Expected("SqliteVolumeLow", "warning", db="main"),
              Expected("SqliteVolumeFillingUp", "critical", db="main", side=True),
              Expected("SqliteVolumeFillingUp", "warning", db="main", side=True))

    def break_it(self):
        self.fill(30 * MIB)


class SqliteVolumeShortOfInodes(SmallVolumeFault):
    alerts = (Expected("SqliteVolumeInodesLow", "warning", db="main"),)
    options = "mode=0755,nr_inodes=3000"

    def break_it(self):
        os.mkdir(os.path.join(self.volume, "small"))
        for number in range(2500):
            os.close(os.open(os.path.join(self.volume, "small", str(number)), os.O_CREAT))

    def mend(self):
        mountpoint = os.path.join(self.volume, "small")
        for name in os.listdir(mountpoint):
            os.unlink(os.path.join(mountpoint, name))


class SqliteNoRoomForVacuum(SmallVolumeFault):
    """Rows are deleted, and there is less space left than a VACUUM may need."""

    alerts = (Expected("SqliteNoRoomForVacuum", "info", db="main"),)
    size_bytes = 24 * MIB
    setup = ("PRAGMA journal_mode=DELETE", "CREATE TABLE t(a)",
             "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<2500) "
             "INSERT INTO t SELECT zeroblob(4000) FROM n")

    def break_it(self):
        self.app.execute("DELETE FROM t")
        self.fill(4 * MIB)


class SqliteFreelistBloat(SqliteFault):
    """A VACUUM mends it, which counts as a change of the schema."""

    alerts = (Expected("SqliteFreelistBloat", "info", db="main"),
              Expected("SqliteSchemaChanged", "info", db="main", side=True))
    setup = ("PRAGMA page_size=65536", "PRAGMA journal_mode=DELETE", "PRAGMA synchronous=OFF",
             "CREATE TABLE t(a)",
             "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<1300) "
             "INSERT INTO t SELECT zeroblob(60000) FROM n")

    def break_it(self):
        self.app.execute("DELETE FROM t")

    def mend(self):
        self.app.execute("VACUUM")


class SqliteNearsItsLimit(ClosedDatabaseFault):
    """A file, full of holes, that has as many pages as its header says."""

    alerts = (Expected("SqliteDatabaseNearLimit", "warning", db="main"),)
    share = 0.85

    def break_it(self):
        pages = int(PAGES_OF_AN_OLD_SQLITE * self.share)
        with open(self.database, "r+b") as file:
            file.seek(28)
            file.write(struct.pack(">I", pages))
            file.seek(96)
            file.write(struct.pack(">I", 3040001))
            file.truncate(pages * 512)


class SqliteReachesItsLimit(SqliteNearsItsLimit):
    alerts = (Expected("SqliteDatabaseNearLimit", "critical", db="main"),
              Expected("SqliteDatabaseNearLimit", "warning", db="main", side=True))
    share = 0.97


FAULTS = [SqliteVolumeFillsUp, SqliteVolumeFillsUpSlowly, SqliteVolumeAllButFull,
          SqliteVolumeShortOfSpace, SqliteVolumeShortOfInodes, SqliteNoRoomForVacuum,
          SqliteFreelistBloat, SqliteNearsItsLimit, SqliteReachesItsLimit]
UNPROVOKED = {
    "SqliteGrowthAnomaly":
        "compares a day with the days before it, and needs more than three of them: 22 minutes "
        "even in compressed time; rules/tests/sqlite-capacity.yml proves it",
}

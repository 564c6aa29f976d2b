"""Databases that run out of room: volumes, inodes, pages, and space for a VACUUM."""
import os
import struct

from alerting.scene import Expected
from alerting.sqlite_fault import KIB, MIB, ClosedDatabaseFault, OwnLitewatchFault
from alerting.sqlite_fault import SmallVolumeFault, SqliteFault, Steadily
from prometheus import Prometheus
from support import ROOT, litetool

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
    """One large file was written: no trend, but in compressed time a ticket may think so."""

    alerts = (Expected("SqliteVolumeLow", "critical", db="main"),
              Expected("SqliteVolumeLow", "warning", db="main", side=True),
              Expected("SqliteVolumeFillingUp", "warning", db="main", side=True))
    objectives = {"filesystem_avail": "40MiB"}

    def break_it(self):
        self.fill(56 * MIB)


class SqliteVolumeShortOfSpace(SqliteVolumeAllButFull):
    alerts = (Expected("SqliteVolumeLow", "warning", db="main"),
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
        folder = os.path.join(self.volume, "small")
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))


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


class SqliteGrowsAsNeverBefore(OwnLitewatchFault):
    """A day against a week: in a Prometheus of its own, for which a day has 6 seconds."""

    alerts = (Expected("SqliteGrowthAnomaly", "info", db="main"),)
    setup = ("PRAGMA page_size=65536", "PRAGMA journal_mode=DELETE", "PRAGMA synchronous=OFF",
             "CREATE TABLE t(a)")
    speed = 86400 / 6
    writer = None

    def jobs(self):
        """None: its litewatch is none of the other Prometheus' business."""
        prometheus = Prometheus(self.scene.new_folder("prometheus-" + self.name), [self.own_job()],
                                evaluation="1s", rule_files=self.fast_rules(),
                                alerting=self.scene.alertmanager.as_target())
        self.scene.prometheuses.append(self.scene.closing(prometheus))
        return []

    def fast_rules(self):
        folder = self.path("rules")
        done = litetool("build", "rules", f"--root={ROOT}", f"--output={folder}",
                        f"--speed={self.speed}", "--least-range=3s", "--most-for=1s")
        if done.returncode != 0:
            raise AssertionError(f"litetool build rules: {done.stderr}")
        return [os.path.join(folder, "rules", name)
                for name in ("recording/sqlite.yml", "alerts/sqlite-capacity.yml")]

    def break_it(self):
        self.writer = Steadily(self.write, 0.2)

    def write(self):
        """For so long that the growth is seen, and not for ever."""
        if os.path.getsize(self.database) < 320 * MIB:
            self.app.execute("WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<70) "
                             "INSERT INTO t SELECT zeroblob(60000) FROM n")

    def mend(self):
        self.writer.stop()

    def stop(self):
        if self.writer:
            self.writer.stop()
        super().stop()


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
          SqliteFreelistBloat, SqliteGrowsAsNeverBefore, SqliteNearsItsLimit,
          SqliteReachesItsLimit]

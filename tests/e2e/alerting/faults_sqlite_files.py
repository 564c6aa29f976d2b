"""Database files that are missing, unreadable, damaged, replaced, or where they should not be."""
import os
import shutil

from alerting.scene import Expected
from alerting.sqlite_fault import ROLLBACK, ClosedDatabaseFault, OwnLitewatchFault, SqliteFault
from alerting.sqlite_fault import mount, unmount, why_no_mounts
from hung_filesystem_test import HUNG_FS, HungFs

NOBODY = 65534


class SqliteFileIsMissing(ClosedDatabaseFault):
    alerts = (Expected("SqliteFileMissing", "critical", db="main"),)

    def break_it(self):
        os.rename(self.database, self.path("elsewhere.db"))

    def mend(self):
        os.rename(self.path("elsewhere.db"), self.database)


class OtherUsersLitewatchFault(OwnLitewatchFault):
    """litewatch runs as another user than the app, where that is root."""

    if os.geteuid() == 0:
        prefix = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


class SqliteIsUnreadable(OtherUsersLitewatchFault):
    alerts = (Expected("SqliteUnreadable", "warning", db="main"),)
    setup = ROLLBACK

    def start(self):
        super().start()
        self.app.close()

    def break_it(self):
        os.chmod(self.database, 0)

    def mend(self):
        os.chmod(self.database, 0o644)


class SqliteWalIsUnreadable(OtherUsersLitewatchFault):
    alerts = (Expected("SqlitePartlyUnreadable", "warning", db="main"),)

    def set_mode(self, mode):
        for sidecar in ("-wal", "-shm"):
            os.chmod(self.database + sidecar, mode)

    def break_it(self):
        self.set_mode(0o200)

    def mend(self):
        self.set_mode(0o644)


class SqliteHeaderIsDamaged(ClosedDatabaseFault):
    alerts = (Expected("SqliteHeaderInvalid", "critical", db="main"),)

    def break_it(self):
        with open(self.database, "r+b") as file:
            file.write(bytes(100))


class SqliteFileIsTruncated(ClosedDatabaseFault):
    alerts = (Expected("SqliteFileTruncated", "critical", db="main"),)

    def break_it(self):
        os.truncate(self.database, len(self.whole) // 2 // 512 * 512)


class SqliteFileEndsWithinAPage(ClosedDatabaseFault):
    alerts = (Expected("SqliteFileMisaligned", "warning", db="main"),)

    def break_it(self):
        with open(self.database, "ab") as file:
            file.write(b"something else")


class SqliteFileIsReplaced(ClosedDatabaseFault):
    """A restore. The news is over after a while, without a mending."""

    alerts = (Expected("SqliteFileReplaced", "info", db="main"),)

    def break_it(self):
        shutil.copy(self.database, self.path("restored"))
        os.replace(self.path("restored"), self.database)

    def mend(self):
        pass


class SqliteCorruptCopyLiesBeside(SqliteFault):
    alerts = (Expected("SqliteCorruptCopies", "warning", db="main"),)

    def break_it(self):
        with open(self.database + ".corrupt.2026-01-01", "wb") as file:
            file.write(b"what was the database")

    def mend(self):
        os.unlink(self.database + ".corrupt.2026-01-01")


class SqliteHasTwoNames(ClosedDatabaseFault):
    alerts = (Expected("SqliteHardLinked", "warning", db="main"),)

    def break_it(self):
        os.link(self.database, self.path("other.db"))

    def mend(self):
        os.unlink(self.path("other.db"))


class MovedFault(ClosedDatabaseFault):
    """The folder of the database gets another file system, with the same files."""

    def __init__(self, scene):
        super().__init__(scene)
        self.data, self.source = self.path("data"), self.path("source")
        self.database = os.path.join(self.data, "app.db")

    def start(self):
        os.mkdir(self.data)
        super().start()

    def break_it(self):
        os.rename(self.data, self.source)
        self.mount()

    def mend(self):
        self.unmount()
        os.rmdir(self.data)
        os.rename(self.source, self.data)

    def stop(self):
        super().stop()
        self.unmount()


class SqliteIsOnFuse(MovedFault):
    alerts = (Expected("SqliteOnNetworkFilesystem", "warning", db="main"),
              Expected("SqliteFileReplaced", "info", db="main", side=True))
    fs = None

    def why_not(self):
        if not os.path.exists(HUNG_FS):
            return f"{HUNG_FS} is not built"
        return None if os.path.exists("/dev/fuse") else "there is no FUSE"

    def mount(self):
        self.fs = HungFs(self.source, self.data)
        if not self.fs.mounted():
            raise AssertionError("FUSE cannot be mounted")

    def unmount(self):
        if self.fs:
            self.fs.unmount()
            self.fs = None


class SqliteIsOnContainerLayer(MovedFault):
    alerts = (Expected("SqliteOnContainerLayer", "warning", db="main"),
              Expected("SqliteFileReplaced", "info", db="main", side=True))

    def why_not(self):
        return why_no_mounts()

    def mount(self):
        """On a tmpfs, since an overlay cannot lie upon another one."""
        layers = self.path("layers")
        os.mkdir(layers)
        mount("-t", "tmpfs", "-o", "size=8m", "layers", layers)
        upper, work = os.path.join(layers, "upper"), os.path.join(layers, "work")
        os.mkdir(upper)
        os.mkdir(work)
        os.mkdir(self.data)
        mount("-t", "overlay", "-o", f"lowerdir={self.source},upperdir={upper},workdir={work}",
              "overlay", self.data)

    def unmount(self):
        unmount(self.data)
        unmount(self.path("layers"))


class SqliteTenantIsUnwell(OwnLitewatchFault):
    """One of many databases, of which none has series of its own."""

    alerts = (Expected("SqliteTenantsUnhealthy", "warning", app=None, group="tenants-of-one-host",
                       reason="file_misaligned"),)
    setup = ROLLBACK

    def start(self):
        for number in range(3):
            self.database = self.path(f"tenant{number}.db")
            super().start()
            self.app.close()

    def own_config(self):
        return {"databases": [{"path": self.path("*.db"), "group": "tenants-of-one-host",
                               "objectives": {"filesystem_avail": "1MiB"}}],
                "limits": {"rescan_interval": "1s", "detailed_databases": 0},
                "containers": {"sockets": []}}

    def break_it(self):
        self.size_bytes = os.path.getsize(self.database)
        with open(self.database, "ab") as file:
            file.write(b"something else")

    def mend(self):
        os.truncate(self.database, self.size_bytes)


FAULTS = [SqliteFileIsMissing, SqliteIsUnreadable, SqliteWalIsUnreadable, SqliteHeaderIsDamaged,
          SqliteFileIsTruncated, SqliteFileEndsWithinAPage, SqliteFileIsReplaced,
          SqliteCorruptCopyLiesBeside, SqliteHasTwoNames, SqliteIsOnFuse,
          SqliteIsOnContainerLayer, SqliteTenantIsUnwell]

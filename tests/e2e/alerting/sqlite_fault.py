"""What faults of SQLite databases share: an app of its own, objectives, steady writes, a volume."""
import os
import subprocess
import threading

from alerting.fault import Fault
from support import App

KIB = 1 << 10
MIB = 1 << 20
WAL = ("PRAGMA journal_mode=WAL", "CREATE TABLE t(a)", "INSERT INTO t VALUES(1)")
ROLLBACK = ("PRAGMA journal_mode=DELETE", "CREATE TABLE t(a)", "INSERT INTO t VALUES(1)")


class SqliteFault(Fault):
    """A database of its own, db="main", which is healthy with much less space than the default
    objective asks for."""

    objectives = {}
    setup = WAL

    def __init__(self, scene):
        super().__init__(scene)
        self.database = self.path("app.db")
        self.apps = []

    def open(self, *setup):
        app = App(self.database, *setup)
        self.apps.append(app)
        return app

    def start(self):
        self.app = self.open(*self.setup)

    def config(self):
        return {"databases": [{"path": self.database, "app": self.name, "name": "main",
                               "objectives": {"filesystem_avail": "1MiB", **self.objectives}}]}

    def reopen(self):
        """Another process of the app, which finds what the last one left behind."""
        self.app.close()
        self.app = self.open()
        self.app.execute("SELECT count(*) FROM t")

    def stop(self):
        for app in self.apps:
            app.close()


class OwnLitewatchFault(SqliteFault):
    """Its database is watched by a litewatch of its own, which no other fault disturbs."""

    prefix = ()

    def config(self):
        return {}

    def own_config(self):
        return {**super().config(), "limits": {"rescan_interval": "1s"},
                "containers": {"sockets": []}}

    def own_job(self):
        service = self.scene.litewatch(self.name, self.own_config(), prefix=self.prefix)
        return self.scene.job_of(f"litewatch-{self.name}", service.port)

    def jobs(self):
        return [self.own_job()]


class ClosedDatabaseFault(SqliteFault):
    """A database that nobody has open: its file may be damaged raw, and put right again."""

    setup = ("PRAGMA page_size=512", "PRAGMA journal_mode=DELETE", "CREATE TABLE t(a)",
             *[f"INSERT INTO t VALUES(zeroblob({400 + row}))" for row in range(8)])

    def start(self):
        super().start()
        self.app.close()
        with open(self.database, "rb") as file:
            self.whole = file.read()

    def mend(self):
        with open(self.database, "r+b") as file:
            file.truncate(len(self.whole))
            file.write(self.whole)


class Steadily:
    """Does something over and over, on a thread of its own, until stop()."""

    def __init__(self, step, pause_s):
        self.step, self.pause_s = step, pause_s
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended.wait(self.pause_s):
            self.step()

    def stop(self):
        self.ended.set()
        self.thread.join()


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT)


def unmount(mountpoint):
    if os.path.ismount(mountpoint):
        subprocess.run(["umount", "-l", mountpoint], check=True)


def why_no_mounts():
    """A reason why nothing can be mounted; None where it can."""
    done = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return None if done.returncode == 0 else f"nothing can be mounted: {done.stdout.strip()}"


class SmallVolumeFault(SqliteFault):
    """The database lies on a small volume of its own, where nobody else takes space."""

    size_bytes = 64 * MIB
    roomy_bytes = 512 * MIB
    options = "mode=0755"

    def __init__(self, scene):
        super().__init__(scene)
        self.volume = self.path("volume")
        self.database = os.path.join(self.volume, "app.db")

    def why_not(self):
        return why_no_mounts()

    def start(self):
        os.mkdir(self.volume)
        mount("-t", "tmpfs", "-o", f"size={self.size_bytes},{self.options}", "volume", self.volume)
        super().start()

    def fill(self, size_bytes):
        """Something else takes space."""
        with open(os.path.join(self.volume, "else"), "ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), size_bytes)

    def grow(self):
        mount("-o", f"remount,size={self.roomy_bytes}", self.volume)

    def mend(self):
        self.grow()

    def stop(self):
        super().stop()
        unmount(self.volume)

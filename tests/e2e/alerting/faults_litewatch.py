"""What goes wrong with litewatch itself: each fault breaks one of its own, which its job names.
What it watches has the label cluster, so that one that is down silences nothing of the others."""
import glob
import http.server
import json
import os
import resource
import signal
import threading

import live_cgroup
from alerting.proxy import BadProxy
from alerting.scene import Expected, Fault
from fake_docker import Container, FakeDocker
from hung_filesystem_test import HUNG_FS, HungFs
from live_cgroup import LiveCgroups
from prometheus import Prometheus
from states import closed
from support import App, LoopbackServer, value, wait_until

QUIET = {"collectors": {"sqlite": False, "probe": False, "container": False}}


class OwnLitewatch(Fault):
    """Has a litewatch of its own, with one database; job and cluster are called like the fault."""

    service = None
    options = {}

    def __init__(self, scene):
        super().__init__(scene)
        self.job = "litewatch-" + self.name

    def settings(self):
        """Its litewatch.yml."""
        return {"databases": [self.database("app.db")], "containers": {"sockets": []},
                "limits": {"rescan_interval": "1s"}}

    def database(self, name):
        return {"path": self.path(name), "app": self.name, "name": name.removesuffix(".db")}

    def make_files(self):
        closed(self.path("app.db"))

    def own_flags(self):
        return []

    def start(self):
        self.make_files()
        self.service = self.scene.litewatch(self.job, self.settings(), *self.own_flags(),
                                            **self.options)

    def scraped_port(self):
        return self.service.port

    def jobs(self):
        return [self.scene.job_of(self.job, self.scraped_port(), {"cluster": self.name})]

    def reload(self, settings):
        """A text that is no configuration is given as it is."""
        with open(self.service.config_file, "w") as file:
            file.write(settings if isinstance(settings, str) else json.dumps(settings))
        self.service.process.send_signal(signal.SIGHUP)

    def mend(self):
        self.reload(self.settings())

    def stop(self):
        if self.service and self.service.process.poll() is None:
            self.service.stop()


def own(alert, severity, fault, **labels):
    """An alert about the litewatch of the fault, which has no app."""
    return Expected(alert, severity, app=None, job="litewatch-" + fault, **labels)


class LitewatchIsStopped(OwnLitewatch):
    alerts = (own("LitewatchDown", "critical", "litewatch-is-stopped"),)

    def break_it(self):
        self.service.stop()

    def mend(self):
        """At the address that Prometheus knows."""
        port = self.service.port
        self.service = self.scene.litewatch(self.job, self.settings(),
                                            f"--web.listen-address=127.0.0.1:{port}")


class BrokenConfiguration(OwnLitewatch):
    alerts = (own("LitewatchConfigReloadFailed", "warning", "broken-configuration"),)

    def break_it(self):
        self.reload("databases: {path: [}\n")


class TooManyDatabases(OwnLitewatch):
    """More appear than it may watch; the mend is another limit."""

    alerts = (own("LitewatchLimitReached", "warning", "too-many-databases", limit="databases"),)
    limit = 2

    def settings(self):
        return {**super().settings(),
                "databases": [{"path": self.path("*.db"), "app": self.name}],
                "limits": {"rescan_interval": "1s", "databases": self.limit}}

    def break_it(self):
        for number in range(4):
            closed(self.path(f"tenant{number}.db"))

    def mend(self):
        self.limit = 100
        OwnLitewatch.mend(self)


class TooManySeries(TooManyDatabases):
    """The series of new databases do not fit."""

    alerts = (own("LitewatchLimitReached", "warning", "too-many-series", limit="series"),)
    limit = 200000

    def settings(self):
        return {**super().settings(), "limits": {"rescan_interval": "1s", "series": self.limit}}

    def break_it(self):
        self.limit = 20
        OwnLitewatch.mend(self)
        super().break_it()

    def mend(self):
        self.limit = 200000
        OwnLitewatch.mend(self)


class DescriptorsNearlyUsedUp(OwnLitewatch):
    alerts = (own("LitewatchFdsNearLimit", "warning", "descriptors-nearly-used-up"),)

    def settings(self):
        return QUIET

    def break_it(self):
        pid = self.service.process.pid
        self.before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used * 100 // 84, self.before[1]))

    def mend(self):
        resource.prlimit(self.service.process.pid, resource.RLIMIT_NOFILE, self.before)


class WrongClock(OwnLitewatch):
    """Its clock goes wrong while it runs."""

    alerts = (own("LitewatchClockSkew", "warning", "wrong-clock"),)
    FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")

    def why_not(self):
        return None if self.FAKETIME else "no libfaketime; Debian's package is called faketime"

    def start(self):
        self.set_clock("+0")
        self.options = {"env": {
            **os.environ, "LD_PRELOAD": self.FAKETIME[0],
            "FAKETIME_TIMESTAMP_FILE": self.path("clock"), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}}
        super().start()

    def set_clock(self, offset):
        with open(self.path("clock"), "w") as file:
            file.write(offset + "\n")

    def break_it(self):
        self.set_clock("-10m")

    def mend(self):
        self.set_clock("+0")


class Page(LoopbackServer):
    """Is well, and says nothing while `hanging`."""

    def __init__(self):
        self.hanging = False
        self.ended = threading.Event()
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if page.hanging:
                    page.ended.wait()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(Handler)

    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def close(self):
        self.ended.set()
        super().close()


class ProbedApp(OwnLitewatch):
    page = None

    def make_files(self):
        super().make_files()
        self.page = Page()

    def target(self, name, **more):
        return {"name": name, "app": self.name, "url": self.page.url(), "interval": "1s", **more}

    def settings(self):
        return {**super().settings(), "targets": [self.target("home")]}

    def stop(self):
        super().stop()
        if self.page:
            self.page.close()


class NoRoomForProbes(ProbedApp):
    """There is room for one probe at a time, and a new target takes it for minutes."""

    alerts = (own("LitewatchProbesSkipped", "warning", "no-room-for-probes"),
              Expected("AppProbeStale", "warning", target="home"))

    def make_files(self):
        super().make_files()
        self.hung = Page()
        self.hung.hanging = True

    def settings(self):
        return {**super().settings(), "probes": {"max_in_flight": 1}}

    def break_it(self):
        settings = self.settings()
        settings["targets"].append({"name": "hung", "app": self.name, "url": self.hung.url(),
                                    "interval": "10m", "timeout": "9m"})
        self.reload(settings)

    def mend(self):
        super().mend()
        self.hung.close()

    def stop(self):
        super().stop()
        if self.page and not self.hung.ended.is_set():
            self.hung.close()


class TakenOutOfTheConfiguration(ProbedApp):
    alerts = (Expected("AppProbeMissing", "warning", target="home"),
              Expected("SqliteDatabaseVanished", "warning", db="app"))

    def break_it(self):
        self.reload({key: part for key, part in self.settings().items()
                     if key not in ("targets", "databases")})


class NamesAreNonsense(OwnLitewatch):
    """The runtime's API answers with what is no JSON."""

    alerts = (own("LitewatchContainerNamesFailing", "info", "names-are-nonsense",
                  source="docker"),)
    cgroups = docker = None

    def why_not(self):
        return live_cgroup.why_not()

    def make_files(self):
        super().make_files()
        self.cgroups = LiveCgroups()
        container = self.cgroups.container(1)
        container.idle()
        self.docker = FakeDocker(self.path("docker.sock")).start()
        identifier = container.name.removeprefix("docker-").removesuffix(".scope")
        self.docker.containers[identifier] = Container("web")

    def settings(self):
        return {**super().settings(), "containers": {"sockets": [self.docker.path],
                                                     "include": [f"*{self.cgroups.name}*"]}}

    def own_flags(self):
        return ["--path.cgroup=/sys/fs/cgroup"]

    def break_it(self):
        self.docker.mode = "garbage"

    def mend(self):
        self.docker.mode = ""

    def stop(self):
        super().stop()
        if self.docker:
            self.docker.stop()
        if self.cgroups:
            self.cgroups.close()


class HungFileSystem(OwnLitewatch):
    """A database lies on a file system that answers no more. It is watched from the break on, for a
    remote file system is a finding in itself."""

    alerts = (own("LitewatchCollectorStale", "warning", "hung-file-system", collector="sqlite"),
              Expected("SqliteOnNetworkFilesystem", "warning", side=True),
              Expected("SqliteFileReplaced", "info", side=True),
              Expected("SqliteUnreadable", "warning", side=True),
              Expected("SqliteFileMissing", "critical", side=True))
    fs = None
    is_watched = False

    def why_not(self):
        if not os.path.exists(HUNG_FS) or not os.path.exists("/dev/fuse"):
            return "FUSE cannot be mounted here"
        return None

    def make_files(self):
        super().make_files()
        os.mkdir(self.path("source"))
        closed(self.path("source/distant.db"))
        self.fs = HungFs(self.path("source"), self.path("mount"))
        if not self.fs.mounted():
            raise AssertionError("the file system that hangs cannot be mounted")

    def distant(self):
        return {"path": self.path("mount/distant.db"), "app": self.name, "name": "distant"}

    def settings(self):
        settings = super().settings()
        more = [self.distant()] if self.is_watched else []
        return {**settings, "databases": settings["databases"] + more}

    def watch(self):
        self.is_watched = True
        self.reload(self.settings())

    def can_be_read(self):
        return value(self.service.metrics(), "sqlite_up", db="distant") == 1

    def break_it(self):
        self.watch()
        wait_until(self.can_be_read, 10, "reading of the distant database")
        self.fs.hang()

    def mend(self):
        """From now on the database is a file of the disk below."""
        self.fs.release()
        self.fs.unmount()
        closed(self.path("mount/distant.db"))

    def stop(self):
        if self.fs:
            self.fs.release()
        super().stop()
        if self.fs:
            self.fs.unmount()


class HungFromTheFirst(HungFileSystem):
    """litewatch has never seen that file system answer, so that its collector has no success."""

    alerts = (own("LitewatchCollectorFailing", "warning", "hung-from-the-first",
                  collector="sqlite"),
              own("LitewatchCollectorStale", "warning", "hung-from-the-first", side=True),
              Expected("SqliteOnNetworkFilesystem", "warning", side=True),
              Expected("SqliteFileReplaced", "info", side=True),
              Expected("SqliteUnreadable", "warning", side=True),
              Expected("SqliteFileMissing", "critical", side=True))

    def break_it(self):
        self.fs.hang()
        self.watch()


class BehindAProxy(OwnLitewatch):
    proxy = None

    def start(self):
        super().start()
        self.proxy = BadProxy(self.service.port)

    def scraped_port(self):
        return self.proxy.port

    def stop(self):
        super().stop()
        if self.proxy:
            self.proxy.close()


class SlowProxy(BehindAProxy):
    """Prometheus' own interval and timeout, of 10 s each, because the alert has seconds to compare
    with."""

    alerts = (own("LitewatchScrapeSlow", "warning", "slow-proxy"),)

    def settings(self):
        return QUIET

    def jobs(self):
        return [{**job, "scrape_interval": "10s", "scrape_timeout": "10s"}
                for job in super().jobs()]

    def break_it(self):
        self.proxy.delay = 6

    def mend(self):
        self.proxy.delay = 0


class CachingProxy(BehindAProxy):
    """After half a minute of the same page litewatch's clock seems to stand still."""

    alerts = (Expected("SqliteReadingStale", "warning", db="app"),
              own("LitewatchClockSkew", "warning", "caching-proxy", side=True))

    def break_it(self):
        self.proxy.frozen = True

    def mend(self):
        self.proxy.frozen = False


class RuleThatFails(Fault):
    """A rule in a group of ours meets two series where it expects one: both have the value that it
    filters by."""

    alerts = (Expected("LitewatchRulesFailing", "warning", app=None),)

    apps = ()

    def start(self):
        self.apps = [App(self.path(name), "CREATE TABLE t(a)", f"PRAGMA user_version={version}")
                     for name, version in (("one.db", 1), ("two.db", 0))]

    def config(self):
        return {"databases": [{"path": app.path, "app": self.name} for app in self.apps]}

    def rules(self):
        one = f'(sqlite_user_version{{app="{self.name}"}} == 1)'
        return [{"name": "litewatch-rule-that-fails",
                 "rules": [{"record": "app:sqlite_user_version:product",
                            "expr": f"{one} * on (app) {one}"}]}]

    def break_it(self):
        self.apps[1].execute("PRAGMA user_version=1")

    def mend(self):
        self.apps[1].execute("PRAGMA user_version=0")

    def stop(self):
        for app in self.apps:
            app.close()


class NoLitewatchAtAll(OwnLitewatch):
    """In a Prometheus of its own the job finds no target any more."""

    alerts = (Expected("LitewatchAbsent", "critical", app=None),)
    prometheus = None

    def start(self):
        super().start()
        jobs = OwnLitewatch.jobs(self)
        self.prometheus = Prometheus(self.folder, jobs, evaluation="1s",
                                     alerting=self.scene.alertmanager.as_target())
        wait_until(lambda: self.prometheus.query("up"), 30, "first scrape")
        self.prometheus.reload(jobs, rule_files=[path for path in self.scene.rule_files
                                                 if "absence" in path])
        self.scene.prometheuses.append(self.prometheus)

    def jobs(self):
        return []

    def break_it(self):
        self.prometheus.reload([{"job_name": self.job, "static_configs": []}])

    def mend(self):
        self.prometheus.reload(OwnLitewatch.jobs(self))

    def stop(self):
        super().stop()
        if self.prometheus:
            self.prometheus.close()


FAULTS = [LitewatchIsStopped, BrokenConfiguration, TooManyDatabases, TooManySeries,
          DescriptorsNearlyUsedUp, WrongClock, NoRoomForProbes, TakenOutOfTheConfiguration,
          NamesAreNonsense, HungFileSystem, HungFromTheFirst, SlowProxy, CachingProxy,
          RuleThatFails, NoLitewatchAtAll]

"""The scene: one litewatch that watches the apps of all faults, a Prometheus with the shipped
rules, an Alertmanager with the shipped configuration, and a webhook where its notifications arrive.

Time is compressed: every `for` and every range of the rules is divided by SPEED, and then kept within
bounds. Prometheus scrapes every 500 ms and evaluates every second.

    from alerting.scene import Expected, Fault

    class ReaderPinsWal(Fault):
        alerts = (Expected("SqliteReaderPinsWal", "warning", db="main"),)
        ...

    FAULTS = [ReaderPinsWal]
    UNPROVOKED = {"SomeAlert": "why nothing real can make it fire here"}

A litewatch of a fault's own that goes down silences the absences of its cluster, as
rules/alertmanager.yml says: give its job a label `cluster` of its own; see Scene.job_of().
"""
import contextlib
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

from alerting.alertmanager import Alertmanager
from alerting.fault import Expected, Fault
from alerting.sink import Sink
from prometheus import Prometheus, job
from support import LITETOOL, ROOT, Litewatch, is_ordinary, wait_until

__all__ = ["Expected", "Fault", "Scene", "SPEED"]

SPEED = 200
LEAST_RANGE = "5s"
MOST_FOR = "6s"
# What lasts less may be the machine, which all the faults keep busy, catching its breath.
LEAST_FOR_MS = 3000
# A litewatch of a fault's own is scraped less often.
SELDOM = {"scrape_interval": "1s", "scrape_timeout": "1s"}
DISKS = (tempfile.gettempdir(), "/var/tmp", os.path.join(ROOT, "build"))

BASE_CONFIG = {"containers": {"sockets": []},
               "limits": {"rescan_interval": "1s"},
               "probes": {"interval": "1s", "failing_interval": "500ms", "timeout": "900ms"}}


def merged(pieces):
    """Configurations in one: lists are joined, maps merged; nobody may contradict another."""
    whole = {}
    for piece in pieces:
        for key, value in piece.items():
            if key not in whole:
                whole[key] = value
            elif isinstance(value, dict):
                whole[key] = merged([whole[key], value])
            elif isinstance(value, list):
                whole[key] = whole[key] + value
            elif whole[key] != value:
                raise ValueError(f"{key} is to be {whole[key]!r} and {value!r}")
    return whole


def put_first(process):
    """Who measures waits for nobody whom the faults keep busy; where this user may say so."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, process.pid, -10)


def ordinary_parent(*candidates):
    """The first one where databases can be wholly healthy."""
    for parent in candidates:
        if os.path.isdir(parent) and is_ordinary(parent):
            return parent
    raise AssertionError("no local file system with 2 GiB of space")


def be_patient(rule_file):
    """Lengthens what the compression made of `for` where it is too short."""
    with open(rule_file) as file:
        text = file.read()
    with open(rule_file, "w") as file:
        file.write(re.sub(r"(?m)^(\s*for: )(\d+)(ms|s)$", lambda found: "{}{}ms".format(
            found[1], max(LEAST_FOR_MS, int(found[2]) * (1 if found[3] == "ms" else 1000))), text))


class Scene:
    """Everything it starts ends with close()."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        # In memory, where a busy disk keeps nobody waiting.
        self.folder = self.new_top("/dev/shm", *DISKS)
        self.prometheuses = []
        self.service = None
        try:
            self.rule_files = self.build_rules()
            self.sink = self.closing(Sink())
            self.alertmanager = self.closing(Alertmanager(self.folder, self.sink))
            put_first(self.alertmanager.process)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.stack.close()

    def closing(self, thing):
        self.stack.callback(thing.close)
        return thing

    def new_top(self, *candidates):
        folder = tempfile.mkdtemp(prefix="litewatch-scene-", dir=ordinary_parent(*candidates))
        os.chmod(folder, 0o755)
        self.stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def new_folder(self, name, on_disk=False):
        path = os.path.join(self.new_top(*DISKS) if on_disk else self.folder, name)
        os.mkdir(path, 0o755)
        os.chmod(path, 0o755)
        return path

    def build_rules(self):
        """The shipped rules in compressed time."""
        folder = self.new_folder("rules")
        done = subprocess.run(
            [LITETOOL, "build", "rules", f"--root={ROOT}", f"--output={folder}", f"--speed={SPEED}",
             f"--least-range={LEAST_RANGE}", f"--most-for={MOST_FOR}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"litetool build rules: {done.stdout}")
        files = sorted(glob.glob(os.path.join(folder, "**", "*.yml"), recursive=True))
        for file in files:
            be_patient(file)
        return files

    def write(self, name, document):
        """JSON is YAML."""
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            json.dump(document, file, indent=1)
        return path

    def litewatch(self, name, config, *flags, **options):
        """A litewatch that ends with the scene; its configuration is at .config_file."""
        path = self.write(f"{name}.yml", config)
        service = Litewatch(f"--config.file={path}", *flags, **options)
        service.config_file = path
        put_first(service.process)
        self.stack.callback(lambda: service.process.poll() is not None or service.stop())
        return service

    def job_of(self, name, port, labels=None):
        """A scrape job, for Fault.jobs(). Litewatch's are known by "litewatch" in their names."""
        return {"job_name": name,
                "static_configs": [{"targets": [f"127.0.0.1:{port}"], "labels": labels or {}}]}

    def prometheus(self, name, jobs, rules=()):
        """A Prometheus with the shipped rules, and further groups of rules. It gets them when there
        is something to judge: until its first scrape everything is absent."""
        files = list(self.rule_files)
        if rules:
            files.append(self.write(f"{name}-rules.yml", {"groups": list(rules)}))
        started = self.closing(Prometheus(
            self.new_folder("prometheus-" + name), jobs, evaluation="1s", itself=True,
            alerting=self.alertmanager.as_target()))
        put_first(started.process)
        self.prometheuses.append(started)
        wait_until(lambda: started.query("count(up)") == {frozenset(): len(jobs) + 1}, 30,
                   f"first scrapes of {name}")
        started.reload(jobs, rule_files=files)
        wait_until(lambda: started.api("rules")["groups"] and
                   started.api("alertmanagers")["activeAlertmanagers"], 30, f"rules of {name}")
        return started

    def start(self, faults):
        """All faults are started, and all is well."""
        for fault in faults:
            self.stack.callback(fault.stop)
            fault.start()
        config = merged([BASE_CONFIG, *(fault.config() for fault in faults)])
        flags = dict.fromkeys(flag for fault in faults for flag in fault.flags())
        self.service = self.litewatch("litewatch", config, *flags)
        jobs = [job("litewatch", self.service.port)]
        jobs += [{**SELDOM, **more} for fault in faults for more in fault.jobs()]
        groups = [group for fault in faults for group in fault.rules()]
        self.prometheus("main", jobs, groups)

    def alerts(self):
        """What all Prometheus servers say of alerts, pending ones included."""
        return [alert for prometheus in self.prometheuses
                for alert in prometheus.api("alerts")["alerts"]]

    def firing(self):
        return [alert for alert in self.alerts() if alert["state"] == "firing"]

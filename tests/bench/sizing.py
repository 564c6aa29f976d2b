#!/usr/bin/env python3
"""What litewatch needs, by what it watches: the sizing table of deploy/README.md.

    tests/bench/sizing.py            build/release/litewatch, or that of LITEWATCH_BUILD
    tests/bench/sizing.py BINARY...  these, such as the static one

Time is compressed, CPU is not. A round is what happens every 15 seconds in production: every target
is probed once, every database gets a commit, and the page is scraped, compressed. Here there is a
round each second. CPU per hour is 240 of them, and what litewatch does by itself between them:
looking for locks, timers. CPU is user and system time of the process by the kernel's clock for it,
so that a busy machine changes it little. Memory is what is resident after the rounds, RSS with
shared libraries in full and PSS with its share of them; and the peak of RSS when the configuration
is then reloaded, which is the most that there ever is.
"""
import contextlib
import gzip
import json
import os
import resource
import signal
import sqlite3
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from load_server import LoadServer  # noqa: E402
import live_cgroup  # noqa: E402
import support  # noqa: E402
from cgroup_tree import CgroupTree, container_id  # noqa: E402

ROUNDS = 4
IDLE_S = 1.0
ROUND_S = 1.0  # the interval of the probes
PER_HOUR = 3600 / 15
SETTLE_S = 60


class Nothing:
    """No target, no database, no container."""
    name = "nothing but itself"
    config, flags, targets = {}, (), 0

    def open(self, folder):
        return contextlib.nullcontext(self)

    def act(self):
        """What the world does in a round."""

    def settled(self, page):
        return True


class Targets(Nothing):
    def __init__(self, count, tls=False):
        self.count, self.targets, self.tls = count, count, tls
        self.name = f"{count:,} {'HTTPS' if tls else 'HTTP'} target{'s' * (count > 1)}"

    @contextlib.contextmanager
    def open(self, folder):
        certificate = None
        if self.tls:
            support.make_certificate(folder, "site")
            certificate = os.path.join(folder, "site")
        server = LoadServer(8, 120, certificate)
        try:
            self.config = self.configuration(server, certificate)
            yield self
        finally:
            server.close()

    def configuration(self, server, certificate):
        http = {"tls_config": {"ca_file": certificate + ".crt", "server_name": "127.0.0.1"}} \
            if certificate else {}
        return {"modules": {"bench": {"prober": "http", "http": http}},
                "probes": {"interval": f"{ROUND_S:g}s", "failing_interval": f"{ROUND_S:g}s",
                           "timeout": "900ms"},
                "targets": [{"name": f"t{i}", "app": f"app{i}", "module": "bench",
                             "url": server.url(i, f"/health/{i}")} for i in range(self.count)]}

    def settled(self, page):
        return total(page, "probe_success") == self.count


class Databases(Nothing):
    """Each is open in an app, and has a WAL and its index."""

    def __init__(self, count):
        self.count = count
        self.name = f"{count:,} database{'s' * (count > 1)} in WAL mode"

    @contextlib.contextmanager
    def open(self, folder):
        files = [os.path.join(folder, f"{number:04}.db") for number in range(self.count)]
        self.config = {"databases": [os.path.join(folder, "*.db")],
                       "limits": {"detailed_databases": self.count}}
        self.open_databases = [open_database(path) for path in files]
        yield self
        for database in self.open_databases:
            database.close()

    def act(self):
        for database in self.open_databases:
            database.execute("INSERT INTO t VALUES(zeroblob(1000))")

    def settled(self, page):
        return total(page, "sqlite_up") == self.count


class Containers(Nothing):
    """Real control groups where they can be made, else files like them, which are read faster."""

    def __init__(self, count):
        self.count = count
        self.live = live_cgroup.why_not() is None
        self.name = f"{count} containers" + ("" if self.live else " (of files)")

    @contextlib.contextmanager
    def open(self, folder):
        self.config = {"containers": {"view": "host", "sockets": [], "exclude": ["*.service"]}}
        if not self.live:
            self.make_files(folder)
            yield self
            return
        groups = live_cgroup.LiveCgroups()
        try:
            self.flags = ("--path.cgroup=/sys/fs/cgroup",)
            self.config["containers"]["include"] = [f"*{groups.name}*"]
            for number in range(self.count):
                groups.container(number).idle()
            yield self
        finally:
            for group in groups.made:
                group.kill()  # all, before the first is removed: the kernel takes its time
            groups.close()

    def make_files(self, folder):
        tree = CgroupTree(os.path.join(folder, "machine"))
        self.flags = tree.flags()
        for number in range(1, self.count + 1):
            tree.container(f"/system.slice/docker-{container_id(number)}.scope", number)

    def settled(self, page):
        return sum(name.startswith("container_start_time_seconds{") for name in page) == self.count


SCENES = (Nothing(), Targets(10), Targets(100), Targets(1000), Targets(100, tls=True),
          Databases(1), Databases(10), Databases(100), Databases(1000),
          Containers(30), Containers(200))


def open_database(path):
    database = sqlite3.connect(path, isolation_level=None)
    for sql in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", "CREATE TABLE t(a)"):
        database.execute(sql)
    return database


def total(page, name):
    return sum(number for series, number in page.items() if series.partition("{")[0] == name)


def cpu_s(service):
    """User and system time of all its threads, of those that ended too: clock_getcpuclockid()."""
    return time.clock_gettime((~service.process.pid << 3) | 2)


def memory_kib(service):
    """{name: size} of what the kernel says of its memory."""
    sizes = {}
    for name in ("status", "smaps_rollup"):
        with open(f"/proc/{service.process.pid}/{name}") as file:
            sizes.update({line.split()[0]: int(line.split()[1]) for line in file if " kB" in line})
    return sizes


def reload_peak_kib(service, scene):
    def reloaded():
        return service.metrics()["litewatch_config_last_reload_success_timestamp_seconds"] > before
    before = service.metrics()["litewatch_config_last_reload_success_timestamp_seconds"]
    service.process.send_signal(signal.SIGHUP)
    support.wait_until(reloaded, SETTLE_S, "reload")
    support.wait_until(lambda: scene.settled(service.metrics()), SETTLE_S, scene.name)
    return memory_kib(service)["VmHWM:"]


def scrape(service):
    return service.get("/metrics", headers={"Accept-Encoding": "gzip"})[2]


def wait_between(service):
    """CPU seconds of a second in which nobody scrapes."""
    began, start = cpu_s(service), time.monotonic()
    time.sleep(IDLE_S)
    return (cpu_s(service) - began) / (time.monotonic() - start)


def round_s(service, scene):
    """CPU seconds of a round, the median of some. A busy machine makes rounds longer, and probes go
    on: what they take is brought back to one probe of each target."""
    probes = total(service.metrics(), "probe_attempts_total")
    start, used = time.monotonic(), []
    for number in range(1, ROUNDS + 1):
        began = cpu_s(service)
        scene.act()
        time.sleep(max(0, start + number * ROUND_S - time.monotonic()))
        scrape(service)
        used.append(cpu_s(service) - began)
    probed = (total(service.metrics(), "probe_attempts_total") - probes) / ROUNDS
    if scene.targets and probed < 0.5 * scene.targets:
        raise SystemExit(f"{scene.name}: {probed:.0f} probes in a round: the machine is too busy")
    return statistics.median(used) * (scene.targets / probed if scene.targets else 1)


def measure(scene, folder):
    path = os.path.join(folder, "litewatch.yml")
    with open(path, "w") as file:
        json.dump(scene.config, file)  # JSON is YAML
    service = support.Litewatch(*scene.flags, f"--config.file={path}", "--log.level=error")
    try:
        support.wait_until(lambda: scene.settled(service.metrics()), SETTLE_S, scene.name)
        between_s = 0 if scene.targets else wait_between(service)
        used_s = round_s(service, scene) - between_s * ROUND_S
        body = scrape(service)
        series = sum(not line.startswith(b"#") for line in gzip.decompress(body).splitlines())
        memory = memory_kib(service)
        memory = memory["Rss:"], memory["Pss:"], reload_peak_kib(service, scene)
        return PER_HOUR * max(0, used_s) + 3600 * between_s, *memory, series, len(body)
    finally:
        service.stop()


def print_table():
    print("| watched | CPU in an hour | of a core | RSS | PSS | peak | series | page, gzip |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for scene in SCENES:
        with tempfile.TemporaryDirectory(prefix="litewatch-sizing-", dir="/dev/shm") as folder, \
                scene.open(folder):
            cpu, *memory, series, size = measure(scene, folder)
        mebibytes = " | ".join(f"{kib / 1024:.1f} MiB" for kib in memory)
        print(f"| {scene.name} | {cpu:.1f} s | {cpu / 3.6:.2f}m | {mebibytes} | {series:,} |"
              f" {size / 1024:.1f} KiB |", flush=True)


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for binary in sys.argv[1:] or [support.LITEWATCH]:
        support.LITEWATCH = os.path.realpath(binary)
        print(f"Needs of {os.path.relpath(support.LITEWATCH, support.ROOT)}, scraped and probing "
              "every 15 s\n")
        print_table()


if __name__ == "__main__":
    main()

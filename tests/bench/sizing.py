#!/usr/bin/env python3
"""What litewatch needs, by what it watches: the sizing table of deploy/README.md.

    tests/bench/sizing.py            build/release/litewatch, or that of LITEWATCH_BUILD
    tests/bench/sizing.py BINARY...  these, such as the static one

Time is compressed, CPU is not. A round is what happens every 15 seconds in production: every target
is probed once, every database got a commit, every container's processes have run, and the page is
scraped, compressed. Rounds follow each other every second here. CPU per hour is 240 of them, and
what litewatch does by itself between them: looking for locks, timers. CPU is user and system time of
the process by the kernel's clock for it, so that a busy machine changes it little. Memory is what is
resident after the rounds: RSS counts pages of shared libraries in full, PSS by share.
"""
import contextlib
import gzip
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from load_server import LoadServer  # noqa: E402
import live_cgroup  # noqa: E402
import support  # noqa: E402
from cgroup_tree import CgroupTree, container_id  # noqa: E402

ROUNDS = 3
IDLE_S = 1.0
ROUND_S = 1.0  # the interval of the probes
PER_HOUR = 3600 / 15
SETTLE_S = 30


class Nothing:
    """No target, no database, no container."""
    name = "nothing but itself"
    config, flags = {}, ()

    def open(self, folder):
        return contextlib.nullcontext(self)

    def act(self):
        """What the world does in a round."""

    def settled(self, page):
        return True


class Targets(Nothing):
    def __init__(self, count, tls=False):
        self.count, self.tls = count, tls
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
    """User and system time of all its threads, of those that ended too (see clock_getcpuclockid)."""
    return time.clock_gettime((~service.process.pid << 3) | 2)


def memory_kib(service):
    with open(f"/proc/{service.process.pid}/smaps_rollup") as rollup:
        sizes = {line.split()[0]: int(line.split()[1]) for line in rollup if " kB" in line}
    return sizes["Rss:"], sizes["Pss:"]


def scrape(service):
    return service.get("/metrics", headers={"Accept-Encoding": "gzip"})[2]


def wait_between(service):
    """CPU seconds of a second in which nobody scrapes and, where that can be had, no probe is due."""
    began, start = cpu_s(service), time.monotonic()
    time.sleep(IDLE_S)
    return (cpu_s(service) - began) / (time.monotonic() - start)


def rounds(service, scene):
    """CPU seconds of a round, with the probes that belong to it."""
    probes = total(service.metrics(), "probe_attempts_total")
    began, start = cpu_s(service), time.monotonic()
    for number in range(1, ROUNDS + 1):
        scene.act()
        time.sleep(max(0, start + number * ROUND_S - time.monotonic()))
        scrape(service)
    used = cpu_s(service) - began
    probed = (total(service.metrics(), "probe_attempts_total") - probes) / ROUNDS
    wanted = getattr(scene, "count", 0) if isinstance(scene, Targets) else 0
    if not 0.6 * wanted <= probed <= 1.5 * wanted:
        raise SystemExit(f"{scene.name}: {probed:.0f} probes in a round: the machine is too busy")
    return used / ROUNDS


def measure(scene, folder):
    path = os.path.join(folder, "litewatch.yml")
    with open(path, "w") as file:
        json.dump(scene.config, file)  # JSON is YAML
    service = support.Litewatch(*scene.flags, f"--config.file={path}", "--log.level=error")
    try:
        support.wait_until(lambda: scene.settled(service.metrics()), SETTLE_S, scene.name)
        between_s = 0 if isinstance(scene, Targets) else wait_between(service)
        round_s = rounds(service, scene) - between_s * ROUND_S
        body = scrape(service)
        series = sum(not line.startswith(b"#") for line in gzip.decompress(body).splitlines())
        return (PER_HOUR * max(0, round_s) + 3600 * between_s, *memory_kib(service), series,
                len(body))
    finally:
        service.stop()


def print_table():
    print("| watched | CPU in an hour | of a core | RSS | PSS | series | page, gzip |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for scene in SCENES:
        with tempfile.TemporaryDirectory(prefix="litewatch-sizing-", dir="/dev/shm") as folder, \
                scene.open(folder):
            cpu, rss, pss, series, size = measure(scene, folder)
        print(f"| {scene.name} | {cpu:.1f} s | {cpu / 3.6:.2f}m | {rss / 1024:.1f} MiB |"
              f" {pss / 1024:.1f} MiB | {series:,} | {size / 1024:.1f} KiB |", flush=True)


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

"""litewatch on real control groups: limits, kills by the OOM killer, cgroups that come and go, and
each of the three ways to run it, with the rights that they are documented to need."""
import json
import os
import shlex
import shutil
import signal
import sys
import time
import unittest

from live_cgroup import LiveCgroups, find_hierarchies, v2_has, why_not
from support import TestCase, not_here, skip, value, wait_until

NOBODY = 65534
BURN = "while True: pass"
OOM = "b = bytearray(200 << 20)\nfor i in range(0, len(b), 4096): b[i] = 1"
LIMIT = 48 << 20
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")


def end_first_process(service):
    """Of the PID namespace in which litewatch is the first process: the command that made it waits,
    and passes no signals on."""
    if service.process.poll() is None:
        with open(f"/proc/{service.process.pid}/task/{service.process.pid}/children") as children:
            os.kill(int(children.read().split()[0]), signal.SIGTERM)
        service.process.wait(20)


class ContainerTestCase(TestCase):
    def setUp(self):
        super().setUp()
        reason = why_not()
        if reason:
            skip(self, reason)
        self.cgroups = LiveCgroups()
        self.addCleanup(self.cgroups.close)

    def config(self, **containers):
        path = self.path("litewatch.yml")
        with open(path, "w") as file:  # JSON is YAML
            json.dump({"containers": {"sockets": [], "include": [f"*{self.cgroups.name}*"],
                                      **containers}}, file)
        return path

    def watch(self, *arguments, prefix=(), env=None, **containers):
        """litewatch on this machine's own cgroups; it publishes this test's alone."""
        return self.litewatch("--path.cgroup=/sys/fs/cgroup",
                              f"--config.file={self.config(**containers)}", *arguments,
                              prefix=prefix, env=env)

    def short(self, cgroup):
        """The name under which a container is shown that no source names."""
        return cgroup.name.partition("-")[2][:12]

    def wait_value(self, service, wanted, name, seconds=20, **labels):
        """Waits until it is as wanted; a number or a condition."""
        matches = wanted if callable(wanted) else lambda number: number == wanted
        found = []

        def there():
            found[:] = [value(service.metrics(), name, **labels)]
            return found[0] is not None and matches(found[0])
        try:
            wait_until(there, seconds, f"{name} {labels}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {found}") from None
        return found[0]


class HostView(ContainerTestCase):
    def test_throttling(self):
        hierarchies = find_hierarchies()
        if "cpu" not in hierarchies and not v2_has("cpu"):
            not_here(self, "no hierarchy here limits CPU time")
        container = self.cgroups.container(1)
        container.limit_cpu(2000)  # less than it gets on a busy machine
        container.python(BURN)
        service = self.watch()
        name = self.short(container)
        self.wait_value(service, lambda n: n >= 5, "container_cpu_throttled_periods_total", 10,
                        container=name)
        before = container.number("cpu", "cpu.stat", "nr_throttled")
        page = service.metrics()
        after = container.number("cpu", "cpu.stat", "nr_throttled")
        throttled = value(page, "container_cpu_throttled_periods_total", container=name)
        self.assertTrue(before <= throttled <= after, (before, throttled, after))
        self.assertEqual(value(page, "container_cpu_cfs_throttled_periods_total", container=name),
                         throttled)
        self.assertGreaterEqual(value(page, "container_cpu_periods_total", container=name),
                                throttled)
        self.assertGreater(value(page, "container_cpu_throttled_seconds_total", container=name), 0)
        self.assertAlmostEqual(value(page, "container_cpu_limit_cores", container=name,
                                     scope="own"), 0.02)
        self.assertLess(value(page, "container_cpu_usage_seconds_total", container=name), 5)

    def out_of_memory(self, container):
        """Ends as a shell says it of a process that SIGKILL ended."""
        shell = container.run("/bin/sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, OOM)
        self.assertEqual(shell.wait(60), 137)

    def limited(self, number):
        if "memory" not in find_hierarchies() and not v2_has("memory"):
            not_here(self, "no hierarchy here limits memory")
        container = self.cgroups.container(number)
        container.limit_memory(LIMIT)
        return container

    def test_oom_kill_is_on_the_next_page(self):
        container = self.limited(1)
        container.idle()
        service = self.watch()
        name = self.short(container)
        self.wait_value(service, 0, "container_oom_kills_total", container=name)
        self.out_of_memory(container)
        page = service.metrics()
        self.assertEqual(value(page, "container_oom_kills_total", container=name), 1)
        self.assertEqual(value(page, "container_oom_events_total", container=name), 1)
        self.assertEqual(value(page, "container_memory_limit_bytes", container=name, kind="max",
                               scope="own"), LIMIT)
        self.assertGreater(value(page, "container_memory_failcnt", container=name), 0)
        self.assertGreater(value(page, "container_memory_peak_bytes", container=name), LIMIT // 2)
        self.assertEqual(value(page, "container_running", container=name), 1)

    def test_oom_kills_outlive_the_container(self):
        """By its name, although the next one of that name has another id."""
        first = self.limited(1)
        rule = {"match": f"/{self.cgroups.name}/docker-0[12]*", "name": "web", "app": "shop"}
        service = self.watch(rules=[rule])
        named = {"container": "web", "app": "shop"}
        self.wait_value(service, 0, "container_oom_kills_total", **named)
        self.out_of_memory(first)
        self.wait_value(service, 1, "container_oom_kills_total", **named)
        first.remove()
        self.wait_value(service, 0, "container_running", **named)
        self.assertEqual(value(service.metrics(), "container_oom_kills_total", **named), 1)
        second = self.limited(2)
        second.idle()
        self.wait_value(service, 1, "container_running", **named)
        page = service.metrics()
        self.assertEqual(value(page, "container_oom_kills_total", **named), 1)
        self.assertEqual(value(page, "container_restarts_total", **named), 1)
        self.out_of_memory(second)
        self.wait_value(service, 2, "container_oom_kills_total", **named)

    def test_oom_kill_of_a_container_that_is_gone_before_the_next_page(self):
        if "memory" in find_hierarchies():
            # container_edges_test does the same to files that look like v2's.
            not_here(self, "the memory controller is v1's, whose cgroups tell only when asked")
        container = self.limited(1)
        service = self.watch()
        name = self.short(container)
        self.wait_value(service, 0, "container_oom_kills_total", container=name)
        self.out_of_memory(container)
        container.remove()
        self.wait_value(service, 0, "container_running", container=name)
        self.assertEqual(value(service.metrics(), "container_oom_kills_total", container=name), 1)

    def test_containers_come_and_go_long_before_the_rescan(self):
        service = self.watch()
        self.assertFalse([series for series in service.metrics()
                          if series.startswith("container_running")])
        container = self.cgroups.container(1)
        container.idle()
        name = self.short(container)
        self.wait_value(service, 1, "container_running", 8, container=name)
        container.remove()
        self.wait_value(service, 0, "container_running", 8, container=name)

    def test_restart(self):
        container = self.cgroups.container(1)
        container.idle()
        service = self.watch()
        name = self.short(container)
        self.wait_value(service, 1, "container_running", container=name)
        first = value(service.metrics(), "container_started_timestamp_seconds", container=name)
        self.assertAlmostEqual(first, time.time(), delta=30)
        container.remove()
        container.make()
        container.idle()
        self.wait_value(service, 1, "container_restarts_total", container=name)
        page = service.metrics()
        self.assertEqual(value(page, "container_running", container=name), 1)
        self.assertGreater(value(page, "container_started_timestamp_seconds", container=name),
                           first)

    def test_last_seen_stays_for_the_grace_period(self):
        container = self.cgroups.container(1)
        container.idle()
        service = self.watch(grace="6s")
        name = self.short(container)
        self.wait_value(service, 1, "container_running", container=name)
        before = time.time()
        self.assertEqual(value(service.metrics(), "container_running", container=name), 1)
        container.remove()
        after = time.time()
        self.wait_value(service, 0, "container_running", container=name)
        page = service.metrics()
        last_seen = value(page, "container_last_seen", container=name)
        self.assertTrue(before <= last_seen <= after, (before, last_seen, after))
        self.assertIsNone(value(page, "container_cpu_usage_seconds_total", container=name))

        def vanished():
            return value(service.metrics(), "container_last_seen", container=name) is None
        wait_until(vanished, 20, "end of the grace period")
        self.assertGreaterEqual(time.time() - last_seen, 6)
        self.assertIsNone(value(service.metrics(), "container_running", container=name))

    def test_as_nobody(self):
        """The host's view needs no rights at all."""
        container = self.cgroups.container(1)
        container.python(BURN)
        name = self.short(container)
        service = self.watch(prefix=(*AS_NOBODY, "--"))
        self.wait_value(service, lambda n: n > 0.1, "container_cpu_usage_seconds_total",
                        container=name)
        page = service.metrics()
        self.assertEqual(value(page, "container_running", container=name), 1)
        self.assertEqual(value(page, "container_processes", container=name), 1)
        self.assertGreater(value(page, "container_max_fds", container=name), 0)
        self.assertEqual(value(page, "litewatch_container_view_info", mode="host"), 1)

    def test_from_another_pid_namespace(self):
        """cgroup.procs shows no ids then; the machine's procfs, mounted elsewhere, does."""
        if not shutil.which("ip"):
            skip(self, "no ip command (iproute2) to give a network namespace an interface")
        container = self.cgroups.container(1)
        container.run("unshare", "--net", "sh", "-c",
                      "ip link add eth7 type veth peer name lo7 && exec sleep 300")
        procfs = self.path("hostproc")
        os.mkdir(procfs)
        script = (f'mount --bind /proc {procfs} && '
                  'exec unshare --pid --fork --mount-proc --kill-child "$0" "$@"')
        service = self.watch(f"--path.procfs={procfs}",
                             prefix=("unshare", "--mount", "sh", "-c", script))
        self.addCleanup(end_first_process, service)
        name = self.short(container)
        self.wait_value(service, 0, "container_network_receive_bytes_total", container=name,
                        interface="eth7")
        page = service.metrics()
        self.assertEqual(value(page, "container_running", container=name), 1)
        self.assertEqual(value(page, "container_network_bytes_total", container=name,
                               direction="transmit", interface="eth7"), 0)
        self.assertGreater(value(page, "container_open_fds", container=name), 2)
        self.assertEqual(value(page, "container_max_fds", container=name),
                         self.open_files_limit(container.processes[0].pid))

    @staticmethod
    def open_files_limit(pid):
        with open(f"/proc/{pid}/limits") as limits:
            return next(int(line.split()[3]) for line in limits
                        if line.startswith("Max open files"))


INSIDE = """\
# FOLDERS COMMAND...: what a runtime does: a cgroup and namespaces of its own, then the command as
# nobody. The others' cgroups are not mounted there.
for folder in $1; do echo 0 >"$folder/cgroup.procs" || exit 1; done
shift
exec unshare --cgroup --mount sh -c '
  umount --lazy --recursive /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' \
  sh "$@"
"""
DOWNWARD = ("CONTAINER_NAME", "POD_NAME", "POD_NAMESPACE", "KUBERNETES_SERVICE_HOST")
SHOP = "#!/bin/sh\nwhile :; do :; done\n"


class InsideViews(ContainerTestCase):
    """litewatch as one of the containers, in a cgroup namespace of its own."""

    def setUp(self):
        super().setUp()
        if "" not in find_hierarchies():
            not_here(self, "no cgroup v2 here")
        self.app, self.own = self.cgroups.container(1), self.cgroups.container(2)
        for name, text in (("inside.sh", INSIDE), ("shop", SHOP)):
            with open(self.path(name), "w") as file:
                file.write(text)
            os.chmod(self.path(name), 0o755)
        with open(self.path("litewatch.yml"), "w") as file:
            file.write("containers: {sockets: []}\n")

    def inside(self, cgroup, *command):
        return ("sh", self.path("inside.sh"), " ".join(cgroup.folders().values()), *AS_NOBODY,
                "--", *command)

    def start(self, beside="", **names):
        """litewatch as the first process of a PID namespace, beside what a shell starts; `names`
        are the variables of the downward API."""
        env = {name: text for name, text in os.environ.items() if name not in DOWNWARD}
        prefix = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
                  "sh", "-c", f'{beside} exec "$@"', "sh")
        service = self.litewatch(
            "--path.cgroup=/sys/fs/cgroup", f"--config.file={self.path('litewatch.yml')}",
            prefix=(*prefix, *self.inside(self.own)), env={**env, **names})
        self.addCleanup(end_first_process, service)
        return service

    def test_sidecar(self):
        """The app's cgroup through /proc, with the app's user id and without capabilities."""
        app = shlex.join(self.inside(self.app, self.path("shop"))) + " &"
        service = self.start(app)
        # Where litewatch is there first, the app is found by the next rescan.
        first = self.wait_value(service, lambda n: n > 0.1, "container_cpu_seconds_total", 15,
                                container="shop", mode="user")
        page = service.metrics()
        self.assertEqual(value(page, "litewatch_container_view_info", mode="sidecar"), 1)
        self.assertEqual(value(page, "container_running", container="shop"), 1)
        pid = self.app.members(self.app.folders()[""])[0]
        self.assertEqual(value(page, "container_open_fds", container="shop"),
                         len(os.listdir(f"/proc/{pid}/fd")))
        used = self.app.number("", "cpu.stat", "usage_usec") / 1e6
        self.assertLessEqual(value(page, "container_cpu_usage_seconds_total", container="shop"),
                             used)
        self.wait_value(service, lambda n: n > first, "container_cpu_seconds_total", 5,
                        container="shop", mode="user")
        self.app.kill()
        self.wait_value(service, 0, "container_running", 12, container="shop")

    def test_own_cgroup_alone(self):
        service = self.start()
        self.wait_value(service, 1, "litewatch_container_view_info", mode="own")
        page = service.metrics()
        self.assertEqual(value(page, "litewatch_containers"), 1)
        self.assertGreater(value(page, "container_cpu_usage_seconds_total",
                                 container="litewatch"), 0)
        self.assertEqual(value(page, "container_processes", container="litewatch"), 1)
        self.assertGreater(value(page, "container_open_fds", container="litewatch"), 5)

    def test_own_cgroup_named_by_the_downward_api(self):
        service = self.start(CONTAINER_NAME="watcher", POD_NAME="shop-0", POD_NAMESPACE="shop",
                             KUBERNETES_SERVICE_HOST="10.0.0.1")
        self.wait_value(service, 1, "container_running", container="watcher", pod="shop-0",
                        namespace="shop")
        page = service.metrics()
        self.assertEqual(value(page, "litewatch_container_cadvisor_names"), 0)
        self.assertIsNone(value(page, "container_last_seen"))


if __name__ == "__main__":
    unittest.main()

"""Cgroup files as they should not be: litewatch shows what it can, nothing wrong, and goes on."""
import json
import os
import re
import time
import unittest

from cgroup_tree import HOST_NETWORK, CgroupTree, container_id, write
from support import TestCase, parse_page, promtool_check, value, wait_until

HUGE = 2**64 - 1


class Edges(TestCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("machine"))
        self.tree = CgroupTree(self.path("machine"), kernel="6.18")

    def docker(self, number=1, **files):
        return self.tree.container(f"/docker/{container_id(number)}", number, **files)

    def start(self, **config):
        write(self.path("litewatch.yml"), json.dumps({"containers": {}, **config}))
        self.service = self.litewatch(*self.tree.flags(),
                                      f"--config.file={self.path('litewatch.yml')}")
        return self.service

    def page(self, running=1, **config):
        """The page once so many containers are on it."""
        service = self.start(**config)

        def shown():
            page = service.metrics()
            found = [series for series, number in page.items()
                     if series.startswith("container_running{") and number == 1]
            return page if len(found) == running else None
        return wait_until(shown, 8, f"page with {running} containers")

    def of(self, page, name, number=1, **labels):
        return value(page, name, container=container_id(number)[:12], **labels)

    def test_no_limits(self):
        self.docker(cpu__max="max 100000\n", memory__max="max\n", memory__low="0\n",
                    memory__swap__max="max\n", pids__max="max\n")
        page = self.page()
        for family in ("container_pids_limit", "container_cpu_throttled_periods_total",
                       "container_spec_cpu_quota", "container_cpu_cfs_periods_total"):
            self.assertIsNone(self.of(page, family), family)
        self.assertIsNone(self.of(page, "container_memory_limit_bytes", kind="max", scope="own"))
        self.assertIsNone(self.of(page, "container_cpu_limit_cores", scope="own"))
        self.assertEqual(self.of(page, "container_cpu_limit_cores", scope="effective"), 4)
        for family in ("container_spec_memory_limit_bytes", "container_threads_max",
                       "container_spec_memory_swap_limit_bytes"):
            self.assertEqual(self.of(page, family), 0, family)

    def test_oom_kill_of_a_container_that_is_gone_before_the_next_page(self):
        container = self.docker(memory__events="low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n")
        self.assertEqual(self.of(self.page(), "container_oom_kills_total"), 0)
        # In place, as the kernel does.
        with open(os.path.join(container.folder(), "memory.events"), "r+") as events:
            events.write("low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n")
        time.sleep(2)  # less than any scrape interval, more than a runtime takes to clean up
        container.remove()

        def gone():
            page = self.service.metrics()
            return page if self.of(page, "container_running") == 0 else None
        page = wait_until(gone, 8, "page without the container")
        self.assertEqual(self.of(page, "container_oom_kills_total"), 1)

    def test_missing_files(self):
        """As with controllers that are off: what there is, is shown."""
        container = self.docker()
        gone = [name for name in container.files()[""]
                if name not in ("cgroup.procs", "cpu.stat", "cgroup.events")]
        container.change(**{name.replace(".", "__"): None for name in gone})
        page = self.page()
        self.assertEqual(self.of(page, "container_cpu_usage_seconds_total"), 101)
        self.assertFalse([series for series in page if "objective" not in series and
                          re.match("container_(memory|pressure|io_|fs_|pids|threads)", series)])

    def test_pressure_that_is_switched_off(self):
        """The kernel refuses to read the files, or they are empty or gone."""
        container = self.docker(cpu__pressure="", memory__pressure=None)
        folder = os.path.join(container.folder(), "io.pressure")
        os.unlink(folder)
        os.mkdir(folder)  # reading it is an error
        page = self.page()
        self.assertFalse([series for series in page if "objective" not in series and
                          series.startswith("container_pressure_")])
        self.assertEqual(self.of(page, "container_cpu_usage_seconds_total"), 101)

    def test_garbage(self):
        """Lines that say nothing are passed over, and the others count."""
        self.docker(cpu__stat="usage_usec 5000000\nuser_usec\nsystem_usec -1\n\nnr_periods 1x\n"
                              "nr_throttled 18446744073709551616\nthrottled_usec 7",
                    memory__stat=b"anon 4096\n\xff\xfe\0\nfile  8192\ninactive_file 99999999999\n",
                    memory__current="100\nmore\n", memory__max="\n", pids__current="many\n",
                    io__stat="8:0\n8 rbytes=1\nx:y rbytes=2\n8:0 rbytes=z\n8:16 rbytes=5\n",
                    cpuset__cpus__effective="3-1\n", memory__events="low\nmax 3\noom_kill 0 0\n")
        page = self.page()
        self.assertEqual(self.of(page, "container_cpu_usage_seconds_total"), 5)
        self.assertIsNone(self.of(page, "container_cpu_user_seconds_total"))
        self.assertIsNone(self.of(page, "container_cpu_system_seconds_total"))
        self.assertIsNone(self.of(page, "container_cpu_periods_total"))
        self.assertIsNone(self.of(page, "container_cpu_throttled_periods_total"))
        self.assertEqual(self.of(page, "container_memory_rss"), 4096)
        self.assertEqual(self.of(page, "container_memory_usage_bytes"), 100)
        self.assertEqual(self.of(page, "container_memory_working_set_bytes"), 0)
        self.assertIsNone(self.of(page, "container_pids"))
        self.assertEqual(self.of(page, "container_fs_reads_bytes_total", device="/dev/sdb"), 5)
        self.assertEqual(self.of(page, "container_memory_failcnt"), 3)

    def test_cut_files(self):
        """The last line of a longer file than fits is not taken for a whole one."""
        filler = "".join(f"key{i} {i}\n" for i in range(8000))
        self.docker(memory__stat="anon 4096\n" + filler + "file 8192\n")
        page = self.page()
        self.assertEqual(self.of(page, "container_memory_rss"), 4096)

    def test_greatest_numbers(self):
        container = self.docker(memory__peak=f"{HUGE}\n", memory__max=f"{HUGE}\n",
                                cpu__stat=f"usage_usec {HUGE}\nuser_usec {HUGE}\n",
                                io__stat=f"8:0 rbytes={HUGE} wbytes={HUGE} rios={HUGE}\n",
                                pids__events=f"max {HUGE}\n",
                                memory__events=f"low 0\nmax {HUGE}\noom_kill {HUGE}\n")
        page = self.page()
        self.assertEqual(self.of(page, "container_cpu_usage_seconds_total"), HUGE / 1e6)
        self.assertEqual(self.of(page, "container_fs_reads_bytes_total"), float(HUGE))
        self.assertEqual(self.of(page, "container_pids_limit_hits_total"), float(HUGE))
        self.assertEqual(self.of(page, "container_spec_memory_limit_bytes"), 0)
        self.assertTrue(all(number >= 0 for series, number in page.items()
                            if series.startswith("container_")))
        container.remove()
        wait_until(lambda: self.of(self.service.metrics(), "container_running") == 0)

    def test_more_containers_than_the_limit(self):
        """Containers come first, then services; those left out are counted."""
        for number in range(1, 8):
            self.docker(number)
        for number in range(8, 11):
            self.tree.service(f"/system.slice/unit{number}.service", number)
        page = self.page(5, limits={"containers": 5})
        self.assertEqual(page["litewatch_containers"], 5)
        self.assertEqual(page["litewatch_containers_left_out"], 5)
        self.assertFalse([series for series in page if "unit" in series])

    def test_hostile_names(self):
        """Whatever bytes a folder's name holds, the page is valid."""
        names = ['quo"te', "back\\slash", "new\nline", "brace{}", "спутник", "a" * 240]
        for number, name in enumerate(names, 1):
            self.tree.service(f"/system.slice/{name}.service", number)
        bad = b"\xff\xfe\x80".decode(errors="surrogateescape")
        self.tree.container(f"/system.slice/{bad}.service", 9, HOST_NETWORK)
        self.page(len(names) + 1)
        text = self.service.get("/metrics")[2]
        self.assertEqual(promtool_check(text), "")
        text = text.decode()  # valid UTF-8
        for shown in (r'container="quo\"te.service"', r'container="back\\slash.service"',
                      r'container="new\nline.service"', 'container="brace{}.service"',
                      'container="спутник.service"', "a" * 240):
            self.assertIn(shown, text)
        self.assertEqual(self.service.get("/")[0], 200)

    def test_two_of_one_name(self):
        """Units of the same name, of the machine and of a user: no series is there twice."""
        self.tree.service("/system.slice/app.service", 1)
        self.tree.service("/user.slice/user-1000.slice/user@1000.service/app.slice/app.service", 2)
        self.page(1)
        text = self.service.get("/metrics")[2].decode()
        self.assertEqual(promtool_check(text.encode()), "")
        series = [line.rpartition(" ")[0] for line in text.split("\n")
                  if line and not line.startswith("#")]
        self.assertEqual(len(series), len(set(series)))
        parse_page(text)

    def test_kubernetes_turns_cadvisors_names_off(self):
        """Its kubelet publishes them; the configuration has the last word."""
        self.docker()
        kubernetes = {**os.environ, "KUBERNETES_SERVICE_HOST": "10.0.0.1"}
        for config, expected in (({}, 0), ({"cadvisor_names": True}, 1)):
            write(self.path("litewatch.yml"), json.dumps({"containers": config}))
            service = self.litewatch(*self.tree.flags(),
                                     f"--config.file={self.path('litewatch.yml')}", env=kubernetes)
            wait_until(lambda: self.of(service.metrics(), "container_running") == 1)
            page = service.metrics()
            self.assertEqual(page["litewatch_container_cadvisor_names"], expected)
            self.assertEqual(any("container_last_seen" in series for series in page),
                             bool(expected))
            service.stop()


if __name__ == "__main__":
    unittest.main()

"""Containers' names by a Docker daemon that is well, ill, old, slow, or not there: the real
litewatch on a made tree of control groups."""
import os
import time
import unittest

from cgroup_tree import CgroupTree, container_id
from fake_docker import Container, FakeDocker
from support import TestCase, value, wait_until

SHOP, OTHER = container_id(1), container_id(2)
# A refresh, the deadline of a request and some time for a busy machine.
NEXT_REFRESH_S = 25


def path_of(identifier):
    return f"/system.slice/docker-{identifier}.scope"


class NamesTestCase(TestCase):
    def setUp(self):
        super().setUp()
        self.tree = CgroupTree(self.folder)
        self.shop = self.tree.container(path_of(SHOP), 1)
        os.makedirs(self.tree.root_path("run"))
        self.docker = FakeDocker(self.tree.root_path("run/docker.sock"))
        self.docker.containers[SHOP] = Container("shop")
        self.addCleanup(self.docker.stop)

    def start(self, sockets="/run/docker.sock", settings=""):
        """litewatch; it looks for sockets below its root, which is the tree's."""
        with open(self.path("litewatch.yml"), "w") as file:
            file.write(f"containers:\n  sockets: [{sockets}]\n{settings}")
        self.service = self.litewatch(f"--config.file={self.path('litewatch.yml')}",
                                      *self.tree.flags())
        return self.service

    def named(self):
        """The label `container` of all that run."""
        return sorted(series.split('container="')[1].split('"')[0]
                      for series, number in self.service.metrics().items()
                      if series.startswith("container_running{") and number == 1)

    def when_named(self, *names, seconds=NEXT_REFRESH_S):
        wait_until(lambda: self.named() == sorted(names), seconds, f"{names}")
        return self.service.metrics()

    def errors(self, reason):
        return value(self.service.metrics(), "litewatch_container_name_errors_total",
                     source="docker", reason=reason) or 0

    def when_failed(self, reason, count=1):
        wait_until(lambda: self.errors(reason) >= count, NEXT_REFRESH_S, f"{reason} {count}")


class Docker(NamesTestCase):
    def test_a_container_is_never_seen_without_its_name(self):
        """A name has 2 s to come. On a machine that stood still that long, it gets another try."""
        self.docker.mode = "slow"
        self.docker.start()
        for _ in range(3):
            self.start()
            seen = self.seen_until_both_are_named()
            if seen == {"shop", "other"}:
                break
            self.assertEqual(self.service.stop(), 0)
        self.assertEqual(seen, {"shop", "other"})

    def seen_until_both_are_named(self):
        """All names under which the first container was seen, and one that came then."""
        seen = set()

        def look():
            seen.update(self.named())
            return seen

        wait_until(lambda: "shop" in look(), NEXT_REFRESH_S, "container")
        self.docker.containers[OTHER] = Container("other", pid=2001)
        other = self.tree.container(path_of(OTHER), 2)
        wait_until(lambda: "other" in look(), NEXT_REFRESH_S, "other container")
        other.remove()
        return seen

    def test_labels_of_info_and_under_cadvisors_names(self):
        self.docker.containers[SHOP] = Container(
            "shop-app-1", image="registry/shop:1", status="Up 2 hours (unhealthy)",
            labels={"com.docker.compose.project": "shop", "com.docker.compose.secret": "hidden",
                    "team": "a\"b\n", "other": "x"})
        self.docker.start()
        self.start(settings="  labels: [com.docker.compose.project, 'te*']\n")
        page = self.when_named("shop-app-1")
        self.assertEqual(value(page, "container_info", container="shop-app-1",
                               image="registry/shop:1", id=SHOP, runtime="docker"), 1)
        self.assertIsNotNone(value(
            page, "container_last_seen", image="registry/shop:1",
            id=path_of(SHOP), container_label_com_docker_compose_project="shop",
            container_label_team='a\\"b\\n'))
        text = self.service.get("/metrics")[2].decode()
        self.assertNotIn("hidden", text)
        self.assertNotIn("container_label_other", text)
        self.assertEqual(value(page, "container_start_time_seconds", id=path_of(SHOP)),
                         1714979289.1234567)

    def test_only_three_paths_are_asked_for_and_only_read(self):
        self.docker.start()
        self.start()
        self.when_named("shop")
        self.docker.containers[OTHER] = Container("other", pid=2001)
        self.tree.container(path_of(OTHER), 2)
        self.when_named("other", "shop")
        self.docker.containers[SHOP].running = False
        self.shop.remove()
        self.when_named("other")
        self.assertEqual({method for method, _ in self.docker.requests}, {"GET"})
        for _, path in self.docker.requests:
            self.assertRegex(path, r"^(/_ping|/v1\.44/containers/([0-9a-f]{64}/)?json)$")
        inspections = self.docker.asked(f"{OTHER}/json")
        self.assertEqual(len(inspections), 1, "no container is inspected twice")

    def test_renamed(self):
        self.docker.start()
        self.start()
        self.when_named("shop")
        self.docker.containers[SHOP].name = "store"
        self.when_named("store")

    def test_restarted(self):
        self.docker.start()
        self.start()
        page = self.when_named("shop")
        self.assertEqual(value(page, "container_restarts_total", container="shop"), 0)
        self.docker.containers[SHOP].started = "2024-05-06T08:00:00Z"
        self.shop.remove()
        # Another folder first, so that the new one cannot have the old one's inode.
        os.makedirs(self.path("cgroup/placeholder"))
        self.tree.container(path_of(SHOP), 1)
        wait_until(lambda: value(self.service.metrics(), "container_restarts_total",
                                 container="shop") == 1, NEXT_REFRESH_S, "restart")
        wait_until(lambda: value(self.service.metrics(), "container_start_time_seconds",
                                 id=path_of(SHOP)) == 1714982400, NEXT_REFRESH_S, "new start time")
        self.assertEqual(self.named(), ["shop"])

    def test_health(self):
        self.docker.containers[SHOP].status = "Up 3 seconds (health: starting)"
        self.docker.start()
        self.start()
        self.when_named("shop")

        def is_health(status):
            page = self.service.metrics()
            return value(page, "container_health", container="shop", status=status) == 1

        wait_until(lambda: is_health("starting"), 5, "starting")
        self.docker.containers[SHOP].status = "Up 1 minute (unhealthy)"
        wait_until(lambda: is_health("unhealthy"), NEXT_REFRESH_S, "unhealthy")

    def test_killed_by_the_oom_killer(self):
        # What the cgroup itself has told of is not counted twice.
        self.shop.change(memory__events="low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n")
        self.docker.start()
        self.start()
        page = self.when_named("shop")
        before = value(page, "container_oom_kills_total", container="shop")
        # Its cgroup vanishes before anybody reads of the kill; the daemon needs a moment, too.
        self.shop.remove()
        self.when_named()
        self.docker.containers[SHOP].running = False
        self.docker.containers[SHOP].oom_killed = True
        wait_until(lambda: value(self.service.metrics(), "container_oom_kills_total",
                                 container="shop") == before + 1, NEXT_REFRESH_S, "kill")
        time.sleep(0.6)
        self.assertEqual(value(self.service.metrics(), "container_oom_kills_total",
                               container="shop"), before + 1)


class Versions(NamesTestCase):
    def versions_asked(self):
        return {path.split("/")[1] for path in self.docker.asked("/v")}

    def test_docker_29_takes_none_older_than_1_44(self):
        self.docker.start()
        self.start()
        self.when_named("shop")
        self.assertEqual(self.versions_asked(), {"v1.44"})

    def test_an_old_daemon(self):
        self.docker.oldest, self.docker.newest = (1, 12), (1, 41)
        self.docker.start()
        self.start()
        self.when_named("shop")
        self.assertEqual(self.versions_asked(), {"v1.41"})

    def test_a_daemon_of_tomorrow(self):
        self.docker.oldest, self.docker.newest = (1, 50), (2, 3)
        self.docker.start()
        self.start()
        self.when_named("shop")
        self.assertEqual(self.versions_asked(), {"v1.44", "v2.3"})
        self.assertEqual(self.errors("unsupported"), 0)

    def test_replaced_by_an_older_one(self):
        self.docker.start()
        self.start()
        self.when_named("shop")
        self.docker.oldest, self.docker.newest = (1, 12), (1, 41)
        self.docker.containers[SHOP].name = "store"
        self.when_named("store")
        self.assertEqual(self.errors("unsupported"), 0)


class Failures(NamesTestCase):
    def named_then(self, mode):
        self.docker.start()
        self.start()
        self.when_named("shop")
        self.docker.mode = mode

    def stays_and_recovers(self):
        """The name stays, scrapes stay fresh, and a daemon that is well again is believed."""
        page = self.service.metrics()
        self.assertEqual(self.named(), ["shop"])
        self.assertEqual(value(page, "litewatch_collector_stale", collector="container"), 0)
        self.docker.mode = ""
        self.docker.containers[SHOP].name = "store"
        self.when_named("store")

    def test_hangs(self):
        self.named_then("hang")
        self.when_failed("timeout")
        until = time.monotonic() + 2
        while time.monotonic() < until:  # the next attempt may be within it
            page = self.service.metrics()
            self.assertEqual(value(page, "litewatch_collector_stale", collector="container"), 0)
        # A container that comes meanwhile is shown, by its id.
        self.tree.container(path_of(OTHER), 2)
        self.when_named(OTHER[:12], "shop")
        self.docker.containers[OTHER] = Container("other", pid=2001)
        self.docker.mode = ""
        self.when_named("other", "shop")

    def test_hangs_from_the_start_and_at_the_end(self):
        self.docker.mode = "hang"
        self.docker.start()
        self.start()
        self.when_named(SHOP[:12])
        began = time.monotonic()
        self.assertEqual(self.service.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)

    def test_answers_with_an_error(self):
        self.named_then("error")
        self.when_failed("busy")
        self.stays_and_recovers()

    def test_garbage(self):
        self.named_then("garbage")
        self.when_failed("malformed")
        self.stays_and_recovers()

    def test_truncated(self):
        self.named_then("truncated")
        self.when_failed("malformed")
        self.stays_and_recovers()

    def test_endless(self):
        self.named_then("endless")
        before = self.service.resident_bytes()
        wait_until(lambda: self.errors("unsupported") + self.errors("timeout") >= 1,
                   NEXT_REFRESH_S, "failure")
        self.assertLess(self.service.resident_bytes() - before, 100 << 20)
        self.stays_and_recovers()

    def test_a_daemon_that_comes_later_and_goes(self):
        self.start()
        self.when_named(SHOP[:12])
        self.assertFalse([series for series in self.service.metrics()
                          if series.startswith("litewatch_container_name_errors_total") and
                          'source="docker"' in series and self.service.metrics()[series]],
                         "that there is no such runtime is no failure")
        self.docker.start()
        self.when_named("shop")
        self.docker.stop()
        # A new container makes litewatch ask again.
        self.tree.container(path_of(OTHER), 2)
        self.when_named(OTHER[:12], "shop")
        self.assertEqual(self.errors("busy"), 0)

    def test_one_socket_hangs_another_answers(self):
        hung = FakeDocker(self.tree.root_path("run/hung.sock")).start()
        self.addCleanup(hung.stop)
        hung.mode = "hang"
        self.docker.start()
        self.start("/run/hung.sock, /run/docker.sock")
        self.when_named("shop")


if __name__ == "__main__":
    unittest.main(verbosity=2)

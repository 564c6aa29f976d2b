"""A thousand control groups that come and go while litewatch is scraped. It also runs against
binaries built with a sanitizer."""
import json
import os
import random
import threading
import time
import unittest
import uuid

from live_cgroup import LiveCgroups, find_hierarchies, remove_folder, why_not
from support import LITEWATCH, TestCase, promtool_check, skip, value, wait_until

RUN_ALONE = "other litewatches would come to their limits by its thousand control groups"
CONTAINERS = 1000
OTHERS = 500        # what the machine may have besides: they count until they have names
LEFT = 10
ROUNDS = 3
SCRAPES_S = 6       # at least that long
GROWTH = 48 << 20   # of resident memory after a round that needed as much


class Crowd:
    """Docker's cgroups in one hierarchy, below a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.ids = [uuid.uuid4().hex + uuid.uuid4().hex for _ in range(CONTAINERS)]
        self.made = 0
        self.scrapes = 0

    def path(self, identifier):
        return os.path.join(self.folder, f"docker-{identifier}.scope")

    def come(self, ids):
        for identifier in ids:
            os.mkdir(self.path(identifier))
            self.made += 1

    def go(self, ids):
        for identifier in ids:
            remove_folder(self.path(identifier))

    def wait_for_scrapes(self):
        """One that began before now may have looked before, so two."""
        wanted = self.scrapes + 2
        wait_until(lambda: self.scrapes >= wanted, 60, "two scrapes")

    def churn(self):
        """All come and go in rounds, and in the last one a few stay: in an order of its own."""
        shuffled = random.Random(4)
        for _ in range(ROUNDS):
            order = shuffled.sample(self.ids, CONTAINERS)
            self.come(order[:CONTAINERS // 2])
            self.wait_for_scrapes()
            self.come(order[CONTAINERS // 2:])
            self.wait_for_scrapes()
            self.go(shuffled.sample(order, CONTAINERS))
        self.come(self.ids[:LEFT])

    def close(self):
        for identifier in self.ids:
            remove_folder(self.path(identifier))


class Churn(TestCase):
    def setUp(self):
        super().setUp()
        reason = why_not()
        if reason:
            skip(self, reason)
        self.cgroups = LiveCgroups()
        self.addCleanup(self.cgroups.close)
        points = find_hierarchies()
        main = next(points[name] for name in ("memory", "cpu", "pids", "") if name in points)
        self.crowd = Crowd(os.path.join(main, self.cgroups.name))
        self.addCleanup(self.crowd.close)

    def service(self):
        with open(self.path("litewatch.yml"), "w") as file:  # JSON is YAML
            json.dump({"containers": {"sockets": [], "view": "host", "grace": "1s",
                                      "include": [f"*{self.cgroups.name}*"]},
                       "limits": {"containers": CONTAINERS + OTHERS, "collect_timeout": "5s"}}, file)
        # AddressSanitizer would keep 256 MiB of what was freed.
        options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
        return self.litewatch("--path.cgroup=/sys/fs/cgroup",
                              f"--config.file={self.path('litewatch.yml')}",
                              env={**os.environ, "ASAN_OPTIONS": options})

    def scrape_while(self, service, thread):
        """Pages while the thread runs, and after it, for SCRAPES_S at least: how many cgroups each
        showed. A page that is no valid text fails."""
        seen, end = [], time.monotonic() + SCRAPES_S
        while thread.is_alive() or time.monotonic() < end:
            page = service.metrics(timeout=20)
            seen.append(len(running(page)))
            self.crowd.scrapes += 1
            if len(seen) % 10 == 0:
                self.assertEqual(promtool_check(service.get("/metrics")[2]), "")
        return seen

    def test_churn_of_a_thousand_cgroups(self):
        service = self.service()
        descriptors = self.descriptors(service)
        self.one_round(service)
        resident = service.resident_bytes()
        thread = threading.Thread(target=self.crowd.churn)
        thread.start()
        self.addCleanup(thread.join)
        seen = self.scrape_while(service, thread)
        grown = service.resident_bytes() - resident
        print(f"\n{self.crowd.made} cgroups came, {len(seen)} scrapes saw up to {max(seen)}; "
              f"{resident / 2 ** 20:.0f} MiB resident before and {grown / 2 ** 20:+.1f} MiB after",
              flush=True)
        self.assertGreaterEqual(max(seen), CONTAINERS // 2)
        self.assertLess(grown, 4 * GROWTH if is_sanitized() else GROWTH)
        self.assert_last_page(service)
        self.assertLess(self.descriptors(service), descriptors + 8 * LEFT)
        self.crowd.go(self.crowd.ids[:LEFT])
        wait_until(lambda: not shown(service.metrics()), 15, "page without containers")
        self.assertLessEqual(self.descriptors(service), descriptors + 8)
        self.assertEqual(service.stop(30), 0, service.process.returncode)

    def one_round(self, service):
        """Until it has seen them all, so that what it needs for them is there."""
        self.crowd.come(self.crowd.ids)
        wait_until(lambda: len(running(service.metrics())) == CONTAINERS, 60, "page with all")
        self.crowd.go(self.crowd.ids)
        wait_until(lambda: not shown(service.metrics()), 30, "page without containers")

    def assert_last_page(self, service):
        expected = {identifier[:12] for identifier in self.crowd.ids[:LEFT]}
        wait_until(lambda: shown(service.metrics()) == expected, 15, "page with those that stayed")
        status, _, body = service.get("/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(promtool_check(body), "")
        page = service.metrics()
        self.assertEqual(running(page), expected)
        self.assertEqual(value(page, "litewatch_containers_left_out"), 0)
        for container in expected:
            restarts = value(page, "container_restarts_total", container=container)
            self.assertTrue(1 <= restarts <= ROUNDS + 1, f"{container}: {restarts} restarts")

    def descriptors(self, service):
        return len(os.listdir(f"/proc/{service.process.pid}/fd"))


def is_sanitized():
    with open(LITEWATCH, "rb") as file:
        return b"__sanitizer_" in file.read()


def names(page, wanted):
    return {series.partition('container="')[2].partition('"')[0]
            for series, number in page.items()
            if series.startswith("container_running{") and wanted(number)}


def shown(page):
    return names(page, lambda number: True)


def running(page):
    return names(page, lambda number: number == 1)


if __name__ == "__main__":
    unittest.main()

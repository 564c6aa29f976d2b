"""10,000 targets at 15 s, many of them ill: the healthy ones do not notice, nor does the scraper."""
import collections
import http.client
import json
import os
import re
import sys
import threading
import time
import unittest

from support import ROOT, TestCase, parse_page, skip

sys.path.insert(0, os.path.join(ROOT, "tests", "bench"))
from load_server import PROGRAM, LoadServer  # noqa: E402

RUN_ALONE = "measures how late probes are"
TARGETS = 10_000
HOSTS = 1000
INTERVAL = 15
TIMEOUT = 3
FAILING_INTERVAL = 5
SECONDS = 40
SLACK = 5  # how late a run may be on a machine that does other things too

MOST_RESIDENT = 1 << 30
MOST_DESCRIPTORS = 3000
SLOWEST_SCRAPE = 9
WATCHED = (b"process_resident_memory_bytes", b"process_open_fds", b"litewatch_probes_in_flight",
           b"litewatch_probes_waiting", b"litewatch_probe_loop_lag_seconds")


def kind_of(number):
    """10 % hang, 10 % reset the connection, 1 % send a body without end, the others are well."""
    place = number % 100
    return "hang" if place < 10 else "reset" if place < 20 else "endless" if place == 20 else "ok"


class Scraper(threading.Thread):
    """Fetches /metrics every two seconds until stopped, as a scraper would, and keeps the time."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.stopping = threading.Event()
        self.times = []
        self.failures = []
        self.most = collections.Counter()

    def run(self):
        due = time.monotonic()
        while not self.stopping.wait(max(0, due - time.monotonic())):
            due += 2
            began = time.monotonic()
            try:
                page = self.fetch()
            except OSError as error:
                self.failures.append(repr(error))
                continue
            self.times.append(time.monotonic() - began)
            for name in WATCHED:
                start = page.index(b"\n" + name + b" ") + len(name) + 2
                number = float(page[start:page.index(b"\n", start)])
                self.most[name.decode()] = max(self.most[name.decode()], number)

    def fetch(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("GET", "/metrics",
                               headers={"X-Prometheus-Scrape-Timeout-Seconds": "10"})
            answer = connection.getresponse()
            page = answer.read()
            if answer.status != 200:
                self.failures.append(f"status {answer.status}")
            return page
        finally:
            connection.close()

    def stop(self):
        self.stopping.set()
        self.join()


class TenThousandTargetsTest(TestCase):
    def start(self):
        self.server = LoadServer(HOSTS, SECONDS + 120)
        self.addCleanup(self.server.close)
        targets = [{"name": f"{kind_of(i)}-{i}", "app": f"app{i % 50}",
                    "url": self.server.url(i, f"/{kind_of(i)}/{i}")} for i in range(TARGETS)]
        config = {"targets": targets, "limits": {"series": 2_000_000},
                  "probes": {"interval": f"{INTERVAL}s", "timeout": f"{TIMEOUT}s",
                             "failing_interval": f"{FAILING_INTERVAL}s", "max_in_flight": 4000}}
        with open(self.path("litewatch.yml"), "w") as file:
            json.dump(config, file)
        return self.litewatch(f"--config.file={self.path('litewatch.yml')}", "--log.level=error")

    def series_of(self, page):
        """{metric: {target: value}} of the series that each target has once."""
        series = collections.defaultdict(dict)
        for key, number in page.items():
            found = re.fullmatch(r'(probe_\w+)\{app="\w+",target="([^"]+)",module="\w+"\}', key)
            if found:
                series[found.group(1)][found.group(2)] = number
        return series

    def check_healthy(self, series, names, ran, now):
        late = [name for name in names
                if now - series["probe_last_run_timestamp_seconds"][name] > INTERVAL + SLACK]
        self.assertEqual(late, [])
        fewest, most = int((ran - SLACK) // INTERVAL), int((ran + SLACK) // INTERVAL) + 2
        attempts = collections.Counter(series["probe_attempts_total"][name] for name in names)
        self.assertTrue(fewest <= min(attempts) and max(attempts) <= most,
                        f"{fewest} to {most} runs were expected, there were {attempts}")
        for metric, expected in (("probe_success", 1), ("probe_skipped_total", 0),
                                 ("probe_consecutive_failures", 0)):
            wrong = [name for name in names if series[metric][name] != expected]
            self.assertEqual(wrong, [], metric)

    def check_failing(self, page, names, reason):
        """All attempts of these targets failed, and for that reason."""
        failures = {}
        for key, number in page.items():
            found = re.match(r'probe_failures_total\{.*target="([^"]+)".*reason="(\w+)"', key)
            if found and number:
                failures.setdefault(found.group(1), {})[found.group(2)] = number
        attempts = self.series_of(page)["probe_attempts_total"]
        wrong = {name: (attempts[name], failures.get(name)) for name in names
                 if failures.get(name) != {reason: attempts[name]} or attempts[name] < 2}
        self.assertEqual(wrong, {})

    def test_the_healthy_ones_and_the_scraper_notice_nothing(self):
        if not os.path.exists(PROGRAM):
            skip(self, f"{PROGRAM} is not built")
        service = self.start()
        began = time.monotonic()
        scraper = Scraper(service.port)
        scraper.start()
        self.addCleanup(scraper.stop)
        time.sleep(SECONDS)
        scraper.stop()
        ran, now = time.monotonic() - began, time.time()  # parsing the page takes seconds
        page = parse_page(scraper.fetch().decode())

        print(f"\n  {len(page):,} series; scrapes: {len(scraper.times)}, the slowest "
              f"{max(scraper.times):.2f} s; " + ", ".join(
                  f"{name} {number:,.6g}" for name, number in sorted(scraper.most.items())),
              flush=True)
        self.assertEqual(scraper.failures, [])
        self.assertGreaterEqual(len(scraper.times), SECONDS / 2 - 2)
        self.assertLess(max(scraper.times), SLOWEST_SCRAPE)
        self.assertLess(scraper.most["process_resident_memory_bytes"], MOST_RESIDENT)
        self.assertLess(scraper.most["process_open_fds"], MOST_DESCRIPTORS)

        names = collections.defaultdict(list)
        for i in range(TARGETS):
            names[kind_of(i)].append(f"{kind_of(i)}-{i}")
        series = self.series_of(page)
        self.check_healthy(series, names["ok"], ran, now)
        self.check_healthy(series, names["endless"], ran, now)  # status 200 is all that was asked
        for kind, truncated in (("ok", 0), ("endless", 1)):
            found = {series["probe_http_body_truncated"][name] for name in names[kind]}
            self.assertEqual(found, {truncated}, kind)
        self.check_failing(page, names["hang"], "response_timeout")
        self.check_failing(page, names["reset"], "connect_reset")
        self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    unittest.main()

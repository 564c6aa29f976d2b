#!/usr/bin/env python3
"""What a probe costs litewatch and prometheus-blackbox-exporter, side by side in one run.

CPU: targets that answer at once, each probed once a second with a fresh connection; the results are
fetched once a second, compressed, as Prometheus does: litewatch's from one /metrics, those of
blackbox_exporter by one /probe each. CPU is user and system time of the one process. HTTPS is
verified against the machine's bundle of authorities. Memory: targets that never answer.
"""
import gzip
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from load_server import LoadServer  # noqa: E402
from support import TOOLS, Litewatch, free_port, wait_until  # noqa: E402

BLACKBOX = os.path.join(TOOLS, "prometheus-blackbox-exporter")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
HTTP_TARGETS = 200
HTTPS_TARGETS = 40  # blackbox_exporter would need more than one core for 200
IN_FLIGHT = 4000
HOSTS = 8
SECONDS = float(os.environ.get("PROBE_BENCH_SECONDS", "15"))
THREADS = 8
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def total(page, name):
    return sum(number for series, number in page.items() if series.partition("{")[0] == name)


def probing(folder, targets, modules=None, **probes):
    """litewatch with these targets."""
    path = os.path.join(folder, "litewatch.yml")
    with open(path, "w") as file:
        json.dump({"targets": targets, "modules": modules or {}, "probes": probes,
                   "limits": {"series": 1_000_000}}, file)
    return Litewatch(f"--config.file={path}", "--log.level=error")


class Blackbox:
    def __init__(self, folder, ca_file=None):
        http_module = {"preferred_ip_protocol": "ip4"}
        if ca_file:
            http_module["tls_config"] = {"ca_file": ca_file}
        path = os.path.join(folder, "blackbox.yml")
        with open(path, "w") as file:
            json.dump({"modules": {"http": {"prober": "http", "http": http_module}}}, file)
        self.port = free_port()
        self.process = subprocess.Popen(
            [BLACKBOX, f"--config.file={path}", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.ready, 20, "ready blackbox_exporter")

    def ready(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/-/healthy")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)


class OnDemandScraper:
    """Asks /probe about each target once a second, on kept-alive connections, until stopped."""

    def __init__(self, port, arguments):
        self.probes = 0
        self.errors = []
        self.stopping = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(port, arguments[i::THREADS]))
                        for i in range(THREADS)]
        for thread in self.threads:
            thread.start()

    def run(self, port, arguments):
        paths = ["/probe?" + urllib.parse.urlencode(each) for each in arguments]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            self.ask(connection, paths)
        except (OSError, http.client.HTTPException) as error:
            self.errors.append(repr(error))
        finally:
            connection.close()

    def ask(self, connection, paths):
        headers = {"Accept-Encoding": "gzip", "X-Prometheus-Scrape-Timeout-Seconds": "5"}
        due = time.monotonic()
        while not self.stopping:
            for path in paths:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                body = gzip.decompress(answer.read())
                if b"\nprobe_success 1\n" not in body:
                    raise OSError(f"{path}: {answer.status} {body!r}")
                with self.lock:
                    self.probes += 1
                due += 1 / len(paths)
                time.sleep(max(0, due - time.monotonic()))

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise AssertionError(f"on-demand probes failed: {self.errors}")


def own_interval(service, targets):
    """CPU seconds per probe of a litewatch that probes by itself and is scraped each second."""
    headers = {"Accept-Encoding": "gzip"}
    wait_until(lambda: total(service.metrics(), "probe_success") == targets, 15,
               "success of all targets")
    before, began = total(service.metrics(), "probe_attempts_total"), cpu_s(service.process)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        service.get("/metrics", headers=headers)
        time.sleep(1)
    used = cpu_s(service.process) - began
    page = service.metrics()
    probes = total(page, "probe_attempts_total") - before
    if total(page, "probe_success") != targets or probes < 0.9 * targets * SECONDS:
        raise AssertionError(f"{probes} probes, {total(page, 'probe_success')} targets succeed")
    return used / probes, probes


def on_demand(process, port, arguments):
    """CPU seconds per /probe."""
    scraper = OnDemandScraper(port, arguments)
    time.sleep(2)
    before, began = scraper.probes, cpu_s(process)
    time.sleep(SECONDS)
    used, probes = cpu_s(process) - began, scraper.probes - before
    scraper.stop()
    return used / probes, probes


def print_cpu(kind, who, per_probe_s, probes, reference_s=None):
    ratio = f"1/{reference_s / per_probe_s:.1f}" if reference_s else "1"
    print(f"  {kind:<6} {who:<38} {per_probe_s * 1e6:>8.0f} us {probes:>8.0f} {ratio:>8}",
          flush=True)


def bench_cpu(folder, kind, count, certificate=None, ca_file=None):
    server = LoadServer(HOSTS, 20 * SECONDS + 120, certificate)
    try:
        urls = [server.url(i, f"/ok/{i}") for i in range(count)]
        reference = None
        if os.path.exists(BLACKBOX):
            blackbox = Blackbox(folder, ca_file)
            reference, probes = on_demand(blackbox.process, blackbox.port,
                                          [{"module": "http", "target": url} for url in urls])
            blackbox.stop()
            print_cpu(kind, "blackbox_exporter, /probe", reference, probes)
        module = {"prober": "http", "http": {"tls_config": {"ca_file": ca_file}} if ca_file else {}}
        targets = [{"name": f"t{i}", "app": "bench", "url": url, "module": "bench"}
                   for i, url in enumerate(urls)]
        options = {"timeout": "900ms", "failing_interval": "1s", "max_on_demand": 200}
        service = probing(folder, targets, {"bench": module}, interval="1s", **options)
        print_cpu(kind, "litewatch, own interval and /metrics", *own_interval(service, count), reference)
        service.stop()
        service = probing(folder, targets, {"bench": module}, interval="1h", **options)
        print_cpu(kind, "litewatch, /probe", *on_demand(
            service.process, service.port, [{"target": f"t{i}"} for i in range(count)]),
            reference)
        service.stop()
    finally:
        server.close()


def in_flight_litewatch(folder, server, count):
    """(probes in flight, resident bytes), again and again until all of them hang."""
    targets = [{"name": f"t{i}", "app": "bench", "url": server.url(i, f"/hang/{i}")}
               for i in range(count)]
    service = probing(folder, targets, interval="60s", timeout="55s", failing_interval="60s",
                      max_in_flight=count, max_in_flight_per_host=count)
    try:
        for _ in range(3):
            service.get("/metrics")  # so that the page has all its buffers
        waiting, end = 0, time.monotonic() + 30
        while waiting < count and time.monotonic() < end:
            waiting = total(service.metrics(), "litewatch_probes_in_flight")
            yield waiting, resident_bytes(service.process)
            time.sleep(0.2)
    finally:
        service.stop()


def in_flight_blackbox(folder, server, count):
    """The same of blackbox_exporter: before, and with so many requests that hang."""
    blackbox = Blackbox(folder)
    before = resident_bytes(blackbox.process)
    connections = [http.client.HTTPConnection("127.0.0.1", blackbox.port) for _ in range(count)]
    for i, connection in enumerate(connections):
        query = urllib.parse.urlencode({"module": "http", "target": server.url(i, "/hang")})
        connection.request("GET", "/probe?" + query,
                           headers={"X-Prometheus-Scrape-Timeout-Seconds": "60"})
    time.sleep(5)
    resident = resident_bytes(blackbox.process)
    for connection in connections:
        connection.close()
    blackbox.stop()
    return resident - before


def bench_memory(folder):
    server = LoadServer(HOSTS, 300)
    try:
        seen = list(in_flight_litewatch(folder, server, IN_FLIGHT))
        few, least = seen[0]
        for share in (0.5, 1):
            waiting, resident = next(each for each in seen if each[0] >= IN_FLIGHT * share)
            print(f"  litewatch          {waiting:>6.0f} "
                  f"{(resident - least) / (waiting - few) / 1024:>9.1f} KiB   "
                  f"({resident / 2**20:.0f} MiB in all)", flush=True)
        if os.path.exists(BLACKBOX):
            more = in_flight_blackbox(folder, server, IN_FLIGHT // 2) / (IN_FLIGHT // 2)
            print(f"  blackbox_exporter  {IN_FLIGHT // 2:>6} {more / 1024:>9.1f} KiB", flush=True)
    finally:
        server.close()


def make_certificate(folder):
    """A certificate for all hosts, and a bundle of the machine's authorities and this one."""
    stem = os.path.join(folder, "server")
    names = ",".join(f"IP:127.0.1.{1 + i}" for i in range(HOSTS))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=bench",
                    "-addext", "subjectAltName=" + names, "-keyout", stem + ".key",
                    "-out", stem + ".crt"], check=True, stderr=subprocess.DEVNULL)
    bundle = os.path.join(folder, "bundle.crt")
    with open(bundle, "wb") as out:
        for path in [BUNDLE] if os.path.exists(BUNDLE) else []:
            with open(path, "rb") as file:
                shutil.copyfileobj(file, out)
        with open(stem + ".crt", "rb") as file:
            shutil.copyfileobj(file, out)
    return stem, bundle


def main():
    if not os.path.exists(BLACKBOX):
        print("SKIP: probe_bench: no prometheus-blackbox-exporter under build/tools to compare with")
    print(f"CPU per probe ({HTTP_TARGETS} HTTP and {HTTPS_TARGETS} HTTPS targets, each once a second "
          f"for {SECONDS:.0f} s, fresh connections)")
    print(f"  {'':<6} {'':<38} {'CPU':>11} {'probes':>8} {'ratio':>8}")
    with tempfile.TemporaryDirectory(prefix="litewatch-bench-") as folder:
        bench_cpu(folder, "HTTP", HTTP_TARGETS)
        bench_cpu(folder, "HTTPS", HTTPS_TARGETS, *make_certificate(folder))
        print("Memory per probe in flight (targets that never answer)")
        bench_memory(folder)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Resident memory and scrape time of the real litewatch with 1, 100 and 10,000 WAL databases."""
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
from support import Litewatch  # noqa: E402


def make_databases(folder, count):
    """Copies of one closed WAL-mode database, 100 to a folder."""
    template = os.path.join(folder, "template")
    db = sqlite3.connect(template)
    db.executescript("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1);")
    db.close()
    for number in range(count):
        parent = os.path.join(folder, f"{number // 100:03}")
        os.makedirs(parent, exist_ok=True)
        shutil.copyfile(template, os.path.join(parent, f"{number:05}.db"))
    os.remove(template)


def measure(count):
    with tempfile.TemporaryDirectory(prefix="litewatch-bench-", dir="/dev/shm") as folder:
        make_databases(folder, count)
        service = Litewatch(os.path.join(folder, "*/*.db"), "--log.level=error")
        times_ms = []
        for _ in range(20):
            start = time.perf_counter()
            service.get("/metrics", headers={"Accept-Encoding": "gzip"})
            times_ms.append((time.perf_counter() - start) * 1000)
        discovered = sum(number for name, number in service.metrics().items()
                         if name.startswith("sqlite_databases_discovered"))
        assert discovered == count, f"{discovered} of {count} databases found"
        resident = service.resident_bytes() / 2**20
        service.stop()
    print(f"  {count:>9,} {resident:>12.1f} MiB {statistics.median(times_ms):>14.1f} ms")


def main():
    print("The service at work (whole scrapes over loopback, gzip, median of 20)")
    print(f"  {'databases':>9} {'resident':>16} {'scrape':>17}")
    for count in (1, 100, 10_000):
        measure(count)


if __name__ == "__main__":
    main()

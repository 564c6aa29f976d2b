#!/usr/bin/env python3
"""A small real app on one SQLite file: orders come in steadily, and now and then a report reads slowly.

    demo_app.py --db /path/app.db --listen 127.0.0.1:3000 [--writes-per-second 20]

GET /healthz answers whether the database can be read, as application/health+json. --log=FILE writes
what happens there, as JSON lines.
GET /fail shows in which ways the app can be told to be unwell; /fail?how=hang makes it so,
/fail?how=none mends it. GET /drop-locks makes it lose its locks on the database, until it is
restarted.
"""
import argparse
import http.server
import json
import random
import signal
import sqlite3
import threading
import time
import urllib.parse

import failures
import json_log

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders(id INTEGER PRIMARY KEY, customer TEXT, total REAL, at REAL);
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders(customer);
"""


def connect(path):
    db = sqlite3.connect(path, timeout=5, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    return db


def write_orders(path, per_second, stop, log):
    db = connect(path)
    written = 0
    while not stop.wait(random.expovariate(per_second)):
        customer = f"customer-{random.randrange(500)}"
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:  # another process holds the write lock
            print(f"an order is lost: {error}", flush=True)
            log.error("an order is lost: %s", error)
            continue
        db.execute("INSERT INTO orders(customer, total, at) VALUES (?, ?, ?)",
                   (customer, random.uniform(5, 500), time.time()))
        db.execute("DELETE FROM orders WHERE at < ?", (time.time() - 3600,))
        db.execute("COMMIT")
        written += 1
        if written % 100 == 0:
            log.info("%d orders are written", written)
    db.close()


def drop_locks(path):
    """What a careless backup within the app does: to close a file drops all of a process's locks on
    it, also those of SQLite's connections."""
    with open(path, "rb"):
        pass


def report_slowly(path, every_s, for_s, stop):
    """Holds a read transaction for a while, as a report or a forgotten cursor does."""
    db = connect(path)
    while not stop.wait(every_s):
        db.execute("BEGIN")
        db.execute("SELECT customer, sum(total) FROM orders GROUP BY customer").fetchall()
        stop.wait(for_s)
        db.execute("COMMIT")
    db.close()


def health(path):
    """(status, health document)"""
    began = time.monotonic()
    check = {"componentType": "datastore", "status": "pass"}
    document = {"status": "pass", "version": "1.4.2", "checks": {"database:responseTime": [check]}}
    try:
        db = connect(path)
        orders = db.execute("SELECT count(*) FROM orders").fetchone()[0]
        db.close()
        document["checks"]["orders:total"] = [{"status": "pass", "observedValue": orders}]
    except sqlite3.Error as error:
        document["status"] = check["status"] = "fail"
        check["output"] = str(error)
    check["observedValue"] = round((time.monotonic() - began) * 1000, 3)
    check["observedUnit"] = "ms"
    check["time"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return 200 if document["status"] == "pass" else 503, document


class State:
    """How the app was told to fail."""

    def __init__(self):
        self.how = failures.WELL
        self.changed = threading.Event()

    def tell(self, how):
        self.how = how
        self.changed.set()  # wakes those that hang
        self.changed = threading.Event()


def handler_for(path, state, log):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.state = state
            url = urllib.parse.urlsplit(self.path)
            if url.path == "/healthz":
                self.answer_health()
            elif url.path == "/fail":
                self.answer_fail(urllib.parse.parse_qs(url.query).get("how", [""])[0])
            elif url.path == "/drop-locks":
                drop_locks(path)
                failures.send_document(self, 200, {"locks": "dropped"})
            else:
                failures.send_document(self, 404, {"error": "not found"})

        do_POST = do_GET

        def answer_health(self):
            status, document = health(path)
            if document["status"] != "pass":
                log.error("unwell: %s", document)
            if state.how == failures.WELL:
                failures.send_document(self, status, document)
            else:
                failures.FAILURES[state.how][2](self, document)

        def answer_fail(self, how):
            known = how == failures.WELL or how in failures.FAILURES
            if known:
                log.warning("told to fail: %s", how)
                state.tell(how)
            failures.send(self, 200 if known or not how else 400,
                          failures.help_text(state.how).encode(), Content_Type="text/plain")

        def log_message(self, *_):
            pass

    return Handler


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Clients that leave early are none of the app's business."""


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", required=True)
    parser.add_argument("--listen", default="127.0.0.1:3000")
    parser.add_argument("--writes-per-second", type=float, default=20)
    parser.add_argument("--slow-reader-every", type=float, default=20, metavar="SECONDS")
    parser.add_argument("--slow-reader-for", type=float, default=8, metavar="SECONDS")
    parser.add_argument("--log", metavar="FILE")
    options = parser.parse_args()

    log = json_log.open_log("shop", options.log)
    db = connect(options.db)
    db.executescript(SCHEMA)
    stop = threading.Event()
    threads = [
        threading.Thread(target=write_orders, args=(options.db, options.writes_per_second, stop,
                                                     log)),
        threading.Thread(target=report_slowly, args=(options.db, options.slow_reader_every,
                                                     options.slow_reader_for, stop)),
    ]
    for thread in threads:
        thread.start()

    host, port = options.listen.rsplit(":", 1)
    server = Server((host, int(port)), handler_for(options.db, State(), log))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"demo app on http://{host}:{server.server_address[1]}/healthz, database {options.db}; "
          "see /fail", flush=True)
    log.info("started")
    server.serve_forever()
    stop.set()
    for thread in threads:
        thread.join()
    db.close()
    log.info("stopped")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A small real app on one SQLite file: orders come in steadily, and now and then a report reads slowly.

    demo_app.py --db /path/app.db --listen 127.0.0.1:3000 [--writes-per-second 20]

GET /healthz answers whether the database can be written to and read.
"""
import argparse
import http.server
import json
import random
import signal
import sqlite3
import threading
import time

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders(id INTEGER PRIMARY KEY, customer TEXT, total REAL, at REAL);
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders(customer);
"""


def connect(path):
    db = sqlite3.connect(path, timeout=5, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    return db


def write_orders(path, per_second, stop):
    db = connect(path)
    while not stop.wait(random.expovariate(per_second)):
        customer = f"customer-{random.randrange(500)}"
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO orders(customer, total, at) VALUES (?, ?, ?)",
                   (customer, random.uniform(5, 500), time.time()))
        db.execute("DELETE FROM orders WHERE at < ?", (time.time() - 3600,))
        db.execute("COMMIT")
    db.close()


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
    try:
        db = connect(path)
        orders = db.execute("SELECT count(*) FROM orders").fetchone()[0]
        db.close()
        return 200, {"status": "pass", "checks": {"database": {"status": "pass", "orders": orders}}}
    except sqlite3.Error as error:
        return 503, {"status": "fail", "checks": {"database": {"status": "fail", "output": str(error)}}}


def handler_for(path):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = health(path) if self.path == "/healthz" else (404, {"error": "not found"})
            answer = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/health+json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", required=True)
    parser.add_argument("--listen", default="127.0.0.1:3000")
    parser.add_argument("--writes-per-second", type=float, default=20)
    parser.add_argument("--slow-reader-every", type=float, default=20, metavar="SECONDS")
    parser.add_argument("--slow-reader-for", type=float, default=8, metavar="SECONDS")
    options = parser.parse_args()

    db = connect(options.db)
    db.executescript(SCHEMA)
    stop = threading.Event()
    threads = [
        threading.Thread(target=write_orders, args=(options.db, options.writes_per_second, stop)),
        threading.Thread(target=report_slowly, args=(options.db, options.slow_reader_every,
                                                     options.slow_reader_for, stop)),
    ]
    for thread in threads:
        thread.start()

    host, port = options.listen.rsplit(":", 1)
    server = http.server.ThreadingHTTPServer((host, int(port)), handler_for(options.db))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"demo app on http://{host}:{server.server_address[1]}/healthz, database {options.db}",
          flush=True)
    server.serve_forever()
    stop.set()
    for thread in threads:
        thread.join()
    db.close()


if __name__ == "__main__":
    main()

"""An app with one SQLite database for tests: sandbox_app.py DATABASE PORT [HEALTH]

Serves on PORT: its health, HEALTH, at every path; POST /write, /pin (a reader that stays) and
/unpin. Its text is also run with `python -c`, where this file cannot be reached.
"""
import http.server
import os
import signal
import sqlite3
import sys


def connect():
    return sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)


class Handler(http.server.BaseHTTPRequestHandler):
    writer = reader = None

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.answer(200, sys.argv[3] if len(sys.argv) > 3 else '{"status": "pass"}')

    def do_POST(self):
        if self.path == "/write":
            Handler.writer.execute("INSERT INTO t VALUES (randomblob(2000))")
        elif self.path == "/pin":
            Handler.reader.execute("BEGIN")
            Handler.reader.execute("SELECT count(*) FROM t").fetchall()
        elif self.path == "/unpin":
            Handler.reader.execute("COMMIT")
        self.answer(200, "{}")

    def log_message(self, *_):
        pass


# The first process of a container has no default for it.
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
Handler.writer = connect()
Handler.writer.execute("PRAGMA journal_mode=WAL")
Handler.writer.execute("CREATE TABLE IF NOT EXISTS t (a)")
Handler.writer.execute("INSERT INTO t VALUES (1)")
Handler.reader = connect()
http.server.HTTPServer(("", int(sys.argv[2])), Handler).serve_forever()

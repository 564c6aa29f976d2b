"""An app that is made up, with litewatch beside it: made_up_app.py PLAN, in a network of its own.

PLAN is JSON: `databases`, the paths to make in WAL mode and to keep open; `port`, where the app
listens; `answer`, what it says; `litewatch`, the command. Lines on the standard input are commands,
each answered by a line of JSON:
  answer {"path", "status", "type", "body"}  what the app says from now on; null: does not listen
  get PATH                                   litewatch's answer; null while there is none
"""
import contextlib
import http.server
import json
import sqlite3
import subprocess
import sys
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    answer = None

    def do_GET(self):
        known = self.path == self.answer["path"]
        body = self.answer["body"].encode() if known else b"no such page"
        self.send_response(self.answer["status"] if known else 404)
        self.send_header("Content-Type", self.answer["type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: the standard output is for answers."""


class App:
    """The health endpoint: a server while there is something to answer."""

    def __init__(self, port, answer):
        self.port = port
        self.server = None
        self.answer(answer)

    def answer(self, what):
        Handler.answer = what or Handler.answer
        if what and not self.server:
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
            threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        elif not what and self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
        return True


def make_database(path):
    """A database with a write in its log; it stays open, as an app's does."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "CREATE TABLE t(a)", "INSERT INTO t VALUES(1)"):
        connection.execute(statement)
    return connection


def get(path):
    with contextlib.suppress(OSError):
        with urllib.request.urlopen("http://127.0.0.1:9871" + path, timeout=10) as answer:
            return answer.read().decode()
    return None


def serve(app):
    for line in sys.stdin:
        command, _, argument = line.rstrip("\n").partition(" ")
        result = app.answer(json.loads(argument)) if command == "answer" else get(argument)
        print(json.dumps(result), flush=True)


def main():
    plan = json.loads(sys.argv[1])
    databases = [make_database(path) for path in plan["databases"]]
    app = App(plan["port"], plan["answer"])
    litewatch = subprocess.Popen(plan["litewatch"], stdout=sys.stderr, stderr=sys.stderr)
    try:
        serve(app)
    finally:
        litewatch.terminate()
        litewatch.wait(timeout=10)
        for database in databases:
            database.close()


if __name__ == "__main__":
    main()

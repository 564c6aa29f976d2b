#!/usr/bin/env python3
"""A webhook for Alertmanager that prints what it gets, for people to read.

    notifications.py --listen 127.0.0.1:9095 --note /path/told

POST /RECEIVER. Each notification is also noted in the file, as a line "firing NAME" or "resolved
NAME". Of a receiver's heartbeats (severity "none") only the first is printed.

GET / tells the last ones, one a line, and GET /?since=3 those after the third:

    4 08:15:30 pager firing AppDown{app="shop",component="probe",severity="critical"}
"""
import argparse
import collections
import http.server
import json
import os
import threading
import time
import urllib.parse

REMEMBERED = 1000  # notifications


def readable(receiver, alert):
    labels, notes = alert["labels"], alert["annotations"]
    firing = alert["status"] == "firing"
    about = "  ".join(f"{name}={labels[name]}" for name in sorted(labels)
                      if name not in ("alertname", "severity", "component"))
    lines = [f"{time.strftime('%H:%M:%S')}  {'FIRING' if firing else 'RESOLVED'}  "
             f"{labels['alertname']} ({labels['severity']}), to {receiver}"]
    if about:
        lines.append(about)
    if firing:
        lines += [notes.get("summary", ""), notes.get("description", ""),
                  f"runbook    {notes.get('runbook_url', '-')}",
                  f"dashboard  {notes.get('dashboard_url', '-')}"]
    return "\n    ".join(lines)


def one_line(number, receiver, alert):
    labels = ",".join(f"{name}={json.dumps(value)}" for name, value in
                      sorted(alert["labels"].items()) if name != "alertname")
    return (f"{number} {time.strftime('%H:%M:%S')} {receiver} {alert['status']} "
            f"{alert['labels']['alertname']}{{{labels}}}")


class Printer:
    def __init__(self, note):
        self.note, self.lock, self.heartbeats = note, threading.Lock(), set()
        self.count, self.told = 0, collections.deque(maxlen=REMEMBERED)

    def after(self, number):
        """The notifications after the one of that number, one a line."""
        with self.lock:
            return "".join(f"{line}\n" for at, line in self.told if at > number)

    def remember(self, receiver, alert):
        self.count += 1
        self.told.append((self.count, one_line(self.count, receiver, alert)))

    def take(self, receiver, message):
        with self.lock, open(self.note, "a") as note:
            for alert in message["alerts"]:
                name = alert["labels"]["alertname"]
                print(f"{alert['status']} {name}", file=note)
                self.remember(receiver, alert)
                if name not in self.heartbeats:
                    print(f"\n{readable(receiver, alert)}", flush=True)
                if alert["labels"]["severity"] == "none":
                    self.heartbeats.add(name)


def handler_for(printer):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            since = query.get("since", ["0"])[0]
            if since.isdecimal():
                self.answer(200, printer.after(int(since)).encode())
            else:
                self.answer(400, b"since= takes a number\n")

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                printer.take(self.path.strip("/"), json.loads(body))
                status = 200
            except (ValueError, KeyError, TypeError):
                status = 400
            self.answer(status, b"")

        def answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:9095")
    parser.add_argument("--note", default=os.devnull, metavar="FILE")
    options = parser.parse_args()
    host, port = options.listen.rsplit(":", 1)
    handler = handler_for(Printer(options.note))
    http.server.ThreadingHTTPServer((host, int(port)), handler).serve_forever()


if __name__ == "__main__":
    main()

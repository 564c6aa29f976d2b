#!/usr/bin/env python3
"""A webhook for Alertmanager that prints what it gets, for people to read.

    notifications.py --listen 127.0.0.1:9095 --note /path/told

POST /RECEIVER. Each notification is also noted in the file, as a line "firing NAME" or "resolved
NAME". Of a receiver's heartbeats (severity "none") only the first is printed.
"""
import argparse
import http.server
import json
import threading
import time


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


class Printer:
    def __init__(self, note):
        self.note, self.lock, self.heartbeats = note, threading.Lock(), set()

    def take(self, receiver, message):
        with self.lock, open(self.note, "a") as note:
            for alert in message["alerts"]:
                name = alert["labels"]["alertname"]
                print(f"{alert['status']} {name}", file=note)
                if name not in self.heartbeats:
                    print(f"\n{readable(receiver, alert)}", flush=True)
                if alert["labels"]["severity"] == "none":
                    self.heartbeats.add(name)


def handler_for(printer):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                printer.take(self.path.strip("/"), json.loads(body))
                status = 200
            except (ValueError, KeyError, TypeError):
                status = 400
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:9095")
    parser.add_argument("--note", required=True, metavar="FILE")
    options = parser.parse_args()
    host, port = options.listen.rsplit(":", 1)
    handler = handler_for(Printer(options.note))
    http.server.ThreadingHTTPServer((host, int(port)), handler).serve_forever()


if __name__ == "__main__":
    main()

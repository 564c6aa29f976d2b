"""A webhook for Alertmanager that notes what arrives."""
import http.server
import json
import threading
import time
from collections import namedtuple

from support import LoopbackServer

# `at` is of time.monotonic(), `batch` the number of the request it came with.
Notification = namedtuple("Notification", "at batch receiver status labels annotations")


class Sink(LoopbackServer):
    """Receives at /RECEIVER."""

    def __init__(self):
        self.lock = threading.Lock()
        self.batches = 0
        self.notifications = []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.note(self.path.strip("/"), json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(Handler)

    def url(self, receiver):
        return f"http://127.0.0.1:{self.port}/{receiver}"

    def note(self, receiver, message):
        with self.lock:
            self.batches += 1
            self.notifications += [
                Notification(time.monotonic(), self.batches, receiver, alert["status"],
                             alert["labels"], alert["annotations"])
                for alert in message["alerts"]]

    def arrived(self):
        """All notifications so far, one per alert, in the order of their arrival."""
        with self.lock:
            return list(self.notifications)

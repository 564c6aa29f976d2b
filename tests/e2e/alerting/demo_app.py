"""The demo app of tests/demo_app as a part of a scene."""
import os
import subprocess
import sys
import urllib.request

from support import ROOT, free_port, wait_until

PROGRAM = os.path.join(ROOT, "tests", "demo_app", "demo_app.py")


class DemoApp:
    """A process with an HTTP endpoint and a database, which it writes to all the time."""

    def __init__(self, database, port=None, *arguments):
        self.database, self.arguments = database, arguments
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}/healthz"
        self.process = None
        self.start()

    def start(self):
        """Also after stop(), at the same address."""
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, "--db", self.database,
             "--listen", f"127.0.0.1:{self.port}", "--writes-per-second", "5", *self.arguments],
            stdout=subprocess.DEVNULL)
        wait_until(self.answers, 20, "answer of the demo app")

    def answers(self):
        try:
            with urllib.request.urlopen(self.url, timeout=2):
                return True
        except OSError:
            return False

    def tell(self, how):
        """See /fail of the app; "none" mends it."""
        url = f"http://127.0.0.1:{self.port}/fail?how={how}"
        with urllib.request.urlopen(url, data=b"", timeout=5):
            pass

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)

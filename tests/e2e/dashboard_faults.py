"""The faults for the few panels that a healthy system leaves empty: `needs` in a dashboard's source
names them."""
import os
import sqlite3

import states
from hung_filesystem_test import HungFs
from support import value, wait_until


class AppDown:
    """The shop answers its probes with an error."""

    def __init__(self, scene):
        self.scene = scene

    def break_it(self):
        self.scene.tell_shop("database")

    def mend(self):
        self.scene.tell_shop("none")


class Reader:
    """A read transaction that nobody ends, longer than its objective."""

    def __init__(self, scene):
        self.scene, self.reader = scene, None

    def break_it(self):
        self.reader = sqlite3.connect(self.scene.path("shop.db"), isolation_level=None)
        self.reader.execute("BEGIN")
        self.reader.execute("SELECT count(*) FROM orders").fetchone()

    def mend(self):
        self.reader.close()


class Blind:
    """litewatch sees less than it should: Docker answers with errors, and a file system hangs under
    a third litewatch, so that the other two go on."""

    def __init__(self, scene):
        self.scene, self.remote = scene, None

    def break_it(self):
        self.scene.docker.mode = "error"
        source = self.scene.path("source", "distant.db")
        states.closed(source)
        self.remote = HungFs(os.path.dirname(source), self.scene.path("remote"))
        self.scene.stack.callback(self.remote.unmount)
        if not self.remote.mounted():
            raise AssertionError("FUSE cannot be mounted here")
        databases = {"databases": [os.path.join(self.remote.mountpoint, "distant.db")]}
        third = self.scene.litewatch("third.yml", databases)
        self.scene.stack.callback(self.remote.release)  # before its end, which may wait for it
        self.scene.scrape("litewatch-third", third.port)
        wait_until(lambda: value(third.metrics(), "sqlite_up", db="distant") == 1, 10,
                   "reading of the remote database")
        self.remote.hang()

    def mend(self):
        self.scene.docker.mode = ""
        if self.remote:
            self.remote.release()


FAULTS = {"app_down": AppDown, "reader": Reader, "blind": Blind}

"""Loki for tests: the program that tests/deploy/tools.sh builds with LITEWATCH_FULL=1, in a root
like that of its image, and a client of its API."""
import functools
import json
import os
import tempfile
import time
import urllib.parse

import tools  # first: it leads to tests/e2e
import pod_image
import support

PORT = 3100
UID = 10001


def program(test):
    """Its path. It is no part of every run: compiling it takes too long."""
    path = os.path.join(tools.BIN, "loki")
    if os.access(path, os.X_OK):
        return path
    if os.environ.get("LITEWATCH_FULL"):
        return support.skip(test, "loki is not installed; tests/run.sh deploy says why it cannot")
    return support.not_here(test, "Loki: no package brings it; LITEWATCH_FULL=1 tests/run.sh "
                                  "deploy compiles it")


@functools.cache
def image(path):
    """Loki's image: the program and users, and nothing else but the C library that ours is linked
    with; the folder of the volume belongs to its user."""
    root = os.path.join(tempfile.mkdtemp(dir=pod_image.made().name), "root")
    pod_image.copy_program(root, path, "usr/bin/loki")
    os.mkdir(os.path.join(root, "loki"))
    os.chown(os.path.join(root, "loki"), UID, UID)
    pod_image.add_user(root, "loki", UID)
    pod_image.open_folders(os.path.dirname(root))
    return pod_image.Image(root, ["/usr/bin/loki"], ["-config.file=/etc/loki/local-config.yaml"],
                           UID, UID)


class Client:
    """Of the Loki in a pod."""

    def __init__(self, pod):
        self.pod = pod

    def push(self, labels, *lines, age=0):
        """(status, what it says) for lines of one stream, written `age` seconds ago."""
        now = time.time_ns() - int(age * 1e9)
        values = [[str(now + number), line] for number, line in enumerate(lines)]
        return self.push_streams([{"stream": labels, "values": values}])

    def push_streams(self, streams):
        connection = self.pod.connect(PORT, timeout=30)
        try:
            connection.request("POST", "/loki/api/v1/push", json.dumps({"streams": streams}),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def query(self, selector):
        """[(labels, [line...])] of the last hour."""
        question = urllib.parse.urlencode({"query": selector, "since": "1h", "limit": 1000,
                                           "direction": "forward"})
        status, _, body = self.pod.get(f"/loki/api/v1/query_range?{question}", PORT, timeout=30)
        if status != 200:
            raise AssertionError(f"{selector}: {status}: {body.decode()}")
        return [(stream["stream"], [line for _, line in stream["values"]])
                for stream in json.loads(body)["data"]["result"]]

    def await_lines(self, selector, *lines):
        """Until exactly these lines are there; the labels of their one stream."""
        def there():
            found = self.query(selector)
            return found if [one for _, some in found for one in some] == [*lines] else None
        (labels, _), = support.wait_until(there, 20, f"lines of {selector}")
        return labels

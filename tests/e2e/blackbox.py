"""Debian's blackbox_exporter, to compare litewatch with."""
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from probing import read_families
from support import TOOLS, free_port, wait_until

PROGRAM = os.path.join(TOOLS, "prometheus-blackbox-exporter")


class Blackbox:
    def __init__(self, config):
        """`config`: the path of a blackbox.yml."""
        self.port = free_port()
        self.log = tempfile.NamedTemporaryFile(prefix="blackbox-", mode="w+")
        self.process = subprocess.Popen(
            [PROGRAM, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=error"], stdout=self.log, stderr=self.log)
        wait_until(self.ready, 20, "ready blackbox_exporter")

    def ready(self):
        if self.process.poll() is not None:
            with open(self.log.name) as log:
                raise AssertionError(f"blackbox_exporter ended: {log.read()}")
        try:
            return self.get("/-/healthy")[0] == 200
        except OSError:
            return False

    def get(self, path, headers=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}",
                                         headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def write_modules(path, modules):
    with open(path, "w") as file:
        json.dump({"modules": modules}, file, indent=1)  # JSON is YAML
    return path


def probe(get, arguments, headers=None):
    """The families and series of a /probe; `get` answers (status, ..., body)."""
    status, *_, body = get("/probe?" + urllib.parse.urlencode(arguments), headers=headers)
    body = body.decode() if isinstance(body, bytes) else body
    if status != 200:
        raise AssertionError(f"/probe answered {status}: {body}")
    return read_families(body)

"""What the tests of the prober share: a fault server, a name server, and litewatch probing them."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse

from fault_dns import FaultyNameServer
from fault_server import FaultServer
from support import ROOT, TestCase, free_port, skip, value, wait_until


def all_reasons():
    """The words of the label `reason`, as exporter/probe/reason.cpp writes them."""
    with open(os.path.join(ROOT, "exporter", "probe", "reason.h")) as file:
        enumerators = re.findall(r"^  k(\w+),", file.read(), re.MULTILINE)
    words = [re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in enumerators]
    return [word for word in words if word not in ("none", "count_")]


def read_families(text):
    """A page in the text format as {family: type} and {(name, labels): value}."""
    types, series = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            types[family] = kind
        elif line and not line.startswith("#"):
            name, labels, number = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
            pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")
            series[name, frozenset(pairs)] = float(number)
    return types, series


class ProbeTestCase(TestCase):
    """One fault server and one name server for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(prefix="litewatch-probe-")
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.faults = FaultServer(cls.shared)
        cls.addClassCleanup(cls.faults.close)
        cls.names = FaultyNameServer()
        cls.addClassCleanup(cls.names.close)
        cls.ca = {"ca_file": cls.faults.certificates.crt("ca")}

    @classmethod
    def secret(cls, name, text):
        """The path of a file that holds a secret."""
        path = os.path.join(cls.shared, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def http2_server(self):
        """The URL of a server that speaks HTTP/2 only; its page /ok is well."""
        port, files = free_port(), self.faults.certificates
        with open(self.path("ok"), "w") as page:
            page.write("all is fine\n")
        try:
            server = subprocess.Popen(
                ["nghttpd", "--address=127.0.0.1", f"--htdocs={self.folder}", str(port),
                 files.key("good"), files.crt("good")], stdout=subprocess.DEVNULL)
        except FileNotFoundError:
            skip(self, "no nghttpd; it is in Debian's nghttp2-server")
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)

        def answers():
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", port)) == 0
        wait_until(answers, 10, "HTTP/2 server")
        return f"https://127.0.0.1:{port}"

    def write_config(self, targets, modules=None, **probes):
        """JSON is YAML. Targets are probed each second unless they say otherwise."""
        config = {"targets": [{"app": "faults", "interval": "1s", "timeout": "700ms", **target}
                              for target in targets]}
        if modules:
            config["modules"] = modules
        if probes:
            config["probes"] = probes
        path = self.path("litewatch.yml")
        with open(path, "w") as file:
            json.dump(config, file, indent=1)
        return path

    def probes(self, targets, modules=None, flags=(), **probes):
        """litewatch with such a configuration; see write_config."""
        path = self.write_config(targets, modules, **probes)
        return self.litewatch(f"--config.file={path}", *flags)

    def reload(self, service, targets, modules=None, **probes):
        """Writes the configuration anew and has it read; returns when that is done."""
        self.write_config(targets, modules, **probes)
        before = service.log_text().count("reload")
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: service.log_text().count("reload") > before, 5, "word of the reload")

    def when(self, service, metric, expected, seconds=8, **labels):
        """Waits until a series has that value, or satisfies `expected`; returns the page."""
        suits = expected if callable(expected) else lambda number: number == expected

        def page_with_it():
            page = service.metrics()
            number = value(page, metric, **labels)
            return page if number is not None and suits(number) else None
        try:
            return wait_until(page_with_it, seconds, f"{metric}{labels} = {expected}")
        except AssertionError as error:
            shown = {k: v for k, v in service.metrics().items()
                     if all(f'{name}="{text}"' in k for name, text in labels.items())}
            raise AssertionError(f"{error}; there is {shown}; log: {service.log_text()[-2000:]}")


def at_least(least):
    return lambda number: number >= least


def probe_path(target, **arguments):
    return "/probe?" + urllib.parse.urlencode({"target": target, **arguments})


def on_demand(service, target, headers=None, timeout=15, **arguments):
    """Probes through /probe; the answer's series."""
    status, _, body = service.get(probe_path(target, **arguments), timeout, headers=headers)
    if status != 200:
        raise AssertionError(f"/probe answered {status}: {body.decode()}")
    return {name + ("{" + ",".join(f'{k}="{v}"' for k, v in sorted(labels)) + "}" if labels
                    else ""): number
            for (name, labels), number in read_families(body.decode())[1].items()}

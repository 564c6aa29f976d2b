"""The real Prometheus of Debian 12, for tests; and what other servers of its kind share with it."""
import json
import os
import signal
import subprocess
import tempfile
import urllib.parse
import urllib.request

from support import TOOLS, free_port, wait_until


class Server:
    """A server program on a free port of the loopback interface, until close()."""

    def __init__(self, name, *arguments):
        self.log = tempfile.NamedTemporaryFile(prefix=name + "-", suffix=".log", mode="w+")
        self.process = subprocess.Popen([os.path.join(TOOLS, name), *arguments],
                                        stdout=self.log, stderr=self.log)
        try:
            wait_until(self.ready, 30, "ready " + name)
        except AssertionError:
            self.close()
            raise

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(self.log_text())
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2):
                return True
        except OSError:
            return False

    def log_text(self):
        with open(self.log.name) as log:
            return log.read()

    def get_json(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.log.close()


class Prometheus(Server):
    """`settings` are further sections of its configuration; `scrape` and `evaluation` intervals;
    `itself`: whether it scrapes itself, too."""

    def __init__(self, folder, jobs, scrape="500ms", evaluation="1m", itself=False, **settings):
        self.port = free_port()
        self.own_jobs = [job("prometheus", self.port)] if itself else []
        self.config = os.path.join(folder, "prometheus.yml")
        self.settings = {"global": {"scrape_interval": scrape, "scrape_timeout": scrape,
                                    "evaluation_interval": evaluation}, **settings}
        self.write_config(jobs)
        super().__init__("prometheus", f"--config.file={self.config}",
                         f"--storage.tsdb.path={os.path.join(folder, 'data')}",
                         f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn",
                         "--rules.alert.resend-delay=5s")

    def write_config(self, jobs):
        with open(self.config, "w") as file:  # JSON is YAML
            json.dump({"scrape_configs": [*jobs, *self.own_jobs], **self.settings}, file)

    def reload(self, jobs, **settings):
        """From now on it scrapes these jobs (a new one after some 5 s), with changed settings."""
        self.settings.update(settings)
        self.write_config(jobs)
        self.process.send_signal(signal.SIGHUP)

    def api(self, path, **arguments):
        return self.get_json(f"/api/v1/{path}?{urllib.parse.urlencode(arguments)}")["data"]

    def query(self, expression):
        """Labels without those of the target, to value."""
        found = {}
        for row in self.api("query", query=expression)["result"]:
            labels = {k: v for k, v in row["metric"].items() if k not in ("job", "instance")}
            found[frozenset(labels.items())] = float(row["value"][1])
        return found

    def scalar(self, expression):
        """The value of the one series there must be; None while there is none."""
        values = list(self.query(expression).values())
        if len(values) > 1:
            raise AssertionError(f"{len(values)} series for {expression}")
        return values[0] if values else None

    def target(self, job):
        return next(target for target in self.api("targets")["activeTargets"]
                    if target["scrapePool"] == job)


def job(name, port, **more):
    return {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}], **more}

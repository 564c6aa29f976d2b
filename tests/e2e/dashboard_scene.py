"""What the dashboards are proven with: real apps that litewatch watches.

One litewatch watches the databases, the endpoints and a real control group of this machine; a
second one a machine made of files, for what this machine's kernel does not have. Prometheus scrapes
each of them twice: as it is, and with the labels cluster and namespace.
"""
import contextlib
import glob
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.request

import states
from alerting.scene import put_first
from cgroup_tree import CgroupTree, container_id
from fake_docker import Container, FakeDocker
from live_cgroup import LiveCgroups, why_not
from prometheus import Prometheus
from prometheus import job as scrape_job
from support import (ROOT, App, Litewatch, LoopbackServer, free_port, litetool, make_certificate,
                     wait_until)

DEMO = os.path.join(ROOT, "tests", "demo_app", "demo_app.py")
CLUSTER, NAMESPACE = "home", "web"
COMPRESSED = ("--speed=200", "--least-range=3s", "--most-for=6s")
PATIENT = {"limits": {"collect_timeout": "5s"}}  # the machine may be busy
NORMAL = {"interval": "500ms", "failing_interval": "500ms", "timeout": "400ms",
          "objectives": {"latency": "300ms", "availability": 0.99}}
HEALTH = {
    "status": "pass", "version": "2.0", "totalDuration": "00:00:00.0120000",
    "checks": {
        "disk:free": [{"status": "pass", "observedValue": 1048576, "observedUnit": "bytes"}],
        "memory:utilization": [{"status": "pass", "observedValue": 40, "observedUnit": "percent"}],
    },
}


class HealthHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(HEALTH).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/health+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Ticker:
    """Calls something each half second until close()."""

    def __init__(self, action):
        self.action, self.ended = action, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended.wait(0.5):
            self.action()

    def close(self):
        self.ended.set()
        self.thread.join()


class Scene:
    """Everything it starts ends with close()."""

    def __init__(self, folder):
        self.folder = folder
        self.stack = contextlib.ExitStack()
        self.container_name = "none"
        self.real_cgroups_missing = why_not()
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def close(self):
        self.stack.close()

    def path(self, *names):
        path = os.path.join(self.folder, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, document):
        """JSON is YAML."""
        with open(self.path(name), "w") as file:
            json.dump(document, file, indent=1)
        return self.path(name)

    def closing(self, thing):
        self.stack.callback(thing.close)
        return thing

    def start(self):
        self.start_tls()
        self.start_archive()
        self.make_tree()
        command = self.start_cgroup()
        self.start_shop(command)
        self.service = self.litewatch("litewatch.yml", self.config(),
                                      "--path.cgroup=/sys/fs/cgroup")
        self.second = self.litewatch("second.yml", self.second_config(), *self.tree.flags())
        self.start_prometheus()

    def litewatch(self, name, config, *flags):
        service = Litewatch(f"--config.file={self.write(name, config)}", *flags)
        put_first(service.process)
        self.stack.callback(lambda: service.process.poll() is not None or service.stop())
        return service

    # Apps.

    def start_shop(self, command):
        """The demo app: a database in WAL mode and a health document; in a container if may be."""
        self.shop_port = free_port()
        process = command(sys.executable, DEMO, "--db", self.path("shop.db"), "--listen",
                          f"127.0.0.1:{self.shop_port}", stdout=subprocess.DEVNULL)
        self.stack.callback(process.wait, 20)
        self.stack.callback(process.terminate)
        wait_until(self.shop_answers, 10, "answer of the demo app")

    def shop_url(self, path):
        return f"http://127.0.0.1:{self.shop_port}{path}"

    def shop_answers(self):
        try:
            with urllib.request.urlopen(self.shop_url("/healthz"), timeout=2):
                return True
        except OSError:
            return False

    def tell_shop(self, how):
        urllib.request.urlopen(self.shop_url(f"/fail?how={how}"), data=b"", timeout=5).close()

    def start_archive(self):
        """A database in rollback mode, written to now and then."""
        self.archive = self.closing(App(self.path("archive.db"), "PRAGMA journal_mode=DELETE",
                                        "CREATE TABLE t(a)"))
        self.closing(Ticker(lambda: self.archive.execute("INSERT INTO t VALUES(randomblob(99))")))

    def start_tls(self):
        """An endpoint with a certificate, whose document shows a size and a share."""
        make_certificate(self.folder, "server")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server.crt"), self.path("server.key"))
        self.tls = self.closing(LoopbackServer(HealthHandler))
        self.tls.server.socket = context.wrap_socket(self.tls.server.socket, server_side=True)

    # Containers.

    def start_cgroup(self):
        """What starts the shop: in a control group of this machine where one may be made."""
        if self.real_cgroups_missing:
            return subprocess.Popen
        cgroups = self.closing(LiveCgroups())
        container = cgroups.container(1)
        container.limit_memory(256 << 20)
        self.container_name = container.name
        return container.run

    def make_tree(self):
        """A machine of files: one container that Docker knows as "shop", with all limits."""
        self.tree = CgroupTree(self.path("machine"), kernel="6.18")
        docker = FakeDocker(self.tree.root_path("/run/docker.sock"))
        os.makedirs(os.path.dirname(docker.path))
        docker.containers[container_id(1)] = Container(
            "shop", image="shop:1", status="Up 2 hours (healthy)", pid=1001)
        self.docker = docker.start()
        self.stack.callback(docker.stop)
        made = self.tree.container(f"/system.slice/docker-{container_id(1)}.scope", 1)
        self.closing(Ticker(made.grow))
        self.ledger = self.path("volume", "ledger.db")
        states.closed(self.ledger)
        volume = f"703 700 8:1 {os.path.dirname(self.ledger)} /ledger rw - ext4 /dev/sda1 rw\n"
        with open(self.tree.proc_path(1001, "mountinfo"), "a") as mounts:
            mounts.write(volume)

    # litewatch and Prometheus.

    def config(self):
        objectives = {"write_age": "1h", "oldest_reader": "15s"}
        shop = {"app": "shop", "health": "draft", **NORMAL}
        return {
            **PATIENT,
            "databases": [
                {"path": self.path("shop.db"), "name": "main", "app": "shop",
                 "objectives": objectives},
                {"path": self.path("archive.db"), "app": "archive", "objectives": objectives}],
            "modules": {"tls": {"prober": "http", "http": {
                "tls_config": {"ca_file": self.path("server.crt")}}}},
            "targets": [
                {"name": "shop-health", "url": self.shop_url("/healthz"), **shop},
                {"name": "shop-tls", "url": f"https://127.0.0.1:{self.tls.port}/", "module": "tls",
                 **shop, "objectives": {**NORMAL["objectives"], "certificate": "1d"}}],
            "containers": {
                "sockets": [], "include": [f"*{self.container_name}"],
                "rules": [{"match": f"*{self.container_name}", "name": "shop", "app": "shop"}]},
        }

    def second_config(self):
        return {**PATIENT, "databases": [{"path": self.ledger, "app": "shop"}]}

    def build_rules(self):
        done = litetool("build", "rules", f"--root={ROOT}", f"--output={self.path('rules')}",
                        *COMPRESSED)
        if done.returncode != 0:
            raise AssertionError(f"litetool build rules: {done.stdout}{done.stderr}")
        return sorted(glob.glob(self.path("rules", "**", "*.yml"), recursive=True))

    def start_prometheus(self):
        """It scrapes itself as well: for the failures of rules."""
        self.ports = {"litewatch": self.service.port, "litewatch-second": self.second.port}
        self.prometheus = self.closing(Prometheus(self.folder, self.jobs(), evaluation="1s",
                                                  rule_files=self.build_rules()))
        self.scrape("prometheus", self.prometheus.port)

    def scrape(self, name, port):
        """Has Prometheus scrape this too."""
        self.ports[name] = port
        self.prometheus.reload(self.jobs())

    def jobs(self):
        """Each of them twice: as it is, and with the labels."""
        labels = [{"target_label": "cluster", "replacement": CLUSTER},
                  {"target_label": "namespace", "replacement": NAMESPACE}]
        jobs = [scrape_job(name, port, honor_labels=True) for name, port in self.ports.items()]
        return jobs + [scrape_job(name + "-labelled", port, honor_labels=True,
                                  relabel_configs=labels) for name, port in self.ports.items()]

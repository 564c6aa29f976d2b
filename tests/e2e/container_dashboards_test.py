"""The expressions of public dashboards, recording rules and alerts about containers, in a real
Prometheus that scrapes the real litewatch: each returns data, but those whose reason is written."""
import http.server
import json
import os
import re
import time
import unittest

import container_dashboards
from cgroup_tree import HOST_NETWORK, CgroupTree, container_id, write
from fake_docker import Container, FakeDocker
from prometheus import Prometheus
from prometheus import job as scrape_job
from support import TOOLS, LoopbackServer, TestCase, skip, wait_until

# Of the pods and machine that the other exporters' series are of.
NEIGHBOURS = """\
kube_pod_info{namespace="shop",pod="web-0",node="node1",host_network="false"} 1
kube_pod_info{namespace="batch",pod="job-1",node="node1",host_network="false"} 1
kube_pod_container_resource_limits{namespace="shop",pod="web-0",resource="memory"} 1e9
node_cpu_seconds_total{cpu="0",mode="user"} 100
node_cpu_seconds_total{cpu="0",mode="system"} 100
"""
VARIABLES = {"$cluster": "home", "$namespace": "shop", "$pod": "web-0", "$node": "node1",
             "$host": ".*", "$container": ".*", "$project": ".*", "$__rate_interval": "1m"}
DOCKER = {  # number to what the daemon says of it
    10: ("web", "shop/web:1", {"com.docker.compose.project": "shop",
                               "com.docker.compose.service": "web"}),
    11: ("cache", "redis:7", {"com.docker.compose.project": "shop",
                              "com.docker.compose.service": "cache"}),
    12: ("grafana", "grafana/grafana:12", {"org.label-schema.group": "monitoring"}),
    13: ("gone", "shop/job:1", {}),
}
SLOTH, HOG = 11, 12  # the least CPU and memory of its limits, and the most
BUSY_TICKS = 2       # of half a second of CPU each, between two scrapes


class Exporter(LoopbackServer):
    """The series of other exporters, which some expressions join."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(NEIGHBOURS.encode())

            def log_message(self, *_):
                pass

        super().__init__(Handler)


def fill_in(expression):
    for name, text in VARIABLES.items():
        expression = expression.replace(name, text)
    return expression


def has_no_data(expression):
    return any(family in expression for family in container_dashboards.WITHOUT_DATA)


class Dashboards(TestCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(os.path.join(TOOLS, "prometheus")):
            skip(self, "no Prometheus under build/tools; tests/run.sh unpacks Debian's")
        self.tree = CgroupTree(self.path_of("machine"))
        self.make_containers()
        self.start_docker()
        self.exporter = Exporter()
        self.addCleanup(self.exporter.close)
        self.service = self.litewatch(*self.tree.flags(), f"--config.file={self.config()}")
        self.wait_for_names()
        self.prometheus = Prometheus(self.folder, self.jobs(), rule_files=[self.rules()])
        self.addCleanup(self.prometheus.close)

    def path_of(self, name):
        os.mkdir(self.path(name))
        return self.path(name)

    def start_docker(self):
        path = self.tree.root_path("/run/docker.sock")
        os.makedirs(os.path.dirname(path))
        self.docker = FakeDocker(path)
        for number, (name, image, labels) in DOCKER.items():
            self.docker.containers[container_id(number)] = Container(
                name, image, labels=labels, pid=1000 * number + 1)
        self.docker.start()
        self.addCleanup(self.docker.stop)

    def make_containers(self):
        pods = [self.tree.pod("shop", "web-0", {"app": 1, "proxy": 2}),
                self.tree.pod("batch", "job-1", {"job": 3}, qos="besteffort")]
        self.containers = [made for pod in pods for made in pod.values()]
        almost_all = {"memory__current": f"{int(256 * HOG * 0.95) << 20}\n",
                      "cpu__max": "10000 100000\n"}
        little = {"memory__current": f"{300 << 20}\n", "cpu__max": "1000000 100000\n"}
        special = {HOG: almost_all, SLOTH: little}
        for number in DOCKER:
            path = f"/system.slice/docker-{container_id(number)}.scope"
            self.containers.append(self.tree.container(path, number, **special.get(number, {})))
        self.tree.container("/system.slice/cron.service", 20, HOST_NETWORK)

    def config(self):
        write(self.path("litewatch.yml"), json.dumps({"containers": {
            "labels": ["com.docker.compose.project", "com.docker.compose.service",
                       "org.label-schema.group"]}}))
        return self.path("litewatch.yml")

    def wait_for_names(self):
        def named():
            page = self.service.metrics()
            return all(any(f'name="{name}"' in series for series in page)
                       for name, _, _ in DOCKER.values())
        wait_until(named, 10, "names of all containers of Docker")

    def jobs(self):
        cluster = [{"target_label": "cluster", "replacement": "home"}]
        kubelet = cluster + [{"target_label": "metrics_path",
                              "replacement": "/metrics/cadvisor"}]
        return [scrape_job("cadvisor", self.service.port, relabel_configs=cluster,
                           honor_labels=True),
                scrape_job("kubelet", self.service.port, relabel_configs=kubelet,
                           honor_labels=True),
                scrape_job("kube-state-metrics", self.exporter.port, relabel_configs=cluster,
                           honor_labels=True)]

    def rules(self):
        rules = [{"record": name, "expr": expression}
                 for name, expression in container_dashboards.MIXIN_RULES.items()]
        write(self.path("rules.json"), json.dumps(
            {"groups": [{"name": "mixin", "interval": "500ms", "rules": rules}]}))
        return self.path("rules.json")

    def grow(self):
        """The counters go on, but for those of the idle one."""
        for container in self.containers:
            if container.number != SLOTH:
                container.grow(BUSY_TICKS)

    def answer(self, expression):
        """Rows with a value; scalar() of nothing is NaN."""
        data = self.prometheus.api("query", query=fill_in(expression))
        rows = data["result"]
        if data["resultType"] == "scalar":
            rows = [{"metric": {}, "value": rows}]
        return [row for row in rows if row["value"][1] != "NaN"]

    def missing(self):
        """Expressions without data that should have some."""
        return [(source, expression)
                for source, expressions in container_dashboards.EXPRESSIONS.items()
                for expression in expressions
                if not has_no_data(expression) and not self.answer(expression)]

    def test_every_expression_has_data(self):
        scrapes = time.monotonic()
        del self.docker.containers[container_id(13)]
        self.containers.pop().remove()
        missing = ["not asked yet"]
        while missing and time.monotonic() - scrapes < 40:
            for _ in range(4):
                self.grow()
                time.sleep(0.5)
            missing = self.missing()
        self.assertEqual(missing, [])
        self.assert_no_nonsense()
        self.assert_known_gaps()
        self.assert_killed_and_absent(scrapes)
        self.assert_alerts_tell_apart()

    def assert_no_nonsense(self):
        for expressions in container_dashboards.EXPRESSIONS.values():
            for expression in expressions:
                for row in self.answer(expression):
                    with self.subTest(expression):
                        self.assertNotIn(row["value"][1], ("+Inf", "-Inf"))
                        self.assertGreaterEqual(float(row["value"][1]), 0)
        for group in self.prometheus.api("rules")["groups"]:
            for rule in group["rules"]:
                self.assertEqual(rule["health"], "ok", rule)

    def assert_known_gaps(self):
        """A family that litewatch does publish must not stay on the list of gaps."""
        for family in container_dashboards.WITHOUT_DATA:
            self.assertEqual(self.answer(f'count({{__name__=~"{family}.*"}})'), [], family)

    def assert_killed_and_absent(self, removed):
        """ContainerKilled with fewer seconds than its 60, so that nobody waits for a minute."""
        seconds = int(min(time.monotonic() - removed - 1, 60))
        self.assertGreater(seconds, 2)
        killed = self.answer(container_dashboards.CONTAINER_KILLED.format(seconds=2))
        self.assertEqual({row["metric"]["name"] for row in killed}, {"gone"})
        self.assertEqual(self.answer(container_dashboards.CONTAINER_ABSENT), [])

    def assert_alerts_tell_apart(self):
        """Those that are about a limit fire for whom it concerns."""
        limit = container_dashboards.MEMORY_OF_LIMIT
        self.assertEqual({row["metric"]["name"] for row in self.answer(f"({limit}) > 80")},
                         {"grafana"})
        shops = self.answer("sum by (container) (container_memory_working_set_bytes"
                            '{job="cadvisor", image!="", namespace="shop", container!=""})')
        self.assertEqual({row["metric"]["container"]: int(row["value"][1]) for row in shops},
                         {"app": self.working_set(1), "proxy": self.working_set(2)})

    def working_set(self, number):
        files = next(made for made in self.containers if made.number == number).files()[""]
        inactive = re.search(r"^inactive_file (\d+)$", files["memory.stat"], re.MULTILINE)
        return int(files["memory.current"]) - int(inactive.group(1))


if __name__ == "__main__":
    unittest.main()

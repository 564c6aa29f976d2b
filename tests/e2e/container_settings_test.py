"""What the configuration, the flags and the environment change of the containers on the page."""
import os
import signal
import socket
import unittest

from cgroup_tree import CgroupTree, container_id
from support import TestCase, value, wait_until

WEB, JOB = container_id(1), container_id(2)
CADVISOR = "container_cpu_usage_seconds_total"
OWN = "container_cpu_seconds_total"


class ContainerSettings(TestCase):
    def setUp(self):
        super().setUp()
        self.tree = CgroupTree(self.folder)
        self.tree.container(f"/system.slice/docker-{WEB}.scope", 1)
        self.tree.container(f"/system.slice/docker-{JOB}.scope", 2)
        self.tree.service("/system.slice/cron.service", 3)

    def configure(self, text):
        with open(self.path("litewatch.yml"), "w") as file:
            file.write(text)

    def start(self, text, *flags, containers=3, **environment):
        self.configure(text)
        variables = {**os.environ, **environment}
        service = self.litewatch(f"--config.file={self.path('litewatch.yml')}", *self.tree.flags(),
                                 *flags, env=variables)
        wait_until(lambda: value(service.metrics(), "litewatch_containers") == containers and
                   len(self.names(service)) == containers, 10, f"{containers} containers")
        return service

    def names(self, service, family="container_running"):
        return sorted(series.split('container="')[1].split('"')[0] if 'container="' in series
                      else "" for series in service.metrics() if series.startswith(family + "{"))

    def reload(self, service, text):
        self.configure(text)
        service.process.send_signal(signal.SIGHUP)

    def test_cadvisor_names_are_off_in_kubernetes(self):
        for setting, variables, expected in (("auto", {}, 1),
                                             ("auto", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, 0),
                                             ("auto", {"KUBERNETES_SERVICE_HOST": ""}, 1),
                                             ("true", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, 1),
                                             ("false", {}, 0)):
            with self.subTest(setting=setting, **variables):
                service = self.start(f"containers: {{cadvisor_names: {setting}}}", **variables)
                page = service.metrics()
                self.assertEqual(value(page, "litewatch_container_cadvisor_names"), expected)
                self.assertEqual(len(self.names(service, CADVISOR)), 3 * expected)
                self.assertEqual(len(self.names(service, OWN)), 3 * 2)
                self.assertEqual(service.stop(), 0)

    def test_rules_name_and_give_apps(self):
        app = self.app("shop.db")
        service = self.start(f"""
databases: [{{path: {app.path}, name: main, app: shop}}]
containers:
  rules:
    - {{match: {WEB}, name: web, app: shop}}
    - {{match: "*/docker-{JOB[:12]}*", name: job}}
""")
        self.assertEqual(self.names(service), ["cron.service", "job", "web"])
        page = service.metrics()
        self.assertEqual(value(page, "container_running", container="web", app="shop"), 1)
        self.assertIsNone(value(page, "container_running", container="job", app="shop"))
        self.assertEqual(value(page, "sqlite_up", app="shop"), 1)
        status = service.get("/")[2].decode()
        # The app's own heading, and below it its database and its container.
        shop = status.split("<h2>shop</h2>")[1].split("</section>")[0]
        self.assertIn("<strong>main</strong>", shop)
        self.assertIn("<strong>web</strong>", shop)
        self.assertNotIn("cron.service", shop)
        self.assertIn("<h2>Other containers</h2>", status)

    def test_a_reload_changes_what_is_shown(self):
        service = self.start("containers: {rules: [{match: cron.service, app: cron}]}")
        self.assertIn("view: auto", service.get("/config")[2].decode())
        self.reload(service, "containers: {exclude: ['*.service'], cadvisor_names: false}")
        ids = sorted((WEB[:12], JOB[:12]))
        wait_until(lambda: self.names(service) == ids, 10, "two containers")
        self.assertEqual(self.names(service, CADVISOR), [])
        config = service.get("/config")[2].decode()
        self.assertIn('  exclude: ["*.service"]\n', config)
        self.reload(service, "containers: {exclude: ['[']}")
        wait_until(lambda: value(service.metrics(), "litewatch_config_last_reload_successful") == 0,
                   10, "refused configuration")
        self.assertIn("containers.exclude[0]: expected a pattern", service.log_text())
        self.assertEqual(len(self.names(service)), 2)
        self.reload(service, "collectors: {container: false}")
        wait_until(lambda: not [series for series in service.metrics()
                                if series.startswith(("container_", "machine_"))], 10, "none")
        self.assertEqual(value(service.metrics(), "litewatch_config_last_reload_successful"), 1)
        self.reload(service, "limits: {containers: 1}")
        wait_until(lambda: value(service.metrics(), "litewatch_containers_left_out") == 2, 10,
                   "two left out")

    def test_sockets_are_below_the_root_of_the_machine(self):
        path = self.tree.root_path("run/docker.sock")
        os.makedirs(os.path.dirname(path))
        with socket.socket(socket.AF_UNIX) as daemon:
            daemon.bind(path)
            daemon.listen()
            daemon.settimeout(10)
            self.configure("{}")
            service = self.litewatch(f"--config.file={self.path('litewatch.yml')}",
                                     *self.tree.flags(), wait_ready=False)
            connection = daemon.accept()[0]
            with connection:
                self.assertTrue(connection.recv(1000).startswith(b"GET /_ping HTTP/1.1\r\n"))
        wait_until(service.ready, 20, "ready litewatch")
        wait_until(lambda: value(service.metrics(), "litewatch_container_name_errors_total",
                                 source="docker"), 10, "counted failure")

    def test_an_app_comes_from_a_database_or_a_target_of_that_name(self):
        service = self.start("targets: [{url: 'http://127.0.0.1:1/', app: cron, name: t, "
                             "interval: none}]")
        self.assertEqual(value(service.metrics(), "container_running", app="cron"), 1)


if __name__ == "__main__":
    unittest.main()

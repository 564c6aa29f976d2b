"""litewatch in the pods of apps: the snippets of deploy/kubernetes/apps and the chart's templates
in an umbrella chart are run as they say (pod.py); a program of the tests plays the app."""
import os
import unittest

import tools  # first: it leads to tests/e2e
import support
import yaml
from sandbox_cases import SandboxTestCase, app_program, config_of

APPS = os.path.join(tools.DEPLOY, "kubernetes", "apps")
SAME_USER = {"runAsUser": 1000, "runAsGroup": 1000}


class SidecarTestCase(SandboxTestCase):
    def check_database(self, pod, **labels):
        """The state, the locks and a reader that pins the log, through a read-only mount."""
        self.wait_value(pod, 1, "sqlite_up", **labels)
        self.ask_app(pod, "/write", "/pin", "/write")
        self.wait_value(pod, lambda frames: frames > 0, "sqlite_wal_pinned_frames", **labels)
        self.ask_app(pod, "/unpin")
        page = pod.metrics()
        self.assertEqual(support.value(page, "sqlite_database_info", journal_mode="wal", **labels),
                         1)
        self.assertEqual(support.value(page, "sqlite_database_open", **labels), 1)

    @staticmethod
    def ask_app(pod, *paths):
        app = pod[pod.spec["containers"][0]["name"]]
        support.wait_until(lambda: app.passes("readinessProbe"), 10, "ready app")
        for path in paths:
            status, _, body = pod.get(path, app.port("http"), method="POST")
            if status != 200:
                raise AssertionError(f"{path}: {body}")

    def check_view(self, pod):
        """Of the app's container where the pod shares its processes, else of litewatch's own. The
        app starts after litewatch, which looks for it again after some seconds."""
        shared = pod.spec.get("shareProcessNamespace", False)
        self.wait_value(pod, 1, "litewatch_container_view_info",
                        mode="sidecar" if shared else "own")


class Apps(SidecarTestCase):
    """Snippets for known apps: their databases through read-only mounts, as the apps' users."""
    APPS = {
        "gitea": ("gitea.db", '{"status": "pass"}'),
        "grafana": ("grafana.db", '{"database": "ok", "version": "13.2.0"}'),
        "node-prisma": ("prod.db", '{"status": "ok", "db": "up"}'),
        "pocketbase": ("data.db", '{"message": "API is healthy.", "code": 200, "data": {}}'),
        "uptime-kuma": ("kuma.db", '{"type": "entryPage", "entryPage": "dashboard"}'),
        "vaultwarden": ("db.sqlite3", '"2026-01-01T00:00:00Z"'),
    }

    def manifests(self, app):
        manifests = tools.kustomize(self, os.path.join(APPS, app))
        return manifests, next(manifest for manifest in manifests
                               if manifest["kind"] in ("StatefulSet", "Deployment"))

    def app_pod(self, app):
        """The app is played by a program of the tests, with a database of the app's name."""
        manifests, owner = self.manifests(app)
        uid = tools.pod_spec(owner)["securityContext"]["runAsUser"]
        config, key = config_of(manifests)
        settings = yaml.safe_load(config["data"][key])
        file, health = self.APPS[app]
        path = next(one["path"] for one in settings["databases"] if one["path"].endswith(file))
        container, = tools.pod_spec(owner)["containers"]
        port = next(port["containerPort"] for port in container["ports"] if port["name"] == "http")
        claims = {name: self.claim(uid) for name in self.claims_of(owner)}
        return self.pod(manifests, owner, claims=claims, programs={
            container["name"]: app_program(path, port, health)})

    @staticmethod
    def claims_of(owner):
        volumes = tools.pod_spec(owner).get("volumes", [])
        return [*[one["name"] for one in volumes if "persistentVolumeClaim" in one],
                *[one["metadata"]["name"] for one in owner["spec"].get("volumeClaimTemplates", [])]]

    def test_apps(self):
        """All are started before the first is looked at: litewatch asks an app again that is not
        there yet, and each would be waited for alone."""
        pods = {app: self.app_pod(app).start() for app in sorted(os.listdir(APPS))}
        self.assertEqual(sorted(pods), sorted(self.APPS))
        for app, pod in pods.items():
            with self.subTest(app):
                self.check_app(app, pod)

    def check_app(self, app, pod):
        self.check_database(pod, app=app_label(app), db=os.path.splitext(self.APPS[app][0])[0])
        self.wait_value(pod, 1, "probe_success", app=app_label(app))
        self.check_view(pod)
        self.check_service(pod)
        self.check_end(pod)


class Umbrella(SidecarTestCase):
    """The chart's named templates in an app's own chart."""
    CHART = {"apiVersion": "v2", "name": "shop", "version": "1.0.0",
             "dependencies": [{"name": "litewatch", "version": "0.1.0"}]}
    DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
      annotations:
        {{- include "litewatch.sidecar.annotations" .Subcharts.litewatch | nindent 8 }}
    spec:
      shareProcessNamespace: {{ .Values.litewatch.sidecar.shareProcessNamespace }}
      initContainers:
        {{- include "litewatch.sidecar.container" .Subcharts.litewatch | nindent 8 }}
      containers:
        - name: shop
          image: shop:1.0.0
          ports: [{name: http, containerPort: 3000}]
          readinessProbe:
            httpGet: {path: /healthz, port: http}
          securityContext:
            runAsUser: 1000
            runAsGroup: 1000
            runAsNonRoot: true
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
            seccompProfile: {type: RuntimeDefault}
          volumeMounts:
            - {name: data, mountPath: /data}
      volumes:
        - name: data
          persistentVolumeClaim: {claimName: shop}
        {{- include "litewatch.sidecar.volumes" .Subcharts.litewatch | nindent 8 }}
"""

    def manifests(self, **sidecar):
        chart = self.path("shop")
        for folder in ("templates", "charts"):
            os.makedirs(os.path.join(chart, folder))
        os.symlink(tools.CHART, os.path.join(chart, "charts", "litewatch"))
        with open(os.path.join(chart, "Chart.yaml"), "w") as file:
            yaml.safe_dump(self.CHART, file)
        with open(os.path.join(chart, "templates", "deployment.yaml"), "w") as file:
            file.write(self.DEPLOYMENT)
        values = {"litewatch": {
            "mode": "sidecar",
            "config": {"databases": [{"path": "/data/app.db", "app": "shop", "name": "app"}],
                       "targets": [{"name": "shop", "url": "http://127.0.0.1:3000/healthz"}]},
            "sidecar": {"volume": {"name": "data"}, **sidecar}}}
        command = [tools.tool(self, "helm"), "template", "shop", chart, "--values", "-"]
        return tools.documents(tools.run(*command, stdin=yaml.safe_dump(values)).stdout)

    def start(self, mode=0o700, **sidecar):
        manifests = self.manifests(**sidecar)
        owner, = tools.of_kind(manifests, "Deployment")
        pod = self.pod(manifests, owner, claims={"data": self.claim(1000, mode)},
                       programs={"shop": app_program("/data/app.db", 3000)})
        return pod.start()

    def ready(self, **options):
        pod = self.start(**options)
        support.wait_until(lambda: pod["shop"].passes("readinessProbe"), 10, "ready app")
        return pod

    def test_as_the_apps_user(self):
        pod = self.ready(**SAME_USER)
        self.check_database(pod, app="shop", db="app")
        self.wait_value(pod, 1, "probe_success", target="shop")
        self.check_view(pod)
        self.check_service(pod)
        text = yaml.safe_dump({"databases": ["/data/app.db"],
                               "targets": ["http://127.0.0.1:3000/more"]})
        config, key = config_of(pod.manifests)
        self.check_reload(pod, "ConfigMap", config["metadata"]["name"], key, text,
                          "127.0.0.1:3000/more")
        self.check_end(pod)

    def test_with_shared_processes(self):
        """The app's container through its process, as the app's user and without a capability."""
        pod = self.ready(shareProcessNamespace=True, **SAME_USER)
        self.check_database(pod, app="shop", db="app")
        self.wait_value(pod, 1, "container_running", app="shop", container="python3")
        page = pod.metrics()
        self.assertEqual(support.value(page, "container_open_fds", app="shop"),
                         self.open_files(pod))
        self.assertGreater(support.value(page, "container_cpu_seconds_total", app="shop",
                                         mode="user"), 0)
        output = pod["litewatch"].execute(["/usr/bin/litetool", "inspect", "/data/app.db"])[1]
        self.assertRegex(output, r"shared +read +pid \d+ +/usr/bin/python3")
        self.check_service(pod)
        self.check_end(pod)

    @staticmethod
    def open_files(pod):
        return len(os.listdir(f"/proc/{pod['shop'].started.pid}/fd"))

    def test_as_another_user_who_may_not_read(self):
        """No more than a database that cannot be read, and a reason that says so."""
        pod = self.ready()
        self.wait_value(pod, 1, "sqlite_databases_unhealthy", reason="unreadable")
        self.assertEqual(support.value(pod.metrics(), "sqlite_up", app="shop", db="app"), 0)
        self.assertIn("/data/app.db: cannot open (Permission denied)", pod["litewatch"].log_text())
        code, output = pod["litewatch"].execute(["/usr/bin/litetool", "inspect", "/data/app.db"])
        self.assertEqual(code, 2)
        self.assertIn("Let litewatch run as the app's user or group", output)
        self.wait_value(pod, 1, "probe_success", target="shop")
        self.check_service(pod)
        self.check_end(pod)

    def test_as_another_user_who_may_read(self):
        """All about the database, nothing about the app's container."""
        pod = self.ready(mode=0o755, shareProcessNamespace=True)
        self.check_database(pod, app="shop", db="app")
        self.assertIsNone(support.value(pod.metrics(), "container_running", app="shop"))
        self.check_service(pod)


def app_label(app):
    return {"node-prisma": "shop"}.get(app, app)


if __name__ == "__main__":
    unittest.main()

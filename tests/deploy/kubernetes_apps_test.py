"""The snippets of deploy/kubernetes/apps mean what they say: the real litewatch, as each rendered
pod starts it, watches a made-up app with the real app's files, port and health document."""
import json
import os
import subprocess
import tempfile
import threading
import unittest

from tools import DEPLOY, ROOT, container, kustomize, of_kind, pod_spec, support, tool

APPS = os.path.join(DEPLOY, "kubernetes", "apps")
FIXTURES = os.path.join(ROOT, "tests", "fixtures", "health")
MADE_UP_APP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "made_up_app.py")
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


def fixture(name):
    """A health document as it was captured from the app, or as its documentation has it."""
    with open(os.path.join(FIXTURES, name)) as file:
        return file.read()


def well(path, body, type="application/json"):
    return {"path": path, "status": 200, "type": type, "body": body}


def unwell(answer, body, status=503):
    return {**answer, "status": status, "body": body}


class Sandbox:
    """The rendered pod's litewatch and the app, as the pod's user, in namespaces of their own: the
    app has the volumes below /app, litewatch the same files read-only where its mounts say."""

    def __init__(self, test, manifests, databases, port, answer):
        spec = next(pod_spec(one) for one in manifests if one["kind"] in WORKLOADS)
        litewatch = container(spec)
        self.folder = tempfile.TemporaryDirectory(prefix="litewatch-pod-")
        test.addCleanup(self.folder.cleanup)
        user = spec["securityContext"]
        command = [tool(test, "bwrap"), "--unshare-all", "--die-with-parent", "--uid",
                   str(user["runAsUser"]), "--gid", str(user["runAsGroup"]), "--clearenv",
                   *self.system(), *self.environment(litewatch), *self.volumes(spec, manifests)]
        plan = {"databases": [f"/app{path}" for path in databases], "port": port,
                "answer": answer, "litewatch": [support.LITEWATCH, *litewatch["args"]]}
        self.make_folders(databases)
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [*command, "/usr/bin/python3", MADE_UP_APP, json.dumps(plan)], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        test.addCleanup(self.close)

    @staticmethod
    def system():
        """The machine's programs and libraries, this project's, and nothing else."""
        arguments = ["--proc", "/proc", "--dev", "/dev"]
        for path in ("/usr", os.path.dirname(MADE_UP_APP), support.BUILD):
            arguments += ["--ro-bind", path, path]
        for name in ("bin", "lib", "lib64", "sbin"):
            arguments += ["--symlink", f"usr/{name}", f"/{name}"]
        return arguments

    @staticmethod
    def environment(litewatch):
        """What stands in the manifest, and what the downward API makes of it."""
        facts = {"metadata.name": "app-0", "metadata.namespace": "apps"}
        return [part for one in litewatch["env"] for part in (
            "--setenv", one["name"],
            one.get("value") or facts[one["valueFrom"]["fieldRef"]["fieldPath"]])]

    def volumes(self, spec, manifests):
        arguments = []
        config = {one["name"]: one["configMap"]["name"] for one in spec.get("volumes", [])
                  if "configMap" in one}
        for mount in container(spec)["volumeMounts"]:
            source = os.path.join(self.folder.name, mount["name"])
            os.mkdir(source)
            if mount["name"] in config:
                data = of_kind(manifests, "ConfigMap", config[mount["name"]])[0]["data"]
                for name, text in data.items():
                    with open(os.path.join(source, name), "w") as file:
                        file.write(text)
            else:
                arguments += ["--bind", source, f"/app{mount['mountPath']}"]
            arguments += ["--ro-bind" if mount.get("readOnly") else "--bind", source,
                          mount["mountPath"]]
        self.mounts = {mount["mountPath"]: mount["name"]
                       for mount in container(spec)["volumeMounts"]}
        return arguments

    def make_folders(self, databases):
        """Folders within a volume, such as Gitea's data/."""
        for path in databases:
            mount = max((one for one in self.mounts if path.startswith(one + "/")), key=len)
            inner = os.path.dirname(os.path.relpath(path, mount))
            os.makedirs(os.path.join(self.folder.name, self.mounts[mount], inner), exist_ok=True)

    def ask(self, command):
        watchdog = threading.Timer(30, self.process.kill)
        watchdog.start()
        try:
            self.process.stdin.write(command + "\n")
            line = self.process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            self.log.seek(0)
            raise AssertionError(f"the pod ended: {self.log.read()}")
        return json.loads(line)

    def answer(self, what):
        self.ask("answer " + json.dumps(what))

    def page(self, path="/metrics"):
        text = self.ask(f"get {path}")
        return support.parse_page(text) if text else {}

    def close(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


def namespaces_work(bwrap):
    done = subprocess.run([bwrap, "--unshare-all", "--ro-bind", "/", "/", "true"],
                          stderr=subprocess.PIPE, text=True)
    return done.returncode == 0


class AppTest(unittest.TestCase):
    def setUp(self):
        if not namespaces_work(tool(self, "bwrap")):
            support.not_here(self, "this machine lets nobody make namespaces")

    def check(self, snippet, app, port, databases, good, bad, health=1):
        """`databases` is {db: path}; `good` and `bad` are what the app's endpoint answers; `health`
        is 1 where the good one is a health document, else None."""
        manifests = kustomize(self, os.path.join(APPS, snippet))
        pod = Sandbox(self, manifests, databases.values(), port, good)
        page = support.wait_until(lambda: self.complete(pod, len(databases)), 20, "complete page")
        for db, path in databases.items():
            self.assertEqual(support.value(page, "sqlite_database_info", app=app, db=db, path=path,
                                           journal_mode="wal"), 1, f"{db} {path}")
            self.assertEqual(support.value(page, "sqlite_up", app=app, db=db), 1)
        self.assertEqual(support.value(page, "probe_success", app=app, target=app), 1)
        self.assertEqual(support.value(page, "probe_health_status", app=app, status="pass"), health)
        for objective in ("latency_objective_seconds", "availability_objective_ratio"):
            self.assertIsNotNone(support.value(page, f"probe_{objective}", app=app, target=app))
        for answer in (bad, None):
            pod.answer(answer)
            self.assertEqual(pod.page(f"/probe?target={app}")["probe_success"], 0, answer)
        return page

    def complete(self, pod, databases):
        """The page, once the databases are read and the target is probed."""
        page = pod.page()
        read = sum(number for series, number in page.items() if series.startswith("sqlite_up{"))
        return page if read == databases and support.value(page, "probe_success") else None

    def test_gitea(self):
        good = well("/api/healthz", fixture("draft-gitea.json"))
        page = self.check("gitea", "gitea", 3000, {"gitea": "/var/lib/gitea/data/gitea.db"}, good,
                          unwell(good, fixture("draft-gitea-failing.json")))
        self.assertEqual(support.value(page, "probe_health_component_status", status="pass",
                                       component="database"), 1)

    def test_vaultwarden(self):
        good = well("/alive", fixture("vaultwarden-alive.json"))
        self.check("vaultwarden", "vaultwarden", 8080, {"db": "/data/db.sqlite3"}, good,
                   unwell(good, "{}", 500))

    def test_pocketbase(self):
        good = well("/api/health", fixture("pocketbase-healthy.json"))
        self.check("pocketbase", "pocketbase", 8090,
                   {"data": "/pb_data/data.db", "auxiliary": "/pb_data/auxiliary.db"}, good,
                   unwell(good, fixture("pocketbase-error.json"), 500))

    def test_grafana(self):
        good = well("/api/health", fixture("grafana-ok.json"))
        page = self.check("grafana", "grafana", 3000, {"grafana": "/var/lib/grafana/grafana.db"},
                          good, unwell(good, fixture("grafana-failing.json")))
        self.assertEqual(support.value(page, "probe_health_component_status", status="pass",
                                       component="database"), 1)

    def test_uptime_kuma(self):
        good = well("/api/entry-page", '{"type":"entryPage","entryPage":"dashboard"}')
        self.check("uptime-kuma", "uptime-kuma", 3001, {"kuma": "/app/data/kuma.db"}, good,
                   unwell(good, '{"type":"setup-database"}', 200), health=None)

    def test_node_prisma(self):
        good = well("/health", fixture("flat-prisma.json"))
        self.check("node-prisma", "shop", 3000, {"prod": "/data/prod.db"}, good,
                   unwell(good, fixture("flat-prisma-down.json")))

    def test_every_snippet_is_tested(self):
        tested = {name[len("test_"):].replace("_", "-") for name in dir(self)
                  if name.startswith("test_")}
        self.assertEqual(set(os.listdir(APPS)) - tested, set())


if __name__ == "__main__":
    unittest.main()

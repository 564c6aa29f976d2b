"""litewatch in a real container engine: its image by its Dockerfile, the containers of a machine as
it sees them, and deploy/compose.

LITEWATCH_FULL=1 compiles within both Dockerfiles, which takes long, and runs assert.sh."""
import json
import os
import re
import threading
import time
import unittest

import tools  # first: it leads to tests/e2e
import engine_images
import image_root
import support
from debian_root import base_system
from engine import CGROUPS
from pod_image import NONROOT

FULL = bool(os.environ.get("LITEWATCH_FULL"))
COMPOSE = os.path.join(tools.DEPLOY, "compose")
SERVICES = ("app", "litewatch", "litewatch-sidecar", "sink", "alertmanager", "prometheus")
STRICT = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--memory=64m",
          "--pids-limit=64", "--cpus=0.5")
MEBIBYTE = 1 << 20
# Does nothing but use the processor, a little memory, and a process that the kernel has to end.
GREEDY = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "bytearray(200 << 20)"])
while True: pass
"""


class EngineTestCase(support.TestCase):
    """One engine for the tests of this module."""
    engine = None
    refused = None

    def setUp(self):
        super().setUp()
        if EngineTestCase.engine is None:
            EngineTestCase.engine = engine_images.start(self)
            unittest.addModuleCleanup(self.engine.close)
            engine_images.load_python(self.engine, self)
            engine_images.build_litewatch(self.engine)

    def run_container(self, name, *words):
        """Detached; gone after the test."""
        self.engine.podman("run", "--detach", "--name", name, *words)
        self.addCleanup(self.engine.podman, "rm", "--force", "--time=0", name)

    def wait_healthy(self, name, seconds=30):
        def healthy():
            state = self.engine.inspect(name)["State"]
            self.assertTrue(state["Running"], self.engine.podman("logs", name))
            done = self.engine.call(self.engine.podman_command("healthcheck", "run", name),
                                    check=False)
            return done.returncode == 0
        support.wait_until(healthy, seconds, f"healthy {name}")


class ImageTest(EngineTestCase):
    """The last stage of deploy/image/Dockerfile."""

    def test_the_image_says_how_it_runs(self):
        found = self.engine.inspect(engine_images.LITEWATCH, "image")
        config = found["Config"]
        self.assertEqual(f"{NONROOT}:{NONROOT}", config["User"])
        self.assertEqual({"9871/tcp": {}}, config["ExposedPorts"])
        self.assertEqual(["/usr/bin/litewatch"], config["Entrypoint"])
        self.assertEqual(["--config.file=/etc/litewatch/litewatch.yml"], config["Cmd"])
        labels = config["Labels"]
        self.assertEqual("litewatch", labels["org.opencontainers.image.title"])
        version = self.engine.podman("run", "--rm", engine_images.LITEWATCH, "--version")
        self.assertEqual(f"litewatch {labels['org.opencontainers.image.version']}", version)
        self.assertEqual(1, len(found["RootFS"]["Layers"]))

    def test_it_works_under_every_restriction(self):
        self.run_container("strict", *STRICT, engine_images.LITEWATCH)
        self.wait_healthy("strict")
        log = self.engine.inspect("strict")["State"]["Health"]["Log"][-1]
        self.assertIn("http://127.0.0.1:9871/-/ready: well", log["Output"])
        process = self.engine.inspect("strict")["State"]["Pid"]
        status = self.engine.run("cat", f"/proc/{process}/status").stdout
        self.assertRegex(status, rf"Uid:\t{NONROOT}\t{NONROOT}\t{NONROOT}\t{NONROOT}\n")
        self.assertRegex(status, r"CapEff:\t0+\nCapBnd:\t0+\n")
        self.assertRegex(status, r"NoNewPrivs:\t1\nSeccomp:\t2\n")
        mounts = self.engine.run("cat", f"/proc/{process}/mounts").stdout
        self.assertRegex(mounts, r"(?m)^overlay / overlay ro,")
        began = time.monotonic()
        self.engine.podman("stop", "strict")
        self.assertLess(time.monotonic() - began, 9)  # after 10 s it would be killed
        self.assertEqual(0, self.engine.inspect("strict")["State"]["ExitCode"])

    def test_a_wrong_configuration_is_in_the_log(self):
        with open(self.path("litewatch.yml"), "w") as file:
            file.write("targets: 1\n")
        self.run_container("wrong", "--volume", f"{self.folder}:/etc/litewatch:ro",
                           engine_images.LITEWATCH)
        self.assertEqual("2", self.engine.podman("wait", "wrong"))
        done = self.engine.call(self.engine.podman_command("logs", "wrong"))
        self.assertIn("litewatch: /etc/litewatch/litewatch.yml:1: targets: ",
                      done.stdout + done.stderr)

    def test_the_same_files_make_the_same_layer(self):
        again = "localhost/litewatch-again:1"
        engine_images.build_litewatch(self.engine, "--no-cache", name=again)
        layers = [self.engine.inspect(name, "image")["RootFS"]["Layers"]
                  for name in (engine_images.LITEWATCH, again)]
        self.assertEqual(*layers)


class ContainersTest(EngineTestCase):
    """litewatch on the machine, beside the engine."""

    def setUp(self):
        super().setUp()
        if self.engine.server is None:
            self.engine.serve()
        with open(self.path("litewatch.yml"), "w") as file:
            json.dump({"containers": {"view": "host", "sockets": [self.engine.socket]}}, file)

    def watch(self):
        return self.litewatch(f"--config.file={self.path('litewatch.yml')}",
                              f"--path.cgroup={CGROUPS}")

    def test_a_container_is_as_the_engine_says(self):
        self.run_container("greedy", "--memory=64m", "--memory-swap=64m", "--cpus=0.1",
                           "--pids-limit=32", engine_images.PYTHON, "python3", "-c", GREEDY)
        service = self.watch()

        def value(name, **labels):
            return support.value(service.metrics(), name, container="greedy", **labels)

        support.wait_until(lambda: value("container_oom_kills_total") == 1, 30, "OOM kill")
        support.wait_until(lambda: (value("container_cpu_throttled_periods_total") or 0) > 5, 30,
                           "throttled periods")
        self.identity_is_right(service.metrics())
        self.assertEqual(1, value("container_running"))
        self.assertEqual(64 * MEBIBYTE, value("container_memory_limit_bytes", kind="max",
                                              scope="own"))
        self.assertEqual(0.1, value("container_cpu_limit_cores", scope="own"))
        self.assertEqual(32, value("container_pids_limit"))
        self.used_is_what_the_engine_says(value)
        self.engine.podman("rm", "--force", "--time=0", "greedy")
        support.wait_until(lambda: value("container_running") == 0, 30, "end of the container")

    def identity_is_right(self, page):
        found = self.engine.inspect("greedy")
        info = next(series for series in page
                    if series.startswith("container_info{") and '"greedy"' in series)
        for label, text in (("id", found["Id"]), ("image", found["ImageName"]),
                            ("path", found["State"]["CgroupPath"]), ("runtime", "podman")):
            self.assertIn(f'{label}="{text}"', info)

    def used_is_what_the_engine_says(self, value):
        """The engine is asked before and after: counters lie in between."""
        before, between, after = (
            self.cpu_seconds(),
            value("container_cpu_usage_seconds_total", cpu="total"), self.cpu_seconds())
        self.assertLessEqual(before - 0.01, between)
        self.assertLessEqual(between, after + 0.01)
        self.assertEqual(1, value("container_pids"))

    def cpu_seconds(self):
        row = json.loads(self.engine.podman("stats", "--no-stream", "--format", "json",
                                            "greedy"))[0]
        total = 0.0
        for number, unit in re.findall(r"([\d.]+)(h|ms|µs|m|s)", row["cpu_time"]):
            total += float(number) * {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "µs": 1e-6}[unit]
        return total


class ComposeTest(EngineTestCase):
    """deploy/compose/compose.yml as it is, but for the services whose images cannot be made."""

    def setUp(self):
        super().setUp()
        if self.engine.server is None:
            self.engine.serve()
        engine_images.build_demo_app(self.engine)
        engine_images.load_prometheus(self.engine)
        engine_images.load_alertmanager(self.engine)
        # assert.sh and the README say "docker compose".
        docker = self.path("docker")
        with open(docker, "w") as file:
            file.write(f'#!/bin/sh\nshift\nexec "{tools.tool(self, "compose")}" "$@"\n')
        os.chmod(docker, 0o755)
        self.check_health()
        self.addCleanup(self.compose, "down", "--volumes", "--timeout=1")
        # Without BuildKit: Compose cannot build here, the images are there.
        self.compose("up", "--detach", "--no-build", "--wait", *SERVICES)

    def compose(self, *words):
        return self.inside("docker", "compose", "--file", os.path.join(COMPOSE, "compose.yml"),
                           *words)

    def inside(self, *command, check=True, **options):
        return self.engine.run("env", f"PATH={self.folder}:{os.environ['PATH']}", *command,
                               check=check, **options).stdout

    def check_health(self):
        """As systemd's timers would."""
        over = threading.Event()

        def check():
            while not over.wait(0.5):
                for name in self.engine.podman("ps", "--quiet", check=False).split():
                    self.engine.podman("healthcheck", "run", name, check=False)
        thread = threading.Thread(target=check)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(over.set)

    def query(self, expression):
        """Label sets with their values."""
        answer = self.inside("curl", "--fail", "--silent", "--get",
                             "http://127.0.0.1:9090/api/v1/query", "--data-urlencode",
                             f"query={expression}")
        return [(row["metric"], float(row["value"][1]))
                for row in json.loads(answer)["data"]["result"]]

    def wait_result(self, expression, wanted):
        def arrived():
            return [value for _, value in self.query(expression)] == [wanted]
        support.wait_until(arrived, 30, f"{wanted} as {expression}")

    def test_the_stack(self):
        self.everything_is_seen()
        self.nobody_may_more_than_said()
        if FULL:
            self.assert_sh_passes()
        self.compose("down", "--volumes", "--timeout=1")
        for kind in ("ps", "volume", "network"):
            listed = self.engine.podman(*([kind, "--all"] if kind == "ps" else [kind, "ls"]))
            self.assertNotIn("litewatch-staging", listed)

    def everything_is_seen(self):
        self.wait_result('count(up{job="litewatch"} == 1)', 2)
        self.wait_result('probe_success{app="shop"}', 1)
        self.wait_result('sqlite_up{app="shop"}', 1)
        # By its program, although an init is ahead of it.
        self.wait_result('container_memory_limit_bytes{app="shop", container="python3", '
                         'kind="max", scope="own"}', 128 * MEBIBYTE)
        self.wait_result('container_memory_limit_bytes{container="litewatch", kind="max", '
                         'scope="own"}', 64 * MEBIBYTE)
        self.wait_result('container_cpu_limit_cores{app="shop", scope="own"}', 0.5)

    def nobody_may_more_than_said(self):
        for service in SERVICES:
            found = self.engine.inspect(f"litewatch-staging-{service}-1")
            with self.subTest(service):
                self.assertEqual("healthy", found["State"]["Health"]["Status"])
                self.assertFalse(found["EffectiveCaps"])
                self.assertTrue(found["HostConfig"]["ReadonlyRootfs"])
                self.assertNotIn(found["Config"]["User"].split(":")[0], ("", "0", "root"))

    def assert_sh_passes(self):
        print("\n" + self.inside(os.path.join(COMPOSE, "assert.sh"), seconds=600), flush=True)


@unittest.skipUnless(FULL, "LITEWATCH_FULL=1 compiles within the Dockerfiles")
class FullBuildTest(EngineTestCase):
    """Both Dockerfiles from first line to last. Packages come over the machine's network; the base
    image is a minimal Debian."""

    def build(self, name, dockerfile, *options):
        self.engine.load(engine_images.HUB + "library/debian:12.12", base_system(self))
        self.engine.podman("tag", engine_images.HUB + "library/debian:12.12",
                           engine_images.HUB + "library/debian:12.12-slim")
        self.engine.build_online(name, support.ROOT, "--file",
                                 os.path.join(engine_images.IMAGE, dockerfile), *options)
        self.run_container("full", *STRICT, name)
        self.wait_healthy("full")

    def test_static(self):
        self.build("localhost/litewatch:full", "Dockerfile", "--build-context",
                   f"sources={image_root.sources()}")

    def test_debian(self):
        self.build("localhost/litewatch:full-debian", "Dockerfile.debian")


if __name__ == "__main__":
    unittest.main()

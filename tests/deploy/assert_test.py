"""deploy/compose/assert.sh against the services of deploy/compose as processes: configuration
files, users and mounts are those of compose.yml, unchanged, and so is the time that the alert
takes. Only the word that it is over need not be waited for: Alertmanager tells it when it is
reloaded, too."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from stack import COMPOSE, Namespaces, Stack, command_for
from tools import support

SERVICES = ["app", "litewatch", "litewatch-sidecar", "sink", "alertmanager", "prometheus"]
ASSERT = os.path.join(COMPOSE, "assert.sh")
STACK = os.path.join(os.path.dirname(__file__), "stack.py")


def refused():
    """Why there can be no such processes here; nothing where there can."""
    if os.geteuid() != 0:
        return "namespaces and users of services take root"
    done = subprocess.run(["unshare", "--net", "--pid", "--mount", "--fork", "bwrap", "--ro-bind",
                           "/", "/", "true"], capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


class AssertTest(support.TestCase):
    """One stack for all tests: it is started once, and every test leaves it well."""

    def setUp(self):
        super().setUp()
        if refused():
            support.skip(self, refused())
        if not hasattr(AssertTest, "stack"):
            self.start_stack()

    def start_stack(self):
        AssertTest.namespaces = Namespaces()
        unittest.addModuleCleanup(self.namespaces.close)
        folder = tempfile.mkdtemp(prefix="litewatch-stack-")
        unittest.addModuleCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        AssertTest.stack = Stack(folder)
        self.stack.prepare()
        self.inside(sys.executable, STACK, folder, "start", *SERVICES)

    def inside(self, *command):
        done = subprocess.run(self.namespaces.inside(*command), capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def begin(self, *options):
        """assert.sh with the commands that stop and start the app here."""
        command = [ASSERT, "--stop=" + command_for(self.stack.folder, "stop", "app"),
                   "--start=" + command_for(self.stack.folder, "start", "app", "litewatch-sidecar")]
        process = subprocess.Popen(self.namespaces.inside(*command, *options), text=True, bufsize=1,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        return process

    def finish(self, process):
        output = process.stdout.read()
        return process.wait(60), output

    def is_running(self, name):
        verb = f"import stack; print(stack.Stack({self.stack.folder!r}).runs({name!r}))"
        return self.inside("env", f"PYTHONPATH={os.path.dirname(__file__)}", sys.executable, "-c",
                           verb) == "True\n"

    def flush_alertmanager(self):
        self.inside("kill", "-HUP", str(self.stack.process("alertmanager")))

    def test_the_alert_comes_within_90_s_and_goes(self):
        process, output = self.begin(), ""
        for line in process.stdout:
            output += line
            if "it fires" in line:  # whoever shares the app's PID namespace ends with it
                self.assertFalse(self.is_running("litewatch-sidecar"))
            if "over for Prometheus" in line:
                self.flush_alertmanager()
        self.assertEqual(0, process.wait(60), output)
        self.assertRegex(output, r"(?s)stopping shop.* \d+ s: in the sink, of at most 90 s.*"
                                 r"starting shop.*knows that it is resolved.*ok\n$")
        print(f"\n{output}", flush=True)

    def test_an_alert_that_does_not_come_is_a_failure_and_the_app_runs_again(self):
        status, output = self.finish(self.begin("--alert=AppNever", "--within=3"))
        self.assertEqual(1, status, output)
        self.assertIn("FAILED: no AppNever of shop in the sink within 3 s", output)
        for part in ("Prometheus: what it scrapes", '"__name__":"probe_success"',
                     "Alertmanager: its alerts", '"alertname":"Watchdog"', "firing Watchdog{"):
            self.assertIn(part, output)
        self.assertTrue(self.is_running("app"))
        self.assertTrue(self.is_running("litewatch-sidecar"))

    def test_a_stack_that_is_not_fit_is_left_alone(self):
        before = self.stack.process("app")
        for option, reason in (("--app=other", "the app other is not probed with success"),
                               ("--sink=http://127.0.0.1:1", "no answer from the sink"),
                               ("--prometheus=http://127.0.0.1:1", "no answer from Prometheus"),
                               ("--alertmanager=http://127.0.0.1:1",
                                "no answer from Alertmanager")):
            with self.subTest(option):
                status, output = self.finish(self.begin(option, "--healthy=1"))
                self.assertEqual(2, status, output)
                self.assertIn(f"not begun: within 1 s, {reason}", output)
        self.assertEqual(before, self.stack.process("app"))
        self.assertTrue(self.is_running("app"))

    def test_a_command_that_fails_is_said_and_the_app_is_started(self):
        started = self.path("started")
        status, output = self.finish(self.begin("--stop=exit 3", f"--start=touch {started}"))
        self.assertEqual(2, status, output)
        self.assertIn("this failed: exit 3", output)
        self.assertTrue(os.path.exists(started))

    def test_wrong_usage_is_said(self):
        for option in ("--within=soon", "--within=0", "--app=a b", "--alert=A{}", "--wihtin=9"):
            with self.subTest(option):
                done = subprocess.run([ASSERT, option], capture_output=True, text=True)
                self.assertEqual(2, done.returncode)
                self.assertIn("see --help", done.stderr)
        self.assertIn("--resolved=SECONDS", self.inside(ASSERT, "--help"))

    def test_health_checks_of_the_services_pass(self):
        verb = f"import sys, stack; print(*stack.Stack({self.stack.folder!r}).health(sys.argv[1]))"
        for name in SERVICES:
            with self.subTest(name):
                def healthy():
                    return self.inside("env", f"PYTHONPATH={os.path.dirname(__file__)}",
                                       sys.executable, "-c", verb, name).startswith("0 ")
                support.wait_until(healthy, 20, f"healthy {name}")

    def test_services_have_no_rights_and_cannot_write_but_into_their_volumes(self):
        for name in SERVICES:
            with self.subTest(name):
                process = self.stack.process(name)
                status = self.inside("cat", f"/proc/{process}/status")
                user = self.stack.services[name]["user"].split(":")[0]
                self.assertRegex(status, rf"Uid:\t{user}\t{user}\t{user}\t{user}\n")
                self.assertRegex(status, r"CapEff:\t0+\nCapBnd:\t0+\n")
                self.assertRegex(status, r"NoNewPrivs:\t1\n")
                mounts = self.inside("cat", f"/proc/{process}/mounts").splitlines()
                root = next(line for line in mounts if line.split()[1] == "/")
                self.assertTrue(root.split()[3].startswith("ro,"), root)

    def test_the_log_of_the_app_is_what_the_pipeline_reads(self):
        """The fields that deploy/compose/alloy/config.alloy asks for."""
        path = self.stack.path("volumes", "app-logs", "shop.log")
        with open(path) as file:
            first = json.loads(file.readline())
        self.assertEqual(("info", "shop", "started"),
                         (first["level"], first["app"], first["message"]))
        self.assertRegex(first["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(0o644, os.stat(path).st_mode & 0o777)  # Alloy is another user


if __name__ == "__main__":
    unittest.main()

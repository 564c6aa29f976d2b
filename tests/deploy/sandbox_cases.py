"""What the tests of executed manifests share: apps, servers in a pod's network, and what of
litewatch has to work in every mode."""
import contextlib
import http.server
import os
import signal
import ssl

import tools  # first: it leads to tests/e2e
import fault_dns
import support
from pod import Pod, why_not

APP = os.path.join(os.path.dirname(__file__), "sandbox_app.py")
PYTHON = "/usr/bin/python3"
ENDPOINTS = ("/", "/metrics", "/config", "/sd/http", "/-/healthy", "/-/ready")
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
# The head of a program that tries what is forbidden: attempt() gives 0, or the number of the error.
ATTEMPT = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def attempt(function):
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if function() != -1 else ctypes.get_errno())
        except OSError as error:
            os._exit(error.errno)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def app_program(database, port, health='{"status": "pass"}'):
    """What plays an app in a pod: a command for `programs`."""
    with open(APP) as source:
        return [PYTHON, "-c", source.read(), database, str(port), health]


class NameServer(fault_dns.FaultyNameServer):
    """At port 53 of the network in which it is made."""

    def __init__(self):
        super().__init__(53)

    def close(self, pod):
        with pod.network():
            super().close()


class Handler(http.server.BaseHTTPRequestHandler):
    """Says that all is well, at /private to those with the token alone."""

    def do_GET(self):
        allowed = self.path != "/private" or \
            self.headers.get("Authorization") == "Bearer open-sesame"
        body = b'{"status": "pass"}'
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    """A client that does not trust its certificate is no trouble of the server's."""

    def handle_error(self, *_):
        pass


class WebServer(support.LoopbackServer):
    """At a port of the network in which it is made; with a certificate, over TLS."""

    def __init__(self, port, certificate=None):
        server = QuietServer(("", port), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")
            server.socket = context.wrap_socket(server.socket, server_side=True,
                                                do_handshake_on_connect=False)
        self.serve(server)


class SandboxTestCase(support.TestCase):
    def setUp(self):
        super().setUp()
        reason = why_not()
        if reason:
            support.skip(self, reason)

    def pod(self, manifests, owner, **options):
        """A pod that has no container yet; it ends with the test."""
        pod = Pod(self, manifests, owner, **options)
        pod.__enter__()
        self.addCleanup(pod.close)
        return pod

    def claim(self, uid, mode=0o700):
        """A fresh volume of an app, on a file system that litewatch has nothing against."""
        folder = self.ordinary_folder()
        os.chown(folder, uid, uid)
        os.chmod(folder, mode)
        return folder

    def wait_value(self, where, wanted, name, seconds=15, **labels):
        """Waits until the series is as wanted: a value or a condition."""
        matches = wanted if callable(wanted) else lambda number: number == wanted
        found = []

        def there():
            with contextlib.suppress(ConnectionRefusedError):  # it does not listen yet
                found[:] = [support.value(where.metrics(), name, **labels)]
            return found and found[0] is not None and matches(found[0])
        try:
            support.wait_until(there, seconds, f"{name} {labels}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {found}; the log:\n{where.log_text()}"
                                 ) from None
        return found[0]

    def check_service(self, pod):
        """Every endpoint answers, every probe of the manifest passes, and so does the health check
        that runs within the container."""
        litewatch = pod["litewatch"]
        for probe in [probe for probe in PROBES if probe in litewatch.spec]:
            support.wait_until(lambda: litewatch.passes(probe), 10, probe)
        for path in ENDPOINTS:
            self.assertEqual(pod.get(path)[0], 200, path)
        self.assertIn(pod.get("/probe?target=nobody")[0], (400, 404))  # 404 where nothing is probed
        code, output = litewatch.execute(["/usr/bin/litetool", "probe",
                                          "http://127.0.0.1:9871/-/ready"])
        self.assertEqual(code, 0, output)
        self.check_restrictions(litewatch)
        self.assertNotIn("level=error", litewatch.log_text())

    def check_restrictions(self, litewatch):
        """The manifest asks for all there are, and the process has them still."""
        asked = litewatch.restrictions
        self.assertEqual((asked.read_only_root, asked.no_new_privileges, asked.capabilities,
                          asked.seccomp), (True, True, set(), "RuntimeDefault"))
        self.assertNotEqual(asked.uid, 0)
        for mount in litewatch.spec["volumeMounts"]:
            self.assertTrue(mount.get("readOnly"), mount)
        litewatch.verify()

    def check_reload(self, pod, kind, name, key, text, target):
        """The kubelet swaps ..data, SIGHUP: the new target is there."""
        pod.change(kind, name, **{key: text})
        pod["litewatch"].started.end(signal.SIGHUP)
        self.wait_value(pod, lambda number: number in (0, 1), "probe_success", target=target)
        self.assertEqual(support.value(pod.metrics(), "litewatch_config_last_reload_successful"), 1)

    def check_end(self, pod):
        """SIGTERM ends it well within the grace period."""
        ended = pod.stop()["litewatch"]
        self.assertEqual(ended.code, 0, pod["litewatch"].log_text())
        self.assertLess(ended.seconds, pod.grace)


def config_of(manifests):
    """(manifest, key) of litewatch.yml."""
    for manifest in manifests:
        if manifest["kind"] == "ConfigMap" and "litewatch.yml" in (manifest.get("data") or {}):
            return manifest, "litewatch.yml"
    raise AssertionError("no ConfigMap with litewatch.yml")

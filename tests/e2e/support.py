"""What the end-to-end tests share: the real litewatch, real SQLite apps beside it, and its page."""
import contextlib
import gzip
import http.client
import http.server
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("LITEWATCH_BUILD", os.path.join(ROOT, "build", "release"))
LITEWATCH = os.path.join(BUILD, "litewatch")
LITETOOL = os.path.join(BUILD, "litetool")
TOOLS = os.path.join(ROOT, "build", "tools", "usr", "bin")
# Where nothing is mounted: the machine's own containers and services are no part of a test.
NO_CGROUPS = tempfile.TemporaryDirectory(prefix="litewatch-no-cgroups-")
FIRST_PORT = 10_000
CLAIMED_PORTS = []  # sockets, as a claim ends with its socket
# For tools in Go that run often and beside others: a third less CPU, for more memory.
THRIFTY_GO = {**os.environ, "GOMAXPROCS": "1", "GOGC": "400"}
UPDATE_GOLDEN = bool(os.environ.get("UPDATE_GOLDEN"))

# An app in a process of its own: opening and closing a database raw in the process that has it open
# in libsqlite drops its locks. Commands and answers are lines:
# exec SQL | drop-locks [-shm] | quit.
APP = r"""
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
for line in sys.stdin:
    command, _, sql = line.rstrip("\n").partition(" ")
    if command == "quit":
        break
    if command == "drop-locks":
        open(sys.argv[1] + sql, "rb").close()
        sql = ""
    try:
        row = db.execute(sql).fetchone()
        print("ok" if row is None else "|".join(map(str, row)), flush=True)
    except sqlite3.Error as error:
        print("error " + str(error).replace("\n", " "), flush=True)
db.close()
"""


def skip(test, reason):
    """Skips a test so that the runner shows the reason."""
    print(f"\nSKIP: {test.id()}: {reason}", flush=True)
    test.skipTest(reason)


def not_here(test, reason):
    """Skips a test of something that this machine's kernel does not have and no package brings.
    The runner shows it, but it is no failure in CI."""
    print(f"\nNOT HERE: {test.id()}: {reason}", flush=True)
    test.skipTest(reason)


def wait_until(condition, seconds=10, what="condition"):
    """Polls until `condition` returns something true, which it returns."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within {seconds} s")
        time.sleep(0.05)


def free_port():
    """A port for a server to come. No other test gets it while this process lives, and it is not of
    those that the kernel gives to clients."""
    while True:
        port = random.randrange(FIRST_PORT, first_client_port())
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0litewatch-test-port-{port}")
            with socket.socket() as server:
                server.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        CLAIMED_PORTS.append(claim)
        return port


def first_client_port():
    with open("/proc/sys/net/ipv4/ip_local_port_range") as ports:
        return int(ports.read().split()[0])


class App:
    """An app with one SQLite connection, in a process of its own."""

    def __init__(self, path, *setup):
        self.path = path
        self.process = subprocess.Popen([sys.executable, "-c", APP, path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        for sql in setup:
            self.execute(sql)

    def execute(self, sql):
        self.process.stdin.write(f"exec {sql}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        if not answer or answer.startswith("error"):
            raise AssertionError(f"{sql}: {answer or 'the app is gone'}")
        return answer

    def drop_locks(self, sidecar=""):
        """Opens and closes the file raw, as a careless backup within the app would."""
        self.process.stdin.write(f"drop-locks {sidecar}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def kill9(self):
        self.process.kill()
        self.close()

    def close(self):
        if self.process.poll() is None and not self.process.stdin.closed:
            try:
                self.process.stdin.write("quit\n")
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        self.process.wait(timeout=20)
        self.process.stdout.close()
        if not self.process.stdin.closed:
            self.process.stdin.close()


class Litewatch:
    """The real binary, listening on a free loopback port. It sees no containers but those that a
    test leads it to with --path.cgroup."""

    def __init__(self, *arguments, prefix=(), wait_ready=True, env=None, stderr=None):
        self.port = free_port()
        self.log = tempfile.NamedTemporaryFile(prefix="litewatch-", suffix=".log", mode="w+")
        arguments = [*map(str, arguments)]
        if not any(argument.startswith("--path.cgroup") for argument in arguments):
            arguments.insert(0, f"--path.cgroup={NO_CGROUPS.name}")
        command = [*prefix, LITEWATCH, f"--web.listen-address=127.0.0.1:{self.port}", *arguments]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=stderr or self.log,
                                        env=env)
        if wait_ready:
            wait_until(self.ready, 20, "ready litewatch")

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"litewatch ended with {self.process.returncode}: "
                                 f"{self.log_text()}")
        try:
            return self.get("/-/ready")[0] == 200
        except OSError:
            return False

    def log_text(self):
        with open(self.log.name) as log:
            return log.read()

    def get(self, path, timeout=10, method="GET", headers=None):
        """(status, headers, body), whatever the status."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def metrics(self, timeout=10):
        """The page as a dictionary from `name{labels}` to value."""
        status, headers, body = self.get("/metrics", timeout, headers={"Accept-Encoding": "gzip"})
        if status != 200:
            raise AssertionError(f"/metrics answered {status}")
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return parse_page(body.decode())

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def stop(self, seconds=10):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=5)  # for longer only where the kernel cannot end it
            raise AssertionError(f"litewatch did not end within {seconds} s of SIGTERM")
        finally:
            self.log.close()


class Well(http.server.BaseHTTPRequestHandler):
    """An app that is well."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class LoopbackServer:
    """An HTTP server on a free port of the loopback interface, until close()."""

    def __init__(self, handler):
        self.serve(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))

    def serve(self, server):
        self.server = server
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def parse_page(text):
    """`name{labels}` to value; strict enough that a broken line fails."""
    page = {}
    for line in text.split("\n"):
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r'([a-z_0-9]+(?:\{.*\})?) (\S+)', line)
        if match is None:
            raise AssertionError(f"not a line of the text format: {line!r}")
        page[match.group(1)] = float(match.group(2))
    return page


def value(page, name, **labels):
    """The one series of that name whose labels include those given; None where there is none."""
    wanted = [f'{key}="{text}"' for key, text in labels.items()]
    found = [number for series, number in page.items()
             if series.split("{")[0] == name and all(label in series for label in wanted)]
    if len(found) > 1:
        raise AssertionError(f"{len(found)} series match {name} {labels}")
    return found[0] if found else None


def litetool(*arguments, **options):
    """Runs litetool to its end; gives the exit code and its output as text."""
    return subprocess.run([LITETOOL, *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=30, **options)


def promtool_check(page):
    """What `promtool check metrics` says of a page in the text format; empty where all is well."""
    promtool = os.path.join(TOOLS, "promtool")
    done = subprocess.run([promtool, "check", "metrics"], input=page, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=30)
    output = done.stdout.decode()
    return output if done.returncode == 0 else f"exit code {done.returncode}: {output}"


def make_certificate(folder, name, authority=None):
    """NAME.crt and NAME.key for 127.0.0.1 in the folder, signed by itself or by AUTHORITY.crt."""
    stem = os.path.join(folder, name)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
               "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", stem + ".key",
               "-out", stem + ".crt"]
    if authority:
        signer = os.path.join(folder, authority)
        command += ["-CA", signer + ".crt", "-CAkey", signer + ".key"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    os.chmod(stem + ".key", 0o600)


def https_get(port, context, path, timeout=10, headers=None):
    """(status, headers, body) over TLS, whatever the status; OSError where the handshake fails."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=context)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def is_ordinary(folder):
    """Whether litewatch has nothing to say against the folder's file system."""
    kind = subprocess.run(["stat", "--file-system", "--format=%T", folder], text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    space = os.statvfs(folder)
    return kind in ("ext2/ext3", "xfs", "btrfs", "tmpfs") and \
        space.f_bavail * space.f_frsize > 2 << 30


class TestCase(unittest.TestCase):
    """Gives each test a folder of its own, and ends what it started."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="litewatch-e2e-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def app(self, name="app.db", *setup):
        app = App(self.path(name), *(setup or ("PRAGMA journal_mode=WAL",
                                               "CREATE TABLE IF NOT EXISTS t(a)",
                                               "INSERT INTO t VALUES(1)")))
        self.addCleanup(app.close)
        return app

    def litewatch(self, *arguments, **options):
        service = Litewatch(*arguments, **options)
        self.addCleanup(lambda: service.process.poll() is not None or service.stop())
        return service

    def ordinary_folder(self):
        """A folder on a local file system with space, where a database can be wholly healthy."""
        for parent in (self.folder, "/dev/shm", "/var/tmp", os.path.join(ROOT, "build")):
            if os.path.isdir(parent) and is_ordinary(parent):
                folder = tempfile.mkdtemp(prefix="litewatch-e2e-", dir=parent)
                os.chmod(folder, 0o755)
                self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
                return folder
        return skip(self, "no local file system with 2 GiB of space")

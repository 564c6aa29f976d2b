"""litewatch's images: their root file systems are built as the Dockerfiles do, and run as
Kubernetes would run them: as the image's user, without a capability, on a read-only root."""
import gzip
import hashlib
import os
import re
import socket
import ssl
import stat
import subprocess
import unittest

import tools  # first: it leads to tests/e2e
import image_root
import support
from fault_certificates import Certificates
from pod import why_not
from pod_image import NONROOT
from sandbox_cases import NameServer, SandboxTestCase, WebServer

IMAGE = os.path.join(tools.DEPLOY, "image")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
HOST = "good.shop.example.org"  # which NameServer knows
STRICT = {"runAsNonRoot": True, "runAsUser": NONROOT, "runAsGroup": NONROOT,
          "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
          "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
CONFIG = f"""
databases: [/data/app.db]
containers: {{view: host}}
targets:
  - {{name: health, url: "http://{HOST}:8080/healthz"}}
  - {{name: nowhere, url: "http://nxdomain.shop.example.org:8080/"}}
  - {{name: known_authority, url: "https://127.0.0.1:8443/healthz"}}
  - {{name: unknown_authority, url: "https://127.0.0.1:8444/healthz"}}
  - {{name: http2, url: "https://127.0.0.1:8445/ok", module: http2}}
modules:
  http2: {{prober: http, http: {{valid_http_versions: [HTTP/2.0]}}}}
"""
EXPECTED = {"health": 1, "nowhere": 0, "known_authority": 1, "unknown_authority": 0, "http2": 1}
REASONS = {"nowhere": "dns_nxdomain", "unknown_authority": "tls_untrusted"}
DISTRIBUTIONS = {"libc6-dev", "libcrypt-dev", "libgcc-s1", "libssl-dev"}  # linked as they come
EMPTY_IMAGE = re.compile("|".join((
    "etc/(passwd|group|nsswitch.conf)", "etc/litewatch/litewatch.yml", BUNDLE[1:],
    "usr/bin/(litewatch|litetool)", "usr/share/litewatch/rules/.*[.](yml|yaml|md)",
    "usr/share/litewatch/dashboards/.*[.](json|yml)", "usr/share/doc/litewatch/copyright",
    "usr/share/doc/litewatch/licenses/[a-z0-9_-]+/[A-Z.a-z]+")))


def files(root):
    """Paths below it, of everything but folders."""
    return sorted(os.path.relpath(os.path.join(folder, name), root)
                  for folder, _, names in os.walk(root) for name in names)


def digests(folder):
    found = {}
    for path in files(folder):
        with open(os.path.join(folder, path), "rb") as file:
            found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


class Cases:
    """What every variant of the image has to do; subclasses say which one it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = None if why_not() else cls.build()

    def start(self, volumes=(), args=None, manifests=()):
        """The pod, its network without litewatch yet; `volumes` are (path, mountPath)."""
        container = {"name": "litewatch", "image": "litewatch:0.1.0", "securityContext": STRICT,
                     "terminationMessagePolicy": "FallbackToLogsOnError", "volumeMounts": []}
        owner = {"kind": "Pod", "metadata": {"name": "image"}, "spec": {
            "enableServiceLinks": False, "automountServiceAccountToken": False,
            "containers": [container], "volumes": []}}
        for number, (path, mount) in enumerate(volumes):
            owner["spec"]["volumes"].append({"name": f"v{number}", "hostPath": {"path": path}})
            container["volumeMounts"].append({"name": f"v{number}", "mountPath": mount,
                                              "readOnly": True})
        if args is not None:
            container["args"] = args
        return self.pod([owner, *manifests], owner,
                        images={"litewatch": image_root.image(self.root)})

    def litewatch_is_ready(self, pod):
        pod.start()

        def ready():
            if not pod["litewatch"].started.running():
                raise AssertionError(pod["litewatch"].log_text())
            try:
                return pod.get("/-/ready")[0] == 200
            except OSError:
                return False
        support.wait_until(ready, 20, "ready litewatch")

    def run_inside(self, pod, *command, code=0):
        """The output of a command in the running container, which ends with that code."""
        ended, output = pod["litewatch"].execute([*map(str, command)])
        self.assertEqual(ended, code, f"{command}: {output}")
        return output

    @staticmethod
    def resident(pod):
        with open(f"/proc/{pod['litewatch'].started.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def report(self, text):
        print(f"\n{self.variant} image: {text}", flush=True)

    def test_it_starts_with_its_own_configuration(self):
        pod = self.start()
        self.litewatch_is_ready(pod)
        self.check_service(pod)
        self.assertEqual(support.value(pod.metrics(), "litewatch_config_last_reload_successful"), 1)
        self.report(f"resident when idle {image_root.mebibytes(self.resident(pod))}")
        self.assertEqual(pod.stop()["litewatch"].code, 0, pod["litewatch"].log_text())

    def test_a_wrong_configuration_is_the_pods_message(self):
        wrong = self.config_folder("targets: 1\n")
        pod = self.start([(wrong, "/etc/litewatch")]).start()
        ended = pod["litewatch"].exit(20)
        self.assertEqual(ended.code, 2)
        self.assertRegex(ended.message, "litewatch: /etc/litewatch/litewatch.yml:1: targets: ")

    def test_a_name_in_the_listen_address_is_resolved(self):
        """By libc itself: nothing of it is loaded at run time in the static program."""
        pod = self.start(args=["--config.file=/etc/litewatch/litewatch.yml",
                               "--web.listen-address=localhost:9871"])
        pod.start()
        listening = support.wait_until(
            lambda: re.search(r"listening on (127[.]0[.]0[.]1:9871|\[::1\]:9871)",
                              pod["litewatch"].log_text()), 10, "listening")
        self.run_inside(pod, "/usr/bin/litetool", "probe", f"http://{listening[1]}/-/ready")

    def config_folder(self, text):
        folder = self.path("config")
        os.mkdir(folder)
        with open(os.path.join(folder, "litewatch.yml"), "w") as file:
            file.write(text)
        return folder

    def authorities(self, certificates):
        """The image's authorities and one more, as users mount theirs."""
        folder = self.path("authorities")
        os.mkdir(folder)
        with open(os.path.join(folder, os.path.basename(BUNDLE)), "w") as bundle:
            for path in (self.root + BUNDLE, certificates.crt("ca")):
                with open(path) as part:
                    bundle.write(part.read())
        return folder

    def serve(self, pod, certificates):
        """Everything that the configuration names, in the pod's network."""
        with open(self.path("ok"), "w") as page:
            page.write("all is fine\n")
        with pod.network():
            self.addCleanup(NameServer().close, pod)
            for port, stem in ((8080, None), (8443, certificates.path("good")),
                               (8444, certificates.path("untrusted"))):
                self.addCleanup(WebServer(port, stem).close)
            nghttpd = subprocess.Popen(
                [tools.tool(self, "nghttpd"), "--address=127.0.0.1", f"--htdocs={self.folder}",
                 "8445", certificates.key("good"), certificates.crt("good")],
                stdout=subprocess.DEVNULL)
        self.addCleanup(nghttpd.wait)
        self.addCleanup(nghttpd.terminate)

    def test_it_does_all_its_work(self):
        certificates = Certificates(self.folder)
        data = self.claim(NONROOT)
        app = support.App(os.path.join(data, "app.db"), "PRAGMA journal_mode=WAL",
                          "CREATE TABLE t(a)", "INSERT INTO t VALUES(1)")
        self.addCleanup(app.close)
        for name in os.listdir(data):
            os.chown(os.path.join(data, name), NONROOT, NONROOT)
        before = digests(data)
        pod = self.start([
            (self.config_folder(CONFIG), "/etc/litewatch"), (data, "/data"),
            (self.authorities(certificates), os.path.dirname(BUNDLE)),
            ("/sys/fs/cgroup", "/sys/fs/cgroup")])
        self.serve(pod, certificates)
        self.litewatch_is_ready(pod)
        self.probes_are_as_expected(pod)
        self.databases_and_containers_are_seen(pod)
        self.the_page_is_compressed(pod)
        self.litetool_works(pod)
        self.report(f"resident after work {image_root.mebibytes(self.resident(pod))}")
        self.assertEqual(digests(data), before)
        self.check_service(pod)

    def probes_are_as_expected(self, pod):
        for target, wanted in EXPECTED.items():
            self.wait_value(pod, wanted, "probe_success", target=target)
        page = pod.metrics()
        for target, reason in REASONS.items():
            self.assertEqual(support.value(page, "probe_failure_reason", target=target,
                                           reason=reason), 1, target)
        self.assertEqual(support.value(page, "probe_http_version", target="http2"), 2)

    def databases_and_containers_are_seen(self, pod):
        page = pod.metrics()
        self.assertEqual(support.value(page, "sqlite_up", db="app"), 1)
        identifier = os.path.basename(next(iter(pod["litewatch"].cgroup.folders().values())))
        short = identifier[len("cri-containerd-"):][:12]
        seen = [series for series in page if series.startswith("container_") and short in series]
        self.assertTrue(seen, f"{short} is not among the containers")

    def the_page_is_compressed(self, pod):
        status, headers, body = pod.get("/metrics", headers={"Accept-Encoding": "gzip"})
        self.assertEqual((status, headers["Content-Encoding"]), (200, "gzip"))
        self.assertIn(b"sqlite_up", gzip.decompress(body))

    def litetool_works(self, pod):
        litetool = "/usr/bin/litetool"
        self.assertIn("/data/app.db", self.run_inside(pod, litetool, "inspect", "/data/app.db"))
        self.run_inside(pod, litetool, "probe", f"http://{HOST}:8080/healthz")
        output = self.run_inside(pod, litetool, "probe", "https://127.0.0.1:8444/", code=1)
        self.assertIn("tls_untrusted", output)
        rules = [f"/{path}" for path in files(self.root)
                 if re.match("usr/share/litewatch/rules/(recording|alerts)/", path)]
        self.assertGreater(len(rules), 5)
        self.run_inside(pod, litetool, "check", "rules", *rules)

    def test_public_authorities_are_there(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.root + BUNDLE)
        self.assertGreater(context.cert_store_stats()["x509_ca"], 100)

    def test_nothing_in_it_gives_rights(self):
        ours = ("usr/bin/lite", "usr/share/litewatch/", "etc/litewatch/")
        for path in filter(lambda path: path.startswith(ours), files(self.root)):
            found = os.lstat(os.path.join(self.root, path))
            self.assertTrue(stat.S_ISREG(found.st_mode), path)
            self.assertEqual((found.st_uid, found.st_gid, found.st_mode & 0o7022), (0, 0, 0), path)
        with open(os.path.join(self.root, "etc/passwd")) as users:
            self.assertIn(f"nonroot:x:{NONROOT}:{NONROOT}:", users.read())


class Static(Cases, SandboxTestCase):
    """Static programs in an otherwise empty image."""
    variant = "static"
    build = staticmethod(image_root.static_root)

    def test_nothing_else_is_in_it(self):
        found = files(self.root)
        self.assertEqual([path for path in found if not EMPTY_IMAGE.fullmatch(path)], [])
        licenses = "usr/share/doc/litewatch/licenses/"
        licensed = {path.split("/")[5] for path in found if path.startswith(licenses)}
        self.assertEqual(licensed, DISTRIBUTIONS | {
            name for name in os.listdir(image_root.sources()) if not name.startswith(".")})

    def test_the_programs_are_static(self):
        for name in ("litewatch", "litetool"):
            program = os.path.join(self.root, "usr/bin", name)
            headers = tools.run("readelf", "--wide", "--segments", "--dynamic", program).stdout
            self.assertNotRegex(headers, "INTERP|NEEDED|RPATH|RUNPATH")
            self.assertRegex(headers, r"GNU_STACK\s+\S+ \S+ \S+ \S+ \S+ RW\s")
            self.assertRegex(headers, r"(BIND_NOW|FLAGS_1\).*NOW)")
            self.assertIn("PIE", headers)
            listed = tools.run("ldd", program, check=False)
            self.assertRegex(listed.stdout + listed.stderr,
                             "statically linked|not a dynamic executable")
            self.report(f"{name} {image_root.mebibytes(image_root.size(program))}")
        self.report(f"root {image_root.mebibytes(image_root.size(self.root))}")


class Debian(Cases, SandboxTestCase):
    """The distribution's libraries on its base system."""
    variant = "Debian"
    build = staticmethod(image_root.debian_root)

    def test_every_library_is_the_distributions(self):
        for name in ("litewatch", "litetool"):
            listed = tools.run("chroot", self.root, "ldd", f"/usr/bin/{name}").stdout
            self.assertNotIn("not found", listed)
            for library in re.findall(r"=> (/\S+)", listed):
                path = tools.run("chroot", self.root, "realpath", library).stdout.strip()
                # dpkg knows some libraries by their place before /lib became a link to /usr/lib.
                owners = tools.run("chroot", self.root, "dpkg", "--search", path,
                                   path.removeprefix("/usr"), check=False)
                self.assertTrue(owners.stdout, f"{library} is of no package")
        self.report(f"root {image_root.mebibytes(image_root.size(self.root))}")


class Dockerfiles(unittest.TestCase):
    def test_hadolint_finds_nothing(self):
        for name in ("Dockerfile", "Dockerfile.debian"):
            tools.run(tools.tool(self, "hadolint"), os.path.join(IMAGE, name))

    def test_both_say_the_same_of_running(self):
        """And what the tests' pods start is what the images start."""
        last = [self.instructions(name) for name in ("Dockerfile", "Dockerfile.debian")]
        self.assertEqual(*last)
        self.assertEqual(last[0]["USER"], f"{NONROOT}:{NONROOT}")
        started = image_root.image("/")
        for instruction, words in (("ENTRYPOINT", started.entrypoint), ("CMD", started.command)):
            self.assertEqual(re.findall('"([^"]*)"', last[0][instruction]), words)

    @staticmethod
    def instructions(name):
        with open(os.path.join(IMAGE, name)) as file:
            text = file.read().replace("\\\n", "")
        return dict(re.findall(r"^(LABEL|USER|EXPOSE|ENTRYPOINT|CMD|HEALTHCHECK) +(.*)$",
                               text[text.rindex("\nFROM"):], re.MULTILINE))

    def test_the_version_is_the_projects(self):
        with open(os.path.join(support.ROOT, "CMakeLists.txt")) as file:
            version = re.search(r"project\(litewatch VERSION ([\d.]+)", file.read())[1]
        for name in ("Dockerfile", "Dockerfile.debian"):
            self.assertIn(f'org.opencontainers.image.version="{version}"',
                          self.instructions(name)["LABEL"])

    def test_what_is_compiled_is_in_the_build_context(self):
        with open(os.path.join(support.ROOT, ".dockerignore")) as file:
            allowed = {line[1:].strip() for line in file if line.startswith("!")}
        for path in allowed:
            self.assertTrue(os.path.exists(os.path.join(support.ROOT, path)), path)
        with open(os.path.join(support.ROOT, "CMakeLists.txt")) as file:
            wanted = re.findall(r"(?:include|add_subdirectory)\((\w+)", file.read())
        self.assertLessEqual({folder for folder in wanted if folder != "tests"}, allowed)


class Script(support.TestCase):
    """build_rootfs.sh says what is wrong with its arguments before it compiles."""

    def check(self, code, text, *arguments):
        done = tools.run(image_root.SCRIPT, *arguments, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(text, done.stdout + done.stderr)

    def test_help_and_wrong_usage(self):
        self.check(0, "--files-only", "--help")
        self.check(2, "--static", *())
        self.check(2, "unknown option --statik", "--statik", self.path("root"))
        self.check(2, "--files-only goes with --debian", "--files-only", self.path("root"))
        self.check(2, "two folders", "a", "b")
        self.check(1, "is not empty", IMAGE)
        self.check(1, "no folder", f"--sources={self.path('nowhere')}", self.path("root"))

    def test_only_sources_that_are_not_there_are_fetched(self):
        """With a CMake that says what it is told."""
        with open(self.path("cmake"), "w") as file:
            file.write('#!/bin/sh\necho "$@" >&2\nexit 1\n')
        os.chmod(self.path("cmake"), 0o755)
        os.mkdir(self.path("sources"))
        self.assertNotIn("FETCHCONTENT", self.told())
        os.mkdir(self.path("sources/fmt"))
        self.assertIn(f"-DFETCHCONTENT_SOURCE_DIR_FMT={self.path('sources/fmt')}\n", self.told())

    def told(self):
        done = tools.run(image_root.SCRIPT, "--static", f"--sources={self.path('sources')}",
                         self.path("root"), check=False,
                         env={"PATH": f"{self.folder}:{os.environ['PATH']}"})
        self.assertIn("--preset static", done.stderr)
        return done.stderr


class BuildOptions(support.TestCase):
    """Wrong ones end the configuration with the mend, before anything is looked for."""

    def check(self, text, *options):
        done = tools.run("cmake", "-S", support.ROOT, "-B", self.path("build"), *options,
                         check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(text, " ".join(done.stderr.split()))

    def test_static_programs_need_static_libraries(self):
        self.check("LITEWATCH_STATIC needs LITEWATCH_DEPS=fetch", "-DLITEWATCH_STATIC=ON")

    def test_a_wrong_origin_of_the_libraries(self):
        self.check('"vcpkg": expected system or fetch', "-DLITEWATCH_DEPS=vcpkg")


if __name__ == "__main__":
    unittest.main()

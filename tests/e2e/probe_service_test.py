"""The prober within the service: history, confirmation, faster re-checks, reloads and the end, each
with probes in flight; documents and certificates on the page; what a person sees."""
import os
import signal
import socket
import time
import unittest

from probing import ProbeTestCase, at_least
from support import litetool, value, wait_until

WELL = (200, '{"status": "warn", "version": "1.2", "checks": {"database:ping": '
             '[{"status": "pass", "observedValue": 12, "observedUnit": "ms"}], '
             '"disk": [{"status": "warn"}]}}')
ILL = (200, '{"status": "fail", "checks": {"database:ping": [{"status": "fail", '
            '"output": "database is locked"}], "disk": [{"status": "pass"}]}}')


class History(ProbeTestCase):
    def setUp(self):
        super().setUp()
        self.faults.documents["app"] = WELL
        self.target = {"name": "app", "url": self.faults.url("/document/app"), "app": "shop"}
        self.before = self.asked()

    def asked(self):
        return len(self.faults.asked("/document/app"))

    def test_failing_and_recovering(self):
        service = self.probes([{**self.target, "interval": "6s", "failing_interval": "1s",
                                "timeout": "5s", "confirm_failures": 3,
                                "objectives": {"latency": "500ms", "availability": 0.999}}])
        page = self.when(service, "probe_attempts_total", at_least(1), target="app", app="shop",
                         module="http_2xx")
        for name, expected in (("probe_success", 1), ("probe_confirmed_success", 1),
                               ("probe_consecutive_failures", 0), ("probe_interval_seconds", 6),
                               ("probe_latency_objective_seconds", 0.5),
                               ("probe_availability_objective_ratio", 0.999),
                               ("probe_skipped_total", 0)):
            self.assertEqual(value(page, name, target="app"), expected, name)
        self.assertEqual(value(page, "probe_failures_total", target="app", reason="health_fail"),
                         0, "counters begin at 0")
        self.assertIsNone(value(page, "probe_failure_reason", target="app"))
        for name, least, most in (("last", -8, 0.1), ("next", -3, 6.6)):
            at = value(page, f"probe_{name}_run_timestamp_seconds", target="app") - time.time()
            self.assertTrue(least <= at <= most, f"{name}: {at}")

        self.faults.documents["app"] = ILL
        page = self.when(service, "probe_success", 0, seconds=15, target="app")
        first_failures = value(page, "probe_consecutive_failures", target="app")
        if first_failures < 3:
            self.assertEqual(value(page, "probe_confirmed_success", target="app"), 1)
        began = time.monotonic()
        page = self.when(service, "probe_confirmed_success", 0, seconds=15, target="app")
        self.assertLess(time.monotonic() - began, 8, "re-checked at failing_interval")
        self.assertGreaterEqual(value(page, "probe_consecutive_failures", target="app"), 3)
        self.assertEqual(value(page, "probe_failure_reason", target="app", reason="health_fail"), 1)

        self.faults.documents["app"] = WELL
        page = self.when(service, "probe_success", 1, target="app")
        self.assertEqual(value(page, "probe_confirmed_success", target="app"), 1)
        self.assertEqual(value(page, "probe_consecutive_failures", target="app"), 0)
        failures = value(page, "probe_failures_total", target="app", reason="health_fail")
        attempts = value(page, "probe_attempts_total", target="app")
        self.assertGreaterEqual(failures, 3)
        self.assertGreaterEqual(attempts, failures + 2)
        self.assertEqual(value(page, "probe_all_duration_seconds_count", target="app"), attempts)
        self.assertEqual(value(page, "probe_all_duration_seconds_bucket", target="app",
                               le="+Inf"), attempts)
        self.assertGreater(value(page, "probe_all_duration_seconds_sum", target="app"), 0)
        wait_until(lambda: self.asked() - self.before == value(
            service.metrics(), "probe_attempts_total", target="app"), what="count of all attempts")

    def test_healthy_again_at_the_usual_pace(self):
        service = self.probes([{**self.target, "interval": "1s"}])
        self.when(service, "probe_attempts_total", 1, target="app")
        began, before = time.monotonic(), self.asked()
        self.when(service, "probe_attempts_total", 4, target="app")
        self.assertGreater(time.monotonic() - began, 2)
        self.assertLessEqual(self.asked() - before, 4)

    def test_components_of_the_document(self):
        service = self.probes([self.target])
        page = self.when(service, "probe_health_status", 1, target="app", status="warn")
        self.assertEqual(value(page, "probe_health_status", target="app", status="fail"), 0)
        for component, status in (("database", "pass"), ("disk", "warn")):
            self.assertEqual(value(page, "probe_health_component_status", component=component,
                                   status=status), 1)
        self.assertEqual(value(page, "probe_health_component_observed_seconds",
                               component="database", measurement="ping"), 0.012)
        self.assertEqual(value(page, "probe_health_components", target="app"), 2)
        self.assertEqual(value(page, "probe_health_document_valid", target="app"), 1)
        self.assertEqual(value(page, "probe_health_info", version="1.2", format="draft"), 1)
        self.assertEqual(value(page, "probe_health_mismatch", target="app"), 0)
        self.faults.documents["app"] = ILL
        page = self.when(service, "probe_health_mismatch", 1, target="app")
        self.assertEqual(value(page, "probe_health_component_status", component="database",
                               status="fail"), 1)
        self.assertNotIn("database is locked", service.get("/metrics")[2].decode())

    def test_kept_connections(self):
        service = self.probes([
            {"name": "reuse", "url": self.faults.url("/echo/reuse"), "connection": "reuse",
             "interval": "2s", "timeout": "1900ms"},
            {"name": "fresh", "url": self.faults.url("/echo/fresh"), "interval": "2s",
             "timeout": "1900ms"}])
        page = self.when(service, "probe_http_new_connections", 0, target="reuse")
        self.assertEqual(value(page, "probe_success", target="reuse"), 1)
        self.assertEqual(value(page, "probe_http_new_connections", target="fresh"), 1)
        ports = {request.connection.fileno() for request in self.faults.asked("/echo/reuse")}
        self.assertEqual(len(ports), 1)

    def test_unix_socket(self):
        path = os.path.join(self.shared, "app.sock")
        service = self.probes([
            {"name": "http", "url": "http://shop/echo/unix", "unix_socket": path},
            {"name": "raw", "url": path, "module": "unix_connect"}])
        page = self.when(service, "probe_success", 1, target="http")
        self.assertEqual(value(page, "probe_http_status_code", target="http"), 200)
        self.assertEqual(self.faults.asked("/echo/unix")[0].headers["host"], "shop")
        self.when(service, "probe_success", 1, target="raw")

    def test_no_run_overlaps_the_one_before(self):
        service = self.probes([{"name": "hang", "url": self.faults.url("/hang"),
                                "interval": "200ms", "timeout": "3s"}])
        page = self.when(service, "probe_attempts_total", at_least(3), target="hang")
        self.assertLessEqual(value(page, "probe_timeout_seconds", target="hang"), 0.2)
        self.assertEqual(value(page, "litewatch_probe_targets"), 1)


class Reloads(ProbeTestCase):
    def targets(self, *more):
        return [{"name": "app", "url": self.faults.url("/ok"), "interval": "200ms"},
                {"name": "hang", "url": self.faults.url("/hang"), "interval": "5s",
                 "timeout": "4s"}, *more]

    def test_a_reload_with_probes_in_flight_keeps_what_was_counted(self):
        service = self.probes(self.targets())
        self.when(service, "probe_attempts_total", at_least(3), target="app")
        self.when(service, "litewatch_probes_in_flight", 1)
        before = value(service.metrics(), "probe_attempts_total", target="app")
        self.reload(service, self.targets({"name": "new", "url": self.faults.url("/status/500"),
                                           "interval": "200ms"}))
        page = self.when(service, "probe_success", 0, target="new")
        self.assertGreaterEqual(value(page, "probe_attempts_total", target="app"), before)
        self.assertEqual(value(page, "litewatch_probe_targets"), 3)
        # What was in flight goes on to its own end.
        page = self.when(service, "probe_attempts_total", at_least(1), target="hang")
        self.assertEqual(value(page, "probe_failure_reason", target="hang",
                               reason="response_timeout"), 1)
        # A target that is gone is gone from the page; one that leads elsewhere begins anew.
        moved = self.targets()
        moved[0]["url"] = self.faults.url("/empty")
        before = value(service.metrics(), "probe_attempts_total", target="app")
        self.reload(service, moved)
        wait_until(lambda: value(service.metrics(), "probe_success", target="new") is None)
        self.assertLess(value(service.metrics(), "probe_attempts_total", target="app"), before)

    def test_a_storm_of_reloads(self):
        slow = {"name": "slow", "url": self.faults.url("/slow/0.5"), "interval": "6s",
                "timeout": "5s"}
        service = self.probes(self.targets(slow))
        for number in range(20):
            extra = {"name": f"extra{number}", "url": self.faults.url(f"/echo/{number}"),
                     "interval": "100ms"}
            self.write_config(self.targets(slow, extra))
            service.process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        self.when(service, "probe_success", 1, target="extra19")
        self.when(service, "litewatch_probe_targets", 4)
        # What was in flight goes on to its own end, whatever is reloaded meanwhile.
        page = self.when(service, "probe_attempts_total", at_least(1), target="slow")
        self.assertEqual(value(page, "probe_success", target="slow"), 1)
        self.assertEqual(value(page, "probe_consecutive_failures", target="slow"), 0)
        self.assertEqual(value(page, "litewatch_config_last_reload_successful"), 1)

    def test_a_bad_reload_changes_nothing(self):
        config = self.targets()
        broken = {
            "an unknown key": (config + [{"url": self.faults.url("/ok"), "modul": "x"}], None,
                               "modul"),
            "a name twice": (config + config[:1], None, "app"),
            "no such module": (config + [{"url": self.faults.url("/ok"), "module": "x"}], None,
                               "module"),
            "a regular expression": (config, {"m": {"prober": "http", "http": {
                "fail_if_body_matches_regexp": ["("]}}}, "fail_if_body_matches_regexp"),
            "a line break in a header": (config, {"m": {"prober": "http", "http": {
                "headers": {"X-Evil": "a\r\nX-More: b"}}}}, "X-Evil"),
            "a missing file": (
                config + [{"name": "b", "url": self.faults.url("/basic"), "module": "m"}],
                {"m": {"prober": "http", "http": {"basic_auth": {
                    "username": "user", "password_file": self.path("nowhere")}}}}, "nowhere"),
        }
        service = self.probes(config, flags=["--web.enable-reload"])
        self.when(service, "probe_attempts_total", at_least(1), target="app")
        for name, (targets, modules, word) in broken.items():
            with self.subTest(name):
                self.write_config(targets, modules)
                status, _, body = service.get("/-/reload", method="POST")
                self.assertEqual(status, 500)
                self.assertIn(word, body.decode())
                page = service.metrics()
                self.assertEqual(value(page, "litewatch_config_last_reload_successful"), 0)
                self.assertEqual(value(page, "litewatch_probe_targets"), 2)
        before = value(service.metrics(), "probe_attempts_total", target="app")
        self.when(service, "probe_attempts_total", at_least(before + 2), target="app")

    def test_secrets_are_read_again(self):
        """A secret that is exchanged, as Kubernetes does it, needs no reload."""
        password = self.secret("rotating", "falsch")
        service = self.probes([{"name": "basic", "url": self.faults.url("/basic"),
                                "module": "basic", "interval": "200ms"}],
                              {"basic": {"prober": "http", "http": {"basic_auth": {
                                  "username": "user", "password_file": password}}}})
        self.when(service, "probe_failure_reason", 1, target="basic", reason="http_status")
        self.secret("rotating", "geheim\n")
        self.when(service, "probe_success", 1, seconds=15, target="basic")


class End(ProbeTestCase):
    def test_sigterm_with_probes_in_flight(self):
        hanging = [{"name": f"hang{number}", "interval": "20s", "timeout": "19s", "url": url}
                   for number, url in enumerate(
                       [self.faults.url("/hang"), self.faults.url("/slow-body"),
                        f"http://127.0.0.1:{self.faults.full_port}/",
                        f"https://127.0.0.1:{self.faults.port('silent')}/",
                        "http://silent.faults.test/"] * 4)]
        service = self.probes(hanging, dns_servers=[f"127.0.0.1:{self.names.port}"])
        wait_until(lambda: value(service.metrics(), "litewatch_probes_in_flight") >= 3, 20,
                   "probes in flight")
        waiting = socket.create_connection(("127.0.0.1", service.port))
        self.addCleanup(waiting.close)
        waiting.sendall(b"GET /probe?target=hang0 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.2)
        self.assertEqual(service.stop(seconds=8), 0)
        with socket.socket() as port:
            port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            port.bind(("127.0.0.1", service.port))


class People(ProbeTestCase):
    def test_status_page_shows_what_is_unwell(self):
        self.faults.documents["shop"] = ILL
        service = self.probes([
            {"name": "ill", "app": "shop", "url": self.faults.url("/document/shop")},
            {"name": "well", "app": "blog", "url": self.faults.url("/ok")},
            {"name": "refusing", "url": f"http://127.0.0.1:{self.faults.refusing_port}/"}])
        for name in ("ill", "well", "refusing"):
            wait_until(lambda: value(service.metrics(), "probe_attempts_total", target=name))
        page = service.get("/")[2].decode()
        for text in ("ill", "shop", "database", "well", "blog", "refusing", "refused"):
            self.assertIn(text, page)

    def test_hostile_documents_do_not_break_the_pages(self):
        evil = '<script>alert(1)</script>'
        self.faults.documents["evil"] = (
            200, '{"status": "fail", "version": "%s", "checks": {"%s": [{"status": "fail", '
                 '"output": "%s"}], "a\\nb": [{"status": "pass"}]}}' % (evil, evil, evil),
            "application/json")
        service = self.probes([{"name": "evil", "url": self.faults.url("/document/evil")}])
        self.when(service, "probe_success", 0, target="evil")
        self.assertNotIn(evil, service.get("/")[2].decode())
        service.metrics()

    def test_litetool_probe(self):
        self.faults.documents["cli"] = ILL
        well = litetool("probe", self.faults.url("/ok"))
        self.assertEqual(well.returncode, 0, well.stderr)
        self.assertIn("200", well.stdout)
        ill = litetool("probe", self.faults.url("/document/cli"))
        self.assertNotEqual(ill.returncode, 0)
        self.assertIn("database (database is locked)", ill.stdout)
        expired = litetool("probe", self.faults.url("/ok", "expired"))
        self.assertNotEqual(expired.returncode, 0)
        self.assertIn("expire", expired.stdout + expired.stderr)


if __name__ == "__main__":
    unittest.main()

"""`litetool probe` on an app that is well and on one that is not: what a person at 3 am is told."""
import json
import os
import unittest

from probing import ProbeTestCase
from support import litetool

DRAFT = """{"status": "fail", "version": "3", "checks": {
  "cache:utilization": [{"status": "pass", "observedValue": 85, "observedUnit": "percent"}],
  "database:responseTime": [{"status": "fail", "output": "database is locked"}]}}"""


class ProbeCommand(ProbeTestCase):
    def probe(self, *arguments):
        """(exit code, text, JSON objects), from two runs that must agree."""
        text = litetool("probe", *arguments)
        done = litetool("probe", "--json", *arguments)
        self.assertEqual(text.returncode, done.returncode, text.stdout + done.stdout)
        self.assertEqual(text.stderr, done.stderr)
        reports, rest = [], done.stdout
        while rest.strip():
            report, end = json.JSONDecoder().raw_decode(rest)
            reports.append(report)
            rest = rest[end:].lstrip()
            self.assert_agree(text.stdout, report)
        return text.returncode, text.stdout, reports

    def assert_agree(self, text, report):
        """What the JSON says is in the text, however it is wrapped."""
        words = " ".join(text.split())
        for key in ("target", "reason", "state", "detail", "next"):
            self.assertIn(" ".join(report.get(key, "").split()), words)

    def failure(self, *arguments):
        code, text, reports = self.probe(*arguments)
        self.assertEqual(code, 1, text)
        self.assertEqual([report["success"] for report in reports], [False])
        return text, reports[0]

    def test_an_app_that_is_well_exits_0(self):
        code, text, (report,) = self.probe(self.faults.url("/ok"))
        self.assertEqual(code, 0)
        self.assertTrue(report["success"])
        self.assertEqual(report["http"]["status_code"], 200)
        self.assertEqual(report["address"], "127.0.0.1")
        self.assertNotIn("reason", report)
        self.assertIn(": well\nHTTP 200 in ", text)

    def test_the_failing_component_comes_first(self):
        self.faults.documents["command"] = (503, DRAFT)
        text, report = self.failure(self.faults.url("/document/command"))
        self.assertEqual(report["reason"], "health_fail")
        self.assertEqual(report["health"]["status"], "fail")
        self.assertEqual([part["component"] for part in report["health"]["components"]],
                         ["database", "cache"])
        self.assertLess(text.index("database is locked"), text.index("utilization 85.0 %"))

    def test_a_document_that_contradicts_the_status(self):
        self.faults.documents["contradiction"] = (200, DRAFT)
        text, report = self.failure(self.faults.url("/document/contradiction"))
        self.assertTrue(report["health"]["mismatch"])
        self.assertIn("contradicts the HTTP status", text)

    def test_a_certificate_that_is_refused_is_shown(self):
        # Without its authority in a module it is not trusted, whatever else is wrong with it.
        text, report = self.failure(self.faults.url("/ok", "selfsigned", "localhost"))
        self.assertEqual(report["reason"], "tls_untrusted")
        self.assertFalse(report["tls"]["verified"])
        self.assertGreater(report["tls"]["not_after_unix_seconds"], 0)
        self.assertIn("verified     no: ", text)
        config = self.write_config([], {"ours": {"prober": "http", "http": {"tls_config": self.ca}}})
        text, report = self.failure("--config.file", config, "--module=ours",
                                    self.faults.url("/ok", "expired", "localhost"))
        self.assertEqual(report["reason"], "tls_expired")
        self.assertRegex(text, r"valid +expired .* ago")
        code, text, (report,) = self.probe("--config.file", config, "--module=ours",
                                           self.faults.url("/ok", "good", "localhost"))
        self.assertEqual(code, 0, text)
        self.assertTrue(report["tls"]["verified"])
        self.assertRegex(text, r"  tls +\d+\.\d ms")

    def test_nothing_listens(self):
        port = self.faults.refusing_port
        for target in (f"http://127.0.0.1:{port}/", f"tcp://127.0.0.1:{port}"):
            with self.subTest(target):
                text, report = self.failure(target)
                self.assertEqual(report["reason"], "connect_refused")
                self.assertIn("ss -ltnp", text)

    def test_the_timeout_is_kept(self):
        text, report = self.failure("--timeout=1.5s", self.faults.url("/hang"))
        self.assertEqual(report["reason"], "response_timeout")
        self.assertEqual(report["timeout_seconds"], 1.5)
        self.assertLess(report["duration_seconds"], 8)

    def test_tcp_and_unix_sockets(self):
        socket = os.path.join(self.faults.folder, "app.sock")
        for arguments in ((f"tcp://127.0.0.1:{self.faults.port('http')}",), (socket,),
                          ("--unix-socket", socket, "http://localhost/ok")):
            with self.subTest(arguments):
                code, text, (report,) = self.probe(*arguments)
                self.assertEqual(code, 0, text)
                self.assertTrue(report["success"])
        text, report = self.failure(socket + ".none")
        self.assertEqual(report["reason"], "connect_refused")

    def test_several_targets_exit_with_the_worst(self):
        code, text, reports = self.probe(self.faults.url("/ok"), self.faults.url("/status/500"))
        self.assertEqual(code, 1, text)
        self.assertEqual([report["success"] for report in reports], [True, False])

    def test_headers_are_sent_and_the_log_is_shown(self):
        code, text, _ = self.probe("--debug", "--header=X-Asked: yes", self.faults.url("/echo"))
        self.assertEqual(code, 0, text)
        self.assertIn("\nLog\n", text)
        self.assertEqual(self.faults.asked("/echo")[-1].headers["x-asked"], "yes")

    def test_wrong_usage_exits_2_and_says_why(self):
        for arguments, words in (((), "expected a URL"), (("ftp://a/",), "ftp://a/: "),
                                 (("http://a/", "--module=none"), 'no module "none"'),
                                 (("--app=none",), "pocketbase"),
                                 (("http://a/", "--config.file=/none.yml"), "/none.yml")):
            with self.subTest(arguments):
                done = litetool("probe", *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr.startswith("litetool probe: "), done.stderr)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()

"""Every reason why a probe fails, each by a real fault: one litewatch, one target per fault."""
import os
import unittest

from probing import ProbeTestCase, all_reasons
from support import value, wait_until

# Reasons that no fault outside litewatch produces.
UNREACHED = {
    "internal": "litewatch itself failed (no memory, no descriptors): the unit tests provoke it",
}

HEALTH = {
    "draft": '{"status": "fail", "checks": {"database:ping": [{"status": "fail"}]}}',
    "spring": '{"status": "DOWN", "components": {"db": {"status": "DOWN"}}}',
    "aspnet": '{"status": "Unhealthy", "entries": {"db": {"status": "Unhealthy"}}}',
    "terminus": '{"status": "error", "info": {}, "error": {"db": {"status": "down"}}, '
                '"details": {"db": {"status": "down"}}}',
    "microprofile": '{"status": "DOWN", "checks": [{"name": "db", "status": "DOWN"}]}',
    "grafana": '{"database": "failing", "version": "10.0.0", "commit": "abc"}',
    "kubernetes": "[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n",
    "flat": '{"status": "ok", "db": "down"}',
    "text": "Unhealthy",
}


class Faults(ProbeTestCase):
    """TARGETS: name to (reason, target's keys, module's http keys or a whole module)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.faults.documents.update(
            {name: (200, text, "text/plain" if name in ("kubernetes", "text") else
                    "application/json") for name, text in HEALTH.items()})
        cls.targets = {**cls.name_faults(), **cls.connection_faults(), **cls.tls_faults(),
                       **cls.answer_faults(), **cls.too_much(), **cls.redirects(),
                       **cls.documents(), **cls.verdicts(), **cls.dialogues(), **cls.policies()}

    @classmethod
    def at(cls, path, **listener):
        return {"url": cls.faults.url(path, **listener)}

    @classmethod
    def name_faults(cls):
        port = cls.faults.port()
        names = {"nxdomain": "dns_nxdomain", "nodata": "dns_nxdomain", "servfail": "dns_error",
                 "refused": "dns_error", "garbage": None, "silent": "dns_timeout"}
        return {f"dns-{how}": (reason or ("dns_error", "dns_timeout"),
                               {"url": f"http://{how}.faults.test:{port}/ok"}, {})
                for how, reason in names.items()}

    @classmethod
    def connection_faults(cls):
        def port(number):
            return {"url": f"http://127.0.0.1:{number}/"}
        return {
            "refused": ("connect_refused", port(cls.faults.refusing_port), {}),
            "no-socket": ("connect_refused", {"url": "http://app/ok", "unix_socket":
                                              os.path.join(cls.shared, "nobody.sock")}, {}),
            "full-backlog": ("connect_timeout", port(cls.faults.full_port), {}),
            # The broadcast address of loopback: the kernel has no route for TCP to it.
            "unreachable": ("connect_unreachable", {"url": "http://127.255.255.255:9/"}, {}),
            "reset-at-accept": ("connect_reset", cls.at("/", listener="reset-at-accept"), {}),
            "close-at-accept": ("connect_reset", cls.at("/", listener="close-at-accept"), {}),
            "reset-after-request": ("connect_reset", cls.at("/reset-after-request"), {}),
            "close-after-request": ("connect_reset", cls.at("/close-after-request"), {}),
            "reset-in-head": ("connect_reset", cls.at("/reset-in-head"), {}),
            "reset-in-body": ("connect_reset", cls.at("/reset-in-body"), {}),
            "close-in-body": ("connect_reset", cls.at("/close-in-body"), {}),
            "silent-accept": ("response_timeout", cls.at("/", listener="silent"), {}),
            "hang": ("response_timeout", cls.at("/hang"), {}),
            "half-head": ("response_timeout", cls.at("/half-head"), {}),
            "half-body": ("response_timeout", cls.at("/half-body"), {}),
            "slow-body": ("response_timeout", cls.at("/slow-body"), {}),
        }

    @classmethod
    def tls_faults(cls):
        trust = {"tls_config": cls.ca}

        def on(listener):
            return cls.at("/ok", listener=listener)
        nowhere = f"https://127.0.0.1:{cls.faults.port('silent')}/"
        return {
            "expired": ("tls_expired", on("expired"), trust),
            "not-yet-valid": ("tls_expired", on("future"), trust),
            "wrong-name": ("tls_hostname", on("wrong_name"), trust),
            "wrong-server-name": ("tls_hostname", on("good"),
                                  {"tls_config": {**cls.ca, "server_name": "nobody.example"}}),
            "untrusted": ("tls_untrusted", on("untrusted"), trust),
            "selfsigned": ("tls_untrusted", on("selfsigned"), trust),
            "machine-authorities": ("tls_untrusted", on("good"), {}),
            "tls-garbage": ("tls_handshake", on("no-tls"), trust),
            # The app waits for the end of what it takes for a request.
            "https-to-http": ("tls_timeout", {
                "url": f"https://127.0.0.1:{cls.faults.port()}/ok"}, trust),
            "old-tls": ("tls_handshake", on("tls12"),
                        {"tls_config": {**cls.ca, "min_version": "TLS13"}}),
            "tls-reset": (("tls_handshake", "connect_reset"), on("reset-in-handshake"), trust),
            "no-client-certificate": (("tls_handshake", "connect_reset"), on("mutual"), trust),
            "tls-silent": ("tls_timeout", {"url": nowhere}, trust),
            "is-tls": ("tls_policy", on("good"), {**trust, "fail_if_ssl": True}),
            "is-not-tls": ("tls_policy", cls.at("/ok"), {"fail_if_not_ssl": True}),
        }

    @classmethod
    def answer_faults(cls):
        return {
            "status-500": ("http_status", cls.at("/status/500"), {}),
            "status-404": ("http_status", cls.at("/nowhere"), {}),
            "status-200-unwanted": ("http_status", cls.at("/ok"), {"valid_status_codes": [401]}),
            "unauthorized": ("http_status", cls.at("/basic"), {}),
            "http10": ("http_version", cls.at("/http10"), {"valid_http_versions": ["HTTP/1.1"]}),
            "not-http2": ("http_version", cls.at("/ok"), {"valid_http_versions": ["HTTP/2.0"]}),
            "garbage": ("http_protocol", cls.at("/garbage"), {}),
            "wrong-encoding": ("http_protocol", cls.at("/wrong-encoding"),
                               {"compression": "gzip", "headers": {"Accept-Encoding": "gzip"}}),
        }

    @classmethod
    def too_much(cls):
        return {
            "over-the-limit": ("body_too_large", cls.at("/big/5000"), {"body_size_limit": "4KiB"}),
            "infinite": ("body_too_large", cls.at("/infinite"), {"body_size_limit": "1MiB"}),
            "infinite-head": ("http_protocol", cls.at("/infinite-head"), {}),
            "bomb": ("body_too_large", cls.at("/bomb"),
                     {"compression": "gzip", "headers": {"Accept-Encoding": "gzip"}}),
            "undecided": ("body_too_large", cls.at("/infinite"),
                          {"fail_if_body_not_matches_regexp": ["never there"]}),
        }

    @classmethod
    def redirects(cls):
        plain = cls.faults.url("/ok")
        elsewhere = cls.faults.url("/ok", host="localhost")
        return {
            "other-host": ("redirect_blocked", cls.at("/redirect-to?" + elsewhere), {}),
            "downgrade": ("redirect_blocked",
                          cls.at("/redirect-to?" + plain, listener="good"),
                          {"tls_config": cls.ca}),
            "other-scheme": ("redirect_blocked", cls.at("/redirect-to?file:///etc/passwd"), {}),
            "not-listed": ("redirect_blocked", cls.at("/redirect-to?" + elsewhere),
                           {"redirects": {"mode": "list", "hosts": ["*.example"]}}),
            "loop": ("redirect_limit", cls.at("/redirect-loop"), {}),
            "chain": ("redirect_limit", cls.at("/redirects/4"), {}),
            "not-followed": ("http_status", cls.at("/redirects/1"), {"follow_redirects": False}),
        }

    @classmethod
    def documents(cls):
        targets = {f"health-{name}": ("health_fail", {**cls.at(f"/document/{name}"),
                                                      "health": name}, {}) for name in HEALTH}
        targets["bad-json"] = ("json_invalid", {**cls.at("/bad-json"), "health": "draft"}, {})
        targets["bad-json-cel"] = ("json_invalid", cls.at("/bad-json"),
                                   {"fail_if_body_json_not_matches_cel": "body.status == 'ok'"})
        return targets

    @classmethod
    def verdicts(cls):
        return {
            "body-matches": ("body_mismatch", cls.at("/ok"),
                             {"fail_if_body_matches_regexp": ["all is (fine|well)"]}),
            "body-not-matches": ("body_mismatch", cls.at("/ok"),
                                 {"fail_if_body_not_matches_regexp": ["never there"]}),
            "cel": ("body_mismatch", cls.at("/json"),
                    {"fail_if_body_json_matches_cel": "body.queue.depth > 2"}),
            "cel-not": ("body_mismatch", cls.at("/json"),
                        {"fail_if_body_json_not_matches_cel": "body.state == 'stopped'"}),
            "header-matches": ("header_mismatch", cls.at("/ok"), {
                "fail_if_header_matches": [{"header": "X-Powered-By", "regexp": "^fault"}]}),
            "header-missing": ("header_mismatch", cls.at("/ok"), {
                "fail_if_header_not_matches": [{"header": "X-Not-There", "regexp": ".*"}]}),
            "no-token": ("auth_failed", cls.at("/bearer"), {"oauth2": {
                "client_id": "me", "token_url": cls.faults.url("/token-denied"),
                "client_secret_file": cls.secret("oauth", "geheim")}}),
            "proxy-refuses": ("auth_failed", {"url": "https://good.faults.test/"}, {
                "proxy_url": f"http://127.0.0.1:{cls.faults.port('proxy')}",
                "skip_resolve_phase_with_proxy": True}),
        }

    @classmethod
    def dialogues(cls):
        def tcp(**keys):
            return {"prober": "tcp", "tcp": keys}

        def on(listener):
            return {"url": f"127.0.0.1:{cls.faults.port(listener)}"}
        trust = {"tls": True, "tls_config": cls.ca}
        return {
            "tcp-refused": ("connect_refused",
                            {"url": f"127.0.0.1:{cls.faults.refusing_port}"}, tcp()),
            "tcp-full": ("connect_timeout", {"url": f"127.0.0.1:{cls.faults.full_port}"}, tcp()),
            "tcp-unexpected": ("expect_mismatch", on("wrong-greeting"),
                               tcp(query_response=[{"expect": "^220 "}])),
            # The right line might still come.
            "tcp-unexpected-yet": ("response_timeout", on("dialogue"),
                                   tcp(query_response=[{"expect": "^220 "}])),
            "tcp-silent": ("response_timeout", on("silent"),
                           tcp(query_response=[{"expect": "^220 "}])),
            "tcp-closed": ("connect_reset", on("close-at-accept"),
                           tcp(query_response=[{"expect": "^220 "}])),
            "tcp-tls-expired": ("tls_expired", on("expired"), tcp(**trust)),
            "tcp-tls-silent": ("tls_timeout", on("silent"), tcp(**trust)),
            "tcp-tls-garbage": ("tls_handshake", on("no-tls"), tcp(**trust)),
            "tcp-starttls-untrusted": ("tls_untrusted", on("starttls"), tcp(query_response=[
                {"expect": "^220"}, {"send": "EHLO me"}, {"expect": "^250 OK"},
                {"send": "STARTTLS"}, {"expect": "^220"}, {"starttls": True}])),
            "tcp-nxdomain": ("dns_nxdomain", {"url": "nxdomain.faults.test:80"}, tcp()),
        }

    @classmethod
    def policies(cls):
        return {
            "metadata": ("policy_denied", {"url": "http://169.254.169.254/latest/"}, {}),
            "link-local": ("policy_denied", {"url": "http://[fe80::1]:80/"}, {}),
            "mapped": ("policy_denied", {"url": "http://[::ffff:169.254.169.254]/"}, {}),
            "redirect-to-metadata": (("policy_denied", "redirect_blocked"), cls.at(
                "/redirect-to?http://169.254.169.254/"), {"redirects": {"mode": "any"}}),
        }

    def configuration(self):
        """What is to end by time comes as far as it is to come on a busy machine, too; and what is
        not to has enough of it."""
        targets, modules = [], {}
        for name, (reason, target, module) in self.targets.items():
            if "timeout" in str(reason):
                times = {"interval": "3s", "failing_interval": "3s", "timeout": "2500ms"}
            else:
                times = {"interval": "6s", "failing_interval": "1s", "timeout": "5s"}
            if module:
                modules[name] = module if "prober" in module else {"prober": "http",
                                                                   "http": module}
            targets.append({"name": name, **times, **target,
                            **({"module": name} if module else {})})
        return targets, modules

    def test_every_fault_gives_its_reason(self):
        targets, modules = self.configuration()
        service = self.probes(targets, modules, dns_servers=[f"127.0.0.1:{self.names.port}"])

        def page_after_two_probes():
            page = service.metrics()
            counts = [value(page, "probe_attempts_total", target=name) for name in self.targets]
            return page if all(count is not None and count >= 2 for count in counts) else None
        page = wait_until(page_after_two_probes, 30, "two probes of every target")
        seen = set()
        for name, (expected, *_) in self.targets.items():
            expected = (expected,) if isinstance(expected, str) else expected
            with self.subTest(name):
                actual = self.reasons(page, name)
                seen |= actual
                if len(actual) != 1 or not actual <= set(expected):
                    self.fail(f"{actual}, expected {expected}; {self.explain(service, name)}")
                self.assertEqual(value(page, "probe_success", target=name), 0)
                self.assert_counted(page, name, *actual)
        with self.subTest("no reason without a fault"):
            self.assertEqual(set(all_reasons()) - seen, set(UNREACHED))
        with self.subTest("the machine is as before"):
            self.assertLess(service.resident_bytes(), 200 << 20)

    def reasons(self, page, name):
        return {reason for reason in all_reasons()
                if value(page, "probe_failure_reason", target=name, reason=reason) == 1}

    def assert_counted(self, page, name, reason):
        attempts = value(page, "probe_attempts_total", target=name)
        failures = value(page, "probe_failures_total", target=name, reason=reason)
        self.assertGreaterEqual(attempts, 2)
        self.assertEqual(failures, attempts, f"{name}: failures of other reasons between")
        self.assertEqual(value(page, "probe_consecutive_failures", target=name), attempts)

    def explain(self, service, name):
        status, _, body = service.get(f"/probe?target={name}&debug=true")
        return f"debug ({status}): {body.decode()[:1500]}"

    def test_bounds_are_no_failures_of_their_own(self):
        """Without a check on it, a large body is cut, and that is all."""
        service = self.probes([{"name": "infinite", **self.at("/infinite")},
                               {"name": "small", **self.at("/ok")}])
        page = self.when(service, "probe_success", 1, target="infinite")
        self.assertEqual(value(page, "probe_http_body_truncated", target="infinite"), 1)
        self.assertLessEqual(value(page, "probe_http_uncompressed_body_length",
                                   target="infinite"), 256 << 10)
        page = self.when(service, "probe_success", 1, target="small")
        self.assertEqual(value(page, "probe_http_body_truncated", target="small"), 0)
        self.assertEqual(value(page, "probe_http_uncompressed_body_length", target="small"), 12)


class Http2(ProbeTestCase):
    def test_http2_is_spoken_where_it_is_offered_and_wanted(self):
        base = self.http2_server()
        trust = {"tls_config": self.ca}
        modules = {
            "any": {"prober": "http", "http": trust},
            "two": {"prober": "http", "http": {**trust, "valid_http_versions": ["HTTP/2.0"]}},
            "not-two": {"prober": "http", "http": {**trust, "enable_http2": False}},
        }
        service = self.probes([{"name": name, "module": name, "url": base + "/ok"}
                               for name in modules] +
                              [{"name": "missing", "module": "any", "url": base + "/missing"}],
                              modules)
        for name in ("any", "two"):
            page = self.when(service, "probe_success", 1, target=name)
            self.assertEqual(value(page, "probe_http_version", target=name), 2)
            self.assertEqual(value(page, "probe_http_status_code", target=name), 200)
            self.assertEqual(value(page, "probe_http_uncompressed_body_length", target=name), 12)
        page = self.when(service, "probe_failure_reason", 1, target="missing",
                         reason="http_status")
        self.assertEqual(value(page, "probe_http_version", target="missing"), 2)
        # nghttpd speaks nothing else; what matters is that HTTP/2 was not offered to it.
        page = self.when(service, "probe_success", 0, target="not-two")
        self.assertNotEqual(value(page, "probe_http_version", target="not-two"), 2)


if __name__ == "__main__":
    unittest.main()

"""litewatch beside Debian's blackbox_exporter 0.23: the same blackbox.yml, the same targets, and a
difference that must be empty but for what is written here, with its reason."""
import json
import os
import unittest

from blackbox import PROGRAM, Blackbox, probe, write_modules
from probing import ProbeTestCase
from support import litetool, skip

# Families that only litewatch has: always allowed.
BEYOND = {
    "probe_timeout_seconds": "blackbox_exporter has it since after 0.28",
    "probe_tls_cipher_info": "blackbox_exporter has it since 0.26",
    "probe_queue_seconds": "how long the probe waited for room",
    "probe_failure_reason": "why it failed, as a bounded label",
    "probe_ssl_verify_ok": "whether the certificate was accepted",
    "probe_ssl_verify_result": "and if not, why",
    "probe_http_body_truncated": "whether the body was cut at the limit",
    "probe_http_new_connections": "whether the connection was kept from before",
}

# Families that only blackbox_exporter has, by case.
ONLY_THEIRS = {
    ("https-insecure", "probe_ssl_last_chain_expiry_timestamp_seconds"):
        "their -62135596800: there is no verified chain, so ours is absent",
}

# Families that only litewatch has because of a defect of theirs, by case.
CERTIFICATE = ("probe_ssl_earliest_cert_expiry", "probe_ssl_last_chain_info")
ONLY_OURS = {(case, family): "their certificate series vanish when verification fails"
             for case in ("https-untrusted", "https-expired", "https-wrong-name",
                          "tcp-tls-untrusted")
             for family in CERTIFICATE}
ONLY_OURS["ip6-without-fallback", "probe_http_duration_seconds"] = \
    "phases that a name without an address kept the probe from: 0 here, absent there"

# Values that differ, by case: (series' name, phase).
PHASE = "probe_http_duration_seconds"
DIFFERENT = {
    ("too-big", "probe_http_uncompressed_body_length", None):
        "its Content-Length says enough: litewatch does not read it",
    ("garbage", PHASE, "transfer"): "the time until the answer turned out to be none",
    **{(case, PHASE, phase): "theirs says nothing of the phase in which the probe ended; ours adds "
                             "up to probe_duration_seconds in any case"
       for case, phases in (("refused", ("connect",)), ("no-connection", ("connect",)),
                            ("hang", ("processing",)), ("reset", ("processing",)),
                            ("https-untrusted", ("connect", "tls")),
                            ("https-expired", ("connect", "tls")),
                            ("https-wrong-name", ("connect", "tls")),
                            ("https-no-tls", ("connect", "tls")))
       for phase in phases},
}

# Labels that only litewatch has.
NEWER_LABELS = {"serialnumber": "blackbox_exporter has it since 0.26"}

TIMES = ("probe_duration_seconds", "probe_dns_lookup_time_seconds", "probe_http_duration_seconds",
         "probe_icmp_duration_seconds")


class SideBySide(ProbeTestCase):
    """`cases`: name to (target, module of blackbox.yml)."""

    def setUp(self):
        super().setUp()
        if not os.path.exists(PROGRAM):
            skip(self, "no blackbox_exporter under build/tools; tests/run.sh unpacks Debian's")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.password = cls.secret("password", "geheim")
        cls.cases = {**cls.plain_cases(), **cls.verdict_cases(), **cls.redirect_cases(),
                     **cls.failing_cases(), **cls.tls_cases(), **cls.tcp_cases()}

    @classmethod
    def http(cls, path, listener="http", **keys):
        return cls.faults.url(path, listener), {
            "prober": "http", "timeout": "2s", "http": {"preferred_ip_protocol": "ip4", **keys}}

    @classmethod
    def ip6(cls, path):
        """Over IPv6, where the machine has it."""
        listener = "http6" if "http6" in cls.faults.listeners else "http"
        return cls.http(path, listener, preferred_ip_protocol="ip6")

    @classmethod
    def plain_cases(cls):
        return {
            "ok": cls.http("/ok"),
            "empty": cls.http("/empty"),
            "big": cls.http("/big/100000"),
            "chunked": cls.http("/chunked"),
            "http10": cls.http("/http10"),
            "ip6-preferred": cls.http("/ok", preferred_ip_protocol="ip6"),
            "ip6": cls.ip6("/ok"),
            "ip6-without-fallback": cls.http("/ok", preferred_ip_protocol="ip6",
                                             ip_protocol_fallback=False),
            "name": (cls.faults.url("/ok", host="localhost"), cls.http("/ok")[1]),
            "host-field": cls.http("/ok", headers={"Host": "shop.example"}),
            "head": cls.http("/ok", method="HEAD"),
            "post": cls.http("/echo", method="POST", body="hello",
                             headers={"Content-Type": "text/plain"},
                             fail_if_body_not_matches_regexp=["^POST hello"]),
            "gzip": cls.http("/gzip", compression="gzip", headers={"Accept-Encoding": "gzip"}),
            "gzip-not-asked-for": cls.http("/gzip"),
            "basic": cls.http("/basic", basic_auth={"username": "user",
                                                    "password_file": cls.password}),
            "basic-wrong": cls.http("/basic", basic_auth={"username": "usr",
                                                          "password_file": cls.password}),
            "bearer": cls.http("/bearer", authorization={
                "credentials_file": cls.secret("bearer", "zauberwort")}),
        }

    @classmethod
    def verdict_cases(cls):
        powered = {"header": "X-Powered-By", "regexp": "fault"}
        other = {"header": "X-Other", "regexp": "fault"}
        return {
            "status-listed": cls.http("/status/418", valid_status_codes=[418, 200]),
            "version-listed": cls.http("/ok", valid_http_versions=["HTTP/1.1", "HTTP/2.0"]),
            "version-not-listed": cls.http("/ok", valid_http_versions=["HTTP/2.0"]),
            "body-matches-well": cls.http("/ok", fail_if_body_matches_regexp=["never"]),
            "body-matches-ill": cls.http("/ok", fail_if_body_matches_regexp=["never", "fine"]),
            "body-not-matches-well": cls.http("/ok", fail_if_body_not_matches_regexp=["all.*fine"]),
            "body-not-matches-ill": cls.http("/ok", fail_if_body_not_matches_regexp=["never"]),
            "header-matches-well": cls.http("/ok", fail_if_header_matches=[
                {"header": "X-Powered-By", "regexp": "never"}]),
            "header-matches-ill": cls.http("/ok", fail_if_header_matches=[powered]),
            "header-not-matches-well": cls.http("/ok", fail_if_header_not_matches=[powered]),
            "header-not-matches-ill": cls.http("/ok", fail_if_header_not_matches=[
                {"header": "X-Powered-By", "regexp": "never"}]),
            "header-missing": cls.http("/ok", fail_if_header_not_matches=[other]),
            "header-may-miss": cls.http("/ok", fail_if_header_not_matches=[
                {**other, "allow_missing": True}]),
            "no-tls-wanted": cls.http("/ok", fail_if_ssl=True),
            "tls-wanted": cls.http("/ok", fail_if_not_ssl=True),
            "small-enough": cls.http("/big/1000", body_size_limit="1KB"),
        }

    @classmethod
    def redirect_cases(cls):
        return {
            "redirects": cls.http("/redirects/3"),
            "redirect-not-followed": cls.http("/redirects/1", follow_redirects=False),
            "redirect-wanted": cls.http("/redirects/1", follow_redirects=False,
                                        valid_status_codes=[302]),
            "redirect-loop": cls.http("/redirect-loop"),
            "redirect-to-tls": cls.http("/redirect-to?" + cls.faults.url("/ok", "good"),
                                        tls_config=cls.ca),
            "redirect-to-404": cls.http("/redirect-to?/nowhere"),
        }

    @classmethod
    def failing_cases(cls):
        def raw(port):
            return f"http://127.0.0.1:{port}/", cls.http("/")[1]
        return {
            "status-404": cls.http("/nowhere"),
            "status-500": cls.http("/status/500"),
            "refused": raw(cls.faults.refusing_port),
            "no-connection": raw(cls.faults.full_port),
            "hang": cls.http("/hang"),
            "half-body": cls.http("/half-body"),
            "reset": cls.http("/reset-after-request"),
            "reset-in-body": cls.http("/reset-in-body"),
            "garbage": cls.http("/garbage"),
            "too-big": cls.http("/big/5000", body_size_limit="1KB"),
            "wrong-encoding": cls.http("/wrong-encoding", compression="gzip",
                                       headers={"Accept-Encoding": "gzip"}),
        }

    @classmethod
    def tls_cases(cls):
        trust = {"tls_config": cls.ca}
        insecure = {"tls_config": {"insecure_skip_verify": True}}
        return {
            "https": cls.http("/ok", "good", **trust),
            "https-chain": cls.http("/ok", "chained", **trust),
            "https-1.2": cls.http("/ok", "tls12", **trust),
            "https-404": cls.http("/nowhere", "good", **trust),
            "https-redirects": cls.http("/redirects/2", "good", **trust),
            "https-not-wanted": cls.http("/ok", "good", fail_if_ssl=True, **trust),
            "https-insecure": cls.http("/ok", "good", **insecure),
            "https-untrusted": cls.http("/ok", "good"),
            "https-expired": cls.http("/ok", "expired", **trust),
            "https-wrong-name": cls.http("/ok", "wrong_name", **trust),
            "https-server-name": cls.http("/ok", "wrong_name", tls_config={
                **cls.ca, "server_name": "other.example"}),
            "https-no-tls": cls.http("/ok", "no-tls", **trust),
            "https-client": cls.http("/ok", "mutual", tls_config={
                **cls.ca, "cert_file": cls.faults.certificates.crt("client"),
                "key_file": cls.faults.certificates.key("client")}),
        }

    @classmethod
    def tcp(cls, listener, **keys):
        port = listener if isinstance(listener, int) else cls.faults.port(listener)
        return f"127.0.0.1:{port}", {"prober": "tcp", "timeout": "1s", "tcp": {
            "preferred_ip_protocol": "ip4", **keys}}

    @classmethod
    def tcp_cases(cls):
        trust = {"tls": True, "tls_config": cls.ca}
        return {
            "tcp": cls.tcp("dialogue"),
            "tcp-refused": cls.tcp(cls.faults.refusing_port),
            "tcp-no-connection": cls.tcp(cls.faults.full_port),
            "tcp-expected": cls.tcp("dialogue", query_response=[
                {"expect": "^SSH-2.0-(\\w+)", "send": "hello ${1}"},
                {"expect": "you said hello faults"}]),
            "tcp-unexpected": cls.tcp("dialogue", query_response=[{"expect": "^220"}]),
            "tcp-closed": cls.tcp("close-at-accept", query_response=[{"expect": "^220"}]),
            "tcp-tls": cls.tcp("good", **trust),
            "tcp-tls-untrusted": cls.tcp("good", tls=True),
            "tcp-starttls": cls.tcp("starttls", tls_config=cls.ca, query_response=[
                {"expect": "^220"}, {"send": "EHLO me"}, {"expect": "^250 OK"},
                {"send": "STARTTLS"}, {"expect": "^220"}, {"starttls": True},
                {"expect": "^250 secured"}]),
        }

    def both(self):
        """The two programs, both made from one blackbox.yml."""
        http2 = self.http2_server()
        for name, path in (("http2", "/ok"), ("http2-404", "/nowhere")):
            self.cases[name] = http2 + path, self.http("/", tls_config=self.ca)[1]
        modules = {name: module for name, (_, module) in self.cases.items()}
        blackbox_yml = write_modules(self.path("blackbox.yml"), modules)
        theirs = Blackbox(blackbox_yml)
        self.addCleanup(theirs.close)
        done = litetool("import", blackbox_yml)
        self.assertEqual(done.returncode, 0, done.stderr)
        targets = [{"name": name, "url": url, "module": name, "interval": "none"}
                   for name, (url, _) in self.cases.items()]
        path = self.path("litewatch.yml")
        with open(path, "w") as file:
            file.write(done.stdout + "\ntargets: " + json.dumps(targets) + "\n")
        return self.litewatch(f"--config.file={path}"), theirs

    def test_same_series_with_the_same_values(self):
        ours, theirs = self.both()
        used = set()
        for name, (target, _) in self.cases.items():
            with self.subTest(name):
                our_types, our_series = probe(ours.get, {"target": name})
                their_types, their_series = probe(theirs.get, {"target": target, "module": name})
                difference = self.compare(name, our_series, their_series, used)
                difference += [f"{family} is of type {our_types[family]}, not {kind}"
                               for family, kind in their_types.items()
                               if our_types.get(family, kind) != kind]
                self.assertEqual(difference, [], "\n" + "\n".join(difference))
        with self.subTest("no exception is written in vain"):
            self.assertEqual((set(ONLY_THEIRS) | set(ONLY_OURS) | set(DIFFERENT)) - used, set())

    def test_same_refusals(self):
        ours, theirs = self.both()
        for name, arguments in (("no target", "module=ok"), ("no such module", "target=x&module=x"),
                                ("two Host fields", "target=host-field&module=host-field"
                                                    "&hostname=other.example")):
            with self.subTest(name):
                self.assertEqual((ours.get("/probe?" + arguments)[0],
                                  theirs.get("/probe?" + arguments)[0]), (400, 400))

    def compare(self, case, ours, theirs, used):
        """What differs and is not listed above."""
        ours = {(name, frozenset(pair for pair in labels if pair[0] not in NEWER_LABELS)): number
                for (name, labels), number in ours.items()}
        difference = []

        def allowed(exceptions, *what):
            used.add((case, *what))
            return (case, *what) in exceptions
        for name, labels in theirs.keys() - ours.keys():
            if not allowed(ONLY_THEIRS, name):
                difference.append(f"only theirs: {name} {dict(labels)} "
                                  f"{theirs[name, labels]}")
        for name, labels in ours.keys() - theirs.keys():
            if name not in BEYOND and not allowed(ONLY_OURS, name):
                difference.append(f"only ours: {name} {dict(labels)} {ours[name, labels]}")
        for key in ours.keys() & theirs.keys():
            differ = not self.alike(key[0], ours[key], theirs[key])
            if differ and not allowed(DIFFERENT, key[0], dict(key[1]).get("phase")):
                difference.append(f"{key[0]} {dict(key[1])}: {ours[key]}, theirs {theirs[key]}")
        return sorted(difference)

    def alike(self, name, ours, theirs):
        if name in TIMES:
            return (ours > 0) == (theirs > 0)
        return ours == theirs


if __name__ == "__main__":
    unittest.main()

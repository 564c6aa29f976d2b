"""The real Prometheus of Debian 12 scrapes the real litewatch: both formats, TLS and passwords."""
import base64
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import ssl
import time
import unittest

from prometheus import Prometheus, job
from support import TOOLS, LoopbackServer, TestCase, https_get, litetool, make_certificate
from support import parse_page, promtool_check, skip, wait_until

PASSWORD = "geheim"
PASSWORD_HASH = "$2b$04$litewatchlitewatchliteH2x7LMsBIEyabjuXszCPvDpcUKL8Z.a"

# They change from scrape to scrape although nobody uses the database.
RESTLESS = re.compile(r"sqlite_(last_read_timestamp_seconds|filesystem_(avail_bytes|files_free)|"
                      r"scrape_duration_seconds_\w+|lock_(held_)?samples_total)")


def read_labels(series):
    """Name and labels of `name{labels}` as Prometheus' API shows them."""
    name, _, rest = series.partition("{")
    pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', rest)
    unescape = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
    return frozenset([("__name__", name)] + [
        (label, re.sub(r"\\.", lambda found: unescape[found.group()], text))
        for label, text in pairs])


class Proxy(LoopbackServer):
    """Stands between Prometheus and litewatch, and notes what they say to each other."""

    def __init__(self, target_port, accept=None):
        self.exchanges = []
        exchanges = self.exchanges

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                headers = dict(self.headers)
                if accept:
                    headers["Accept"] = accept
                upstream = http.client.HTTPConnection("127.0.0.1", target_port, timeout=10)
                upstream.request("GET", self.path, headers=headers)
                answer = upstream.getresponse()
                body = answer.read()
                upstream.close()
                exchanges.append((headers, dict(answer.headers)))
                self.send_response(answer.status)
                for name in ("Content-Type", "Content-Encoding", "Content-Length"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(Handler)


class RealPrometheus(TestCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(os.path.join(TOOLS, "prometheus")):
            skip(self, "no Prometheus under build/tools; tests/run.sh unpacks Debian's")

    def prometheus(self, *jobs):
        """Its scrapes may last 3 s, so that all succeed on a busy machine, too."""
        prometheus = Prometheus(self.folder, jobs, scrape="3s")
        self.addCleanup(prometheus.close)
        return prometheus

    def proxy(self, port, accept=None):
        proxy = Proxy(port, accept)
        self.addCleanup(proxy.close)
        return proxy

    def hostile_config(self):
        """Databases whose paths and names hold whatever a path or a name may hold."""
        os.mkdir(self.path("hostile"))
        for name in (b"new\nline.db", b'quo"te.db', b"back\\slash.db", b"invalid-\xff\xc3(.db",
                     "emoji-\U0001f691.db".encode(), b"brace}{=,#.db"):
            shutil.copy(self.path("app.db"), os.path.join(os.fsencode(self.path("hostile")), name))
        config = {"databases": [
            {"path": "app.db", "app": 'a "quoted" \\ app', "name": "\U0001f691 ünïcode"},
            {"path": "missing.db", "name": "# HELP missing\u2028", "objectives": {"wal": "1MiB"}},
            "hostile/*.db"]}
        with open(self.path("litewatch.yml"), "w") as file:
            json.dump(config, file, ensure_ascii=False)
        return f"--config.file={self.path('litewatch.yml')}"

    def test_both_formats_arrive_whole(self):
        app = self.app("app.db")
        service = self.litewatch(self.hostile_config())
        openmetrics = self.proxy(service.port)
        text = self.proxy(service.port, "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
        prometheus = self.prometheus(job("text", text.port), job("openmetrics", openmetrics.port))
        for name in ("text", "openmetrics"):
            wait_until(lambda: prometheus.scalar(f'up{{job="{name}"}}') == 1, 20, f"scrape: {name}")
        end = time.monotonic() + 4
        while time.monotonic() < end:
            app.execute("INSERT INTO t VALUES(1)")
            time.sleep(0.02)
        for name, proxy, kind in (
                ("text", text, "text/plain; version=0.0.4"),
                ("openmetrics", openmetrics, "application/openmetrics-text; version=1.0.0")):
            with self.subTest(name):
                self.assert_same_values(prometheus, name, service)
                self.assert_same_types(prometheus, name)
                self.assert_rate(prometheus, name)
                asked, answered = proxy.exchanges[-1]
                self.assertIn("gzip", asked["Accept-Encoding"])
                self.assertEqual(answered["Content-Encoding"], "gzip")
                self.assertTrue(answered["Content-Type"].startswith(kind), answered)
                self.assertIn("Accept-Encoding", answered["Vary"])
                self.assertEqual(prometheus.target(name)["lastError"], "")
                self.assertEqual(prometheus.scalar(f'min_over_time(up{{job="{name}"}}[1m])'), 1)
        self.assertEqual(prometheus.log_text(), "")

    def assert_same_values(self, prometheus, name, service):
        """Every series of the page is in Prometheus, with its value; and no other."""
        def stored():
            series = prometheus.query(f'{{__name__=~"sqlite_.+",job="{name}"}}')
            return {key: number for key, number in series.items()
                    if not RESTLESS.fullmatch(dict(key)["__name__"])}

        ours = {read_labels(series): number for series, number in service.metrics().items()
                if series.startswith("sqlite_")}
        ours = {key: number for key, number in ours.items()
                if not RESTLESS.fullmatch(dict(key)["__name__"])}
        self.assertGreater(len(ours), 300)
        try:
            wait_until(lambda: stored() == ours, 15, "equal values")
        except AssertionError:
            theirs = stored()
            differing = [(dict(key), ours.get(key), theirs.get(key))
                         for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
            self.fail(f"{len(differing)} differ (labels, ours, theirs): {differing[:5]}")
        for kept in ("scrape_samples_post_metric_relabeling", "scrape_samples_scraped"):
            ours = f'{{__name__=~"(sqlite|machine|litewatch|process)_.+",job="{name}"}}'
            self.assertEqual(prometheus.scalar(f'{kept}{{job="{name}"}}'),
                             prometheus.scalar(f"count({ours})"))

    def assert_same_types(self, prometheus, name):
        catalogue = {}
        for row in json.loads(litetool("docs", "--format=json").stdout)["metrics"]:
            family, kind = row["name"], row["type"]
            if name == "openmetrics":
                family = family.removesuffix("_total").removesuffix("_info")
            elif kind == "info":
                kind = "gauge"
            catalogue[family] = (kind, row["help"])
        rows = prometheus.api("targets/metadata", match_target=f'{{job="{name}"}}')
        self.assertGreater(len(rows), 60)
        for row in rows:
            self.assertEqual((row["type"], row["help"]), catalogue[row["metric"]], row["metric"])

    def assert_rate(self, prometheus, name):
        for counter in ("sqlite_write_transactions_total", "sqlite_wal_frames_written_total",
                        "litewatch_http_connections_accepted_total"):
            self.assertGreater(prometheus.scalar(f'max(rate({counter}{{job="{name}"}}[30s]))'), 0,
                               counter)

    def test_promtool_finds_nothing_wrong_with_any_page(self):
        self.app("app.db")
        situations = {
            "nothing there": self.path("nowhere.db"),
            "nothing matches": self.path("*.nothing"),
            "hostile names": self.hostile_config(),
            "a pattern with hostile matches": self.path("hostile/*.db"),
        }
        for name, argument in situations.items():
            with self.subTest(name):
                service = self.litewatch(argument)
                page = service.get("/metrics")[2]
                self.assertEqual(promtool_check(page), "")
                page.decode()
                self.assertGreater(len(parse_page(page.decode())), 20)
                service.stop()

    def secure_litewatch(self, name, **web_config):
        path = self.path(name + ".yml")
        with open(path, "w") as file:
            json.dump(web_config, file)
        return self.litewatch(f"--web.config.file={path}", self.path("app.db"), wait_ready=False)

    def test_tls_and_passwords(self):
        self.app("app.db")
        for name, authority in (("ca", None), ("server", "ca"), ("client", "ca"),
                                ("stranger", None)):
            make_certificate(self.folder, name, authority)
        tls = {"cert_file": "server.crt", "key_file": "server.key"}
        locked = self.secure_litewatch("locked", tls_server_config=tls,
                                       basic_auth_users={"prometheus": PASSWORD_HASH})
        mutual = self.secure_litewatch("mutual", tls_server_config={
            **tls, "client_ca_file": "ca.crt", "client_auth_type": "RequireAndVerifyClientCert"})
        trust = {"ca_file": self.path("ca.crt")}

        def certificate(name):
            return {"cert_file": self.path(name + ".crt"), "key_file": self.path(name + ".key")}

        def account(password):
            return {"username": "prometheus", "password": password}

        prometheus = self.prometheus(*(
            job(name, service.port, scheme="https", tls_config={**trust, **client}, **more)
            for name, service, client, more in (
                ("right", locked, {}, {"basic_auth": account(PASSWORD)}),
                ("wrong", locked, {}, {"basic_auth": account("Geheim")}),
                ("nobody", locked, {}, {}),
                ("client", mutual, certificate("client"), {}),
                ("stranger", mutual, certificate("stranger"), {}),
                ("no certificate", mutual, {}, {}))))
        wait_until(lambda: len(prometheus.query("up")) and all(
            prometheus.scalar(f'up{{job="{name}"}}') is not None
            for name in ("right", "wrong", "nobody", "client", "stranger", "no certificate")), 20,
            "first scrapes")
        for name in ("right", "client"):
            wait_until(lambda: prometheus.scalar(f'up{{job="{name}"}}') == 1, 10, f"scrape: {name}")
            self.assertEqual(prometheus.scalar(f'sqlite_up{{job="{name}"}}'), 1)
        # With TLS 1.3 the client may write before it hears that its certificate is refused.
        for name, error in (("wrong", "401"), ("nobody", "401"),
                            ("stranger", "tls: |connection reset"),
                            ("no certificate", "tls: |connection reset")):
            with self.subTest(name):
                self.assertEqual(prometheus.scalar(f'max_over_time(up{{job="{name}"}}[1m])'), 0)
                self.assertRegex(prometheus.target(name)["lastError"], error)
                self.assertEqual(prometheus.query(f'sqlite_up{{job="{name}"}}'), {})
        self.assert_certificate_swap(locked, prometheus)

    def assert_certificate_swap(self, service, prometheus):
        context = ssl.create_default_context(cafile=self.path("ca.crt"))
        status, headers, body = https_get(service.port, context, "/metrics")
        self.assertEqual((status, headers["WWW-Authenticate"].split()[0]), (401, "Basic"))
        self.assertNotIn(b"sqlite", body)
        token = base64.b64encode(f"prometheus:{PASSWORD}".encode()).decode()
        page = https_get(service.port, context, "/metrics",
                         headers={"Authorization": f"Basic {token}"})
        self.assertEqual(page[0], 200)

        before = ssl.get_server_certificate(("127.0.0.1", service.port))
        make_certificate(self.folder, "server", "ca")
        self.assertEqual(ssl.get_server_certificate(("127.0.0.1", service.port)), before)
        service.process.send_signal(signal.SIGHUP)
        after = wait_until(lambda: (lambda now: now if now != before else None)(
            ssl.get_server_certificate(("127.0.0.1", service.port))), 10, "new certificate")
        with open(self.path("server.crt")) as file:
            self.assertEqual(after.strip(), file.read().strip())
        # A broken one changes nothing.
        with open(self.path("server.crt"), "w") as file:
            file.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "reload failed" in service.log_text(), 10, "word of the failure")
        self.assertEqual(ssl.get_server_certificate(("127.0.0.1", service.port)), after)
        last = prometheus.target("right")["lastScrape"]
        wait_until(lambda: prometheus.target("right")["lastScrape"] != last, 10, "next scrape")
        self.assertEqual(prometheus.target("right")["lastError"], "")
        self.assertEqual(prometheus.scalar('min_over_time(up{job="right"}[1m])'), 1)


if __name__ == "__main__":
    unittest.main()

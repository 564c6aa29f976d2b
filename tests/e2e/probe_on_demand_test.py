"""/probe: live and cached results, what it refuses, its cap, and clients that leave."""
import socket
import threading
import time
import unittest

from probing import ProbeTestCase, on_demand, probe_path
from support import value, wait_until

NEVER = {"interval": "none", "timeout": "5s"}


class OnDemand(ProbeTestCase):
    def test_live_and_cached(self):
        service = self.probes([{"name": "shop", "url": self.faults.url("/echo/live"), **NEVER}])
        self.assertEqual(service.get(probe_path("shop", cached="true"))[0], 404)
        live = on_demand(service, "shop")
        cached = on_demand(service, "shop", cached="true")
        self.assertEqual(len(self.faults.asked("/echo/live")), 1)
        for page in (live, cached):
            self.assertEqual(page["probe_success"], 1)
            self.assertEqual(page["probe_http_status_code"], 200)
            self.assertFalse([series for series in page
                              if any(f"{label}=" in series for label in
                                     ("app", "target", "module"))], "labels of their own")
        self.assertEqual(live, cached)
        page = service.metrics()
        self.assertEqual(value(page, "probe_attempts_total", target="shop"), 1)
        self.assertIsNone(value(page, "probe_interval_seconds", target="shop"))
        self.assertEqual(value(page, "probe_duration_seconds", target="shop"),
                         live["probe_duration_seconds"])

    def test_a_failed_probe_is_an_answer(self):
        service = self.probes([{"name": "down", "url": self.faults.url("/status/500"), **NEVER}])
        page = on_demand(service, "down")
        self.assertEqual((page["probe_success"], page["probe_http_status_code"]), (0, 500))
        self.assertEqual(page['probe_failure_reason{reason="http_status"}'], 1)

    def test_another_module(self):
        service = self.probes([{"name": "shop", "url": self.faults.url("/status/500"), **NEVER}],
                              {"any": {"prober": "http", "http": {"valid_status_codes": [500]}}})
        self.assertEqual(on_demand(service, "shop")["probe_success"], 0)
        self.assertEqual(on_demand(service, "shop", module="any")["probe_success"], 1)
        self.assertEqual(service.get(probe_path("shop", module="nosuch"))[0], 400)

    def test_hostname_goes_into_host_field_and_sni(self):
        service = self.probes([{"name": "shop", "url": self.faults.url("/echo/name"), **NEVER}])
        on_demand(service, "shop", hostname="shop.example")
        self.assertEqual(self.faults.asked("/echo/name")[-1].headers["host"], "shop.example")
        self.assertEqual(service.get(probe_path("shop", hostname="a\r\nX: y"))[0], 400)

    def test_debug_shows_what_happened_but_no_secret(self):
        secrets = {"basic_auth": {"username": "user",
                                  "password_file": self.secret("password", "geheim")},
                   "http_headers": {"X-Api-Key": {"files": [self.secret("key", "zauberwort")]}},
                   "headers": {"X-Token": "abrakadabra"}}
        service = self.probes([{"name": "shop", "module": "secret", **NEVER,
                                "url": self.faults.url("/echo/debug?token=simsalabim")}],
                              {"secret": {"prober": "http", "http": secrets}})
        status, headers, body = service.get(probe_path("shop", debug="true"))
        text = body.decode()
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))
        for expected in ("probe_success 1", "prober: http", "127.0.0.1"):
            self.assertIn(expected, text)
        sent = self.faults.asked("/echo/debug")[-1].headers
        self.assertEqual((sent["x-api-key"], sent["x-token"]), ("zauberwort", "abrakadabra"))
        for secret in ("geheim", "zauberwort", "abrakadabra", "simsalabim", sent["authorization"]):
            self.assertNotIn(secret, text)
        for path in ("/", "/config", "/metrics"):
            page = service.get(path)[2].decode()
            for secret in ("geheim", "zauberwort", "simsalabim"):
                self.assertNotIn(secret, page, path)
        self.assertNotIn("geheim", service.log_text())

    def test_scrape_timeout_bounds_the_probe(self):
        service = self.probes([{"name": "hang", "url": self.faults.url("/hang"), **NEVER,
                                "timeout": "20s"}])
        began = time.monotonic()
        page = on_demand(service, "hang",
                         headers={"X-Prometheus-Scrape-Timeout-Seconds": "1.5"})
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(page["probe_timeout_seconds"], 1)
        self.assertEqual(page['probe_failure_reason{reason="response_timeout"}'], 1)
        self.assertIn(service.get(probe_path("hang"), headers={
            "X-Prometheus-Scrape-Timeout-Seconds": "soon"})[0], (400, 500))

    def test_what_is_no_target(self):
        service = self.probes([{"name": "shop", "url": self.faults.url("/ok"), **NEVER}])
        for path in ("/probe", "/probe?target=", probe_path("nosuch"),
                     probe_path(self.faults.url("/echo/raw")), probe_path("shop", module="x")):
            with self.subTest(path):
                status, _, body = service.get(path)
                self.assertEqual(status, 400)
                self.assertTrue(body.strip())
        self.assertEqual(self.faults.asked("/echo/raw"), [])
        self.assertGreaterEqual(
            value(service.metrics(), "litewatch_probe_rejected_total", reason="policy"), 1)

    def test_allowed_raw_targets(self):
        port = self.faults.port()
        modules = {
            "anywhere": {"prober": "http", "http": {"redirects": {"mode": "any"}}},
            "secret": {"prober": "http", "http": {"basic_auth": {
                "username": "user", "password_file": self.secret("password", "geheim")}}},
        }
        service = self.probes([], modules, raw_targets={
            "schemes": ["http"], "hosts": ["127.0.0.*", "*.internal"], "ports": [port],
            "networks": ["127.0.0.0/24"]})
        self.assertEqual(on_demand(service, self.faults.url("/ok"))["probe_success"], 1)
        refused = {
            "host": self.faults.url("/echo/no", host="localhost"),
            "scheme": f"https://127.0.0.1:{port}/echo/no",
            "port": self.faults.url("/echo/no", "silent"),
            "metadata": "http://169.254.169.254/latest/meta-data",
            "user information": f"http://user:geheim@127.0.0.1:{port}/echo/no",
            "file": "file:///etc/passwd",
            "another form of a refused address": f"http://2852039166:{port}/echo/no",
            "and another": f"http://0x7f.2.3.4:{port}/echo/no",
            "line break": f"http://127.0.0.1:{port}/echo/no\r\nX: y",
        }
        for name, url in refused.items():
            with self.subTest(name):
                self.assertEqual(service.get(probe_path(url))[0], 400)
        with self.subTest("an address outside of the networks"):
            page = on_demand(service, f"http://127.0.0.300.internal:{port}/echo/no")
            self.assertEqual(page["probe_success"], 0)
        with self.subTest("a redirect out of the list"):
            there = self.faults.url("/echo/no", host="localhost")
            page = on_demand(service, self.faults.url("/redirect-to?" + there), module="anywhere")
            self.assertEqual(page["probe_success"], 0)
            self.assertTrue([1 for reason in ("policy_denied", "redirect_blocked")
                             if page.get(f'probe_failure_reason{{reason="{reason}"}}')], page)
        with self.subTest("credentials are for configured targets"):
            self.assertEqual(service.get(probe_path(self.faults.url("/echo/no"),
                                                    module="secret"))[0], 400)
        self.assertEqual(self.faults.asked("/echo/no"), [])

    def test_the_address_connected_to_counts(self):
        """A name that leads out of the networks is refused, whatever it is called."""
        port = self.faults.port()
        service = self.probes([], raw_targets={
            "schemes": ["http"], "hosts": ["*.faults.test"], "ports": [port],
            "networks": ["10.0.0.0/8"]}, dns_servers=[f"127.0.0.1:{self.names.port}"])
        page = on_demand(service, f"http://good.faults.test:{port}/echo/rebound")
        self.assertEqual(page['probe_failure_reason{reason="policy_denied"}'], 1)
        self.assertEqual(self.faults.asked("/echo/rebound"), [])

    def test_beyond_the_cap_and_never_in_the_way_of_a_scrape(self):
        service = self.probes([{"name": "hang", "url": self.faults.url("/hang"), **NEVER,
                                "timeout": "8s"}], max_on_demand=20)
        statuses = []

        def ask():
            statuses.append(service.get(probe_path("hang"), timeout=20)[0])
        clients = [threading.Thread(target=ask) for _ in range(30)]
        for client in clients:
            client.start()
        wait_until(lambda: statuses.count(503) == 10, 7, "refusals")
        began = time.monotonic()
        page = service.metrics()
        self.assertLess(time.monotonic() - began, 5)
        self.assertGreaterEqual(value(page, "litewatch_probe_rejected_total", reason="busy"), 10)
        self.assertEqual(service.get("/-/healthy")[0], 200)
        for client in clients:
            client.join()
        self.assertEqual(statuses.count(200), 20)
        self.assertEqual(len(statuses), 30)
        self.assertEqual(service.get(probe_path("hang", cached="true"))[0], 200)

    def test_clients_that_leave(self):
        service = self.probes([{"name": "hang", "url": self.faults.url("/hang"), **NEVER,
                                "timeout": "2s"}], max_on_demand=16)
        for _ in range(16):
            with socket.create_connection(("127.0.0.1", service.port)) as client:
                client.sendall(b"GET /probe?target=hang HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: service.get(probe_path("hang"), timeout=10)[0] == 200, 10,
                   "the room of probes that nobody waits for any more")


if __name__ == "__main__":
    unittest.main()

"""The service as a whole: what it shows of a live app, reload, signals, endpoints."""
import os
import signal
import unittest

from support import App, TestCase, value, wait_until


class Service(TestCase):
    def test_values_of_a_live_app_arrive_on_the_page(self):
        app = self.app()
        service = self.litewatch(app.path)
        before = service.metrics()
        self.assertEqual(value(before, "sqlite_up", db="app"), 1)
        self.assertEqual(value(before, "sqlite_database_open", db="app"), 1)
        for number in range(10):
            app.execute(f"INSERT INTO t VALUES({number})")
        after = service.metrics()
        self.assertEqual(value(after, "sqlite_write_transactions_total", db="app") -
                         value(before, "sqlite_write_transactions_total", db="app"), 10)
        self.assertEqual(value(after, "sqlite_database_pages", db="app"),
                         float(app.execute("PRAGMA page_count")))

    def test_broken_reload_keeps_the_old_configuration_and_says_so(self):
        app = self.app()
        config = self.path("litewatch.yml")
        with open(config, "w") as file:
            file.write(f"databases:\n  - path: {app.path}\n    name: one\n")
        service = self.litewatch(f"--config.file={config}", "--web.enable-reload")
        self.assertEqual(value(service.metrics(), "litewatch_config_last_reload_successful"), 1)

        with open(config, "w") as file:
            file.write("databases:\n  - pfad: /x\n")
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: value(service.metrics(), "litewatch_config_last_reload_successful") == 0)
        self.assertEqual(value(service.metrics(), "sqlite_up", db="one"), 1)
        self.assertIn("litewatch.yml:2", service.log_text())
        status, _, body = service.get("/-/reload", method="POST")
        self.assertEqual(status, 500)
        self.assertIn(b"pfad", body)

        with open(config, "w") as file:
            file.write(f"databases:\n  - path: {app.path}\n    name: two\n")
        self.assertEqual(service.get("/-/reload", method="POST")[0], 200)
        page = wait_until(lambda: (lambda p: p if value(p, "sqlite_up", db="two") == 1 else None)(
            service.metrics()), what="database under its new name")
        self.assertIsNone(value(page, "sqlite_up", db="one"))
        self.assertEqual(value(page, "litewatch_config_last_reload_successful"), 1)

    def test_sigterm_ends_it_soon(self):
        app = self.app()
        service = self.litewatch(app.path)
        self.assertEqual(service.stop(seconds=5), 0)


if __name__ == "__main__":
    unittest.main()

"""Databases that break, vanish or cannot be seen any more while litewatch watches them."""
import os
import shutil
import unittest

import states
from support import TestCase, skip, value, wait_until

NOBODY = ["setpriv", "--reuid=65534", "--clear-groups", "--no-new-privs"]


def break_header(path):
    with open(path, "r+b") as file:
        file.write(b"no database here")


class LostDatabases(TestCase):
    """A pattern and a folder that are searched every second, by a user who owns neither."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            skip(self, "needs root to run litewatch as another user")
        states.closed(self.path("kind.db"))
        for name in ("tenants", "found"):
            os.mkdir(self.path(name))
        with open(self.path("litewatch.yml"), "w") as file:
            file.write(f"databases: [{{path: '{self.folder}/tenants/*/app.db', group: named}}]\n"
                       f"discovery: [{{root: {self.path('found')}, group: found}}]\n"
                       "limits: {rescan_interval: 1s}\n")

    def add(self, name):
        """A copy of a healthy database, below a folder of its own where the name says so."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        shutil.copy(self.path("kind.db"), self.path(name))
        return self.path(name)

    def start(self):
        return self.litewatch(f"--config.file={self.path('litewatch.yml')}", prefix=NOBODY)

    def wait_for(self, service, name, expected, **labels):
        def page_with():
            page = service.metrics()
            return page if value(page, name, **labels) == expected else None
        return wait_until(page_with, 20, f"{name} {labels} to be {expected}")

    def page_after_searches(self, service):
        """The first one may have begun before; the third forgets what the second did not find."""
        for name in ("first", "second", "third"):
            self.add(f"found/{name}.db")
            page = self.wait_for(service, "sqlite_up", 1, db=f"{name}.db")
        return page

    def test_what_breaks_or_goes_stays_with_what_is_wrong(self):
        tenants = [self.add(f"tenants/t{number}/app.db") for number in range(5)]
        broken, denied, gone = (self.add(f"found/{name}.db")
                                for name in ("broken", "denied", "gone"))
        service = self.start()
        self.wait_for(service, "sqlite_databases_discovered", 5, group="named")
        for path in (tenants[0], broken):
            break_header(path)
        for path in (tenants[1], denied):
            os.chmod(path, 0o600)
        for path in (tenants[2], gone):
            os.unlink(path)
        shutil.rmtree(os.path.dirname(tenants[4]))
        page = self.page_after_searches(service)
        self.assertEqual(value(page, "sqlite_databases_discovered", group="named"), 4)
        for db, up in (("t0/app.db", 1), ("t1/app.db", 0), ("t2/app.db", 0), ("t3/app.db", 1),
                       ("t4/app.db", None), ("broken.db", 1), ("denied.db", 0), ("gone.db", None)):
            self.assertEqual(value(page, "sqlite_up", db=db), up, db)
        for group, missing in (("named", 1), ("found", 0)):
            for reason, count in (("header_invalid", 1), ("unreadable", 1), ("missing", missing)):
                self.assertEqual(value(page, "sqlite_databases_unhealthy", group=group,
                                       reason=reason), count, (group, reason))

    def test_what_a_pattern_names_is_there_after_a_restart(self):
        os.chmod(self.add("tenants/t0/app.db"), 0o600)
        break_header(self.add("tenants/t1/app.db"))
        page = self.wait_for(self.start(), "sqlite_databases_discovered", 2, group="named")
        self.assertEqual(value(page, "sqlite_up", db="t0/app.db"), 0)
        self.assertEqual(value(page, "sqlite_header_valid", db="t1/app.db"), 0)

    def test_a_folder_that_is_closed_keeps_its_databases_and_is_named_in_the_log(self):
        self.add("tenants/t0/app.db")
        self.add("found/closed/in.db")
        closed = self.path("found/closed")
        service = self.start()
        self.wait_for(service, "sqlite_up", 1, db="closed/in.db")
        os.chmod(closed, 0o700)
        self.wait_for(service, "sqlite_databases_unhealthy", 1, group="found", reason="not_listed")
        page = self.page_after_searches(service)
        self.assertEqual(value(page, "sqlite_up", db="closed/in.db"), 0)
        os.chmod(closed, 0o755)
        self.wait_for(service, "sqlite_databases_unhealthy", 0, group="found", reason="not_listed")
        log = service.log_text()
        self.assertEqual(log.count(f"{closed}: Permission denied; let litewatch run as"), 1, log)
        self.assertEqual(log.count("all of it can be searched again"), 1, log)

    def test_what_leads_nowhere_is_counted_and_logged_once(self):
        os.rmdir(self.path("found"))
        service = self.start()
        for group in ("named", "found"):
            self.wait_for(service, "sqlite_databases_unhealthy", 1, group=group,
                          reason="not_listed")
        self.add("found/later.db")
        self.wait_for(service, "sqlite_databases_unhealthy", 0, group="found", reason="not_listed")
        self.page_after_searches(service)
        log = service.log_text()
        self.assertEqual(log.count("there is no database; check the path"), 1, log)
        self.assertEqual(log.count(f"{self.path('found')}: No such file or directory; check"), 1,
                         log)

    def test_a_flood_of_notices_does_not_fill_the_log(self):
        for number in range(200):
            break_header(self.add(f"tenants/t{number}/app.db"))
        service = self.start()
        self.wait_for(service, "sqlite_databases_unhealthy", 200, reason="header_invalid",
                      group="named")
        log = service.log_text()
        self.assertLess(log.count("header_invalid"), 50)
        self.assertIn("more have new findings or are healthy again", log)


if __name__ == "__main__":
    unittest.main()

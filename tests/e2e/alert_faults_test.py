"""Every alert fires through a real fault, arrives by the route it should, and resolves after the
mending; a healthy hour fires nothing; one cause pages once.

    LITEWATCH_FAULTS=scene,probe python3 -m unittest discover -s tests/e2e -p alert_faults_test.py

plays only the faults of alerting/faults_scene.py and faults_probe.py, and judges no coverage.
"""
import glob
import importlib
import os
import re
import unittest

import yaml
from alerting.alertmanager import why_not
from alerting.play import Play, matches
from alerting.scene import Scene
from support import ROOT, skip

RUN_ALONE = "the rules' minutes pass in seconds, which other tests would take from it"
RULES = os.path.join(ROOT, "rules")
HERE = os.path.join(os.path.dirname(__file__), "alerting")
RECEIVERS = {"critical": "pager", "warning": "ticket", "none": "deadman"}
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
BROKEN_TEXT = re.compile(r"<no value>|<error|\{\{|%!|\bNaN\b", re.IGNORECASE)

# What fires although nothing is broken, and why.
TRUE_WHEN_WELL = {
    "Watchdog": "it always fires, so that its silence tells",
    "SqliteWalResetBugExposed":
        "true of the SQLite library of this machine, with which all the apps write",
}


def subjects():
    """The faults_*.py that are to be played."""
    names = sorted(os.path.basename(path)[len("faults_"):-len(".py")]
                   for path in glob.glob(os.path.join(HERE, "faults_*.py")))
    chosen = os.environ.get("LITEWATCH_FAULTS")
    return chosen.split(",") if chosen else names


def shipped_alerts():
    """(alert, severity, long window or None) of every rule, with its file."""
    found = {}
    for path in sorted(glob.glob(os.path.join(RULES, "alerts", "*.yml"))):
        with open(path) as file:
            for group in yaml.safe_load(file)["groups"]:
                for rule in group["rules"]:
                    labels = rule["labels"]
                    found[rule["alert"], labels["severity"], labels.get("long")] = path
    return found


def row(*cells):
    print("%-34s %-9s %-5s %-32s %8s %8s %8s %8s" % cells, flush=True)


def tenths(seconds):
    return "-" if seconds is None else f"{seconds:.1f}"


class AlertFaults(unittest.TestCase):
    """The scene is played once; the tests read what was noted."""

    @classmethod
    def setUpClass(cls):
        cls.play = None
        if why_not():
            return
        modules = [importlib.import_module("alerting.faults_" + name) for name in subjects()]
        cls.unprovoked = {alert: reason for module in modules
                          for alert, reason in getattr(module, "UNPROVOKED", {}).items()}
        scene = Scene()
        cls.addClassCleanup(scene.close)
        faults = [make(scene) for module in modules for make in module.FAULTS]
        cls.not_here = {fault: fault.why_not() for fault in faults if fault.why_not()}
        for fault, reason in cls.not_here.items():
            print(f"\nNOT HERE: {fault.name}: {reason}", flush=True)
        faults = [fault for fault in faults if fault not in cls.not_here]
        scene.start(faults)
        cls.play = Play(scene, faults)
        cls.play.run()
        cls.print_table()

    @classmethod
    def print_table(cls):
        print(flush=True)
        row("alert", "severity", "long", "fault", "fires", "arrives", "resolves", "told")
        for course in cls.play.courses:
            if not course.expected.side:
                expected, after = course.expected, cls.play.after
                row(expected.alert, expected.severity, expected.labels.get("long", ""),
                    course.fault.name, tenths(after(course, "fired", cls.play.broken)),
                    tenths(after(course, "arrived", cls.play.broken)),
                    tenths(after(course, "resolved", cls.play.mended)),
                    tenths(after(course, "told", cls.play.mended)))
        for alert, reason in cls.unprovoked.items():
            print(f"{alert}: not provoked: {reason}", flush=True)

    def setUp(self):
        if self.play is None:
            skip(self, why_not())

    def each(self, include_sides=False):
        for course in self.play.courses:
            if include_sides or not course.expected.side:
                yield course, self.subTest(str(course))

    def notes(self, status="firing", **labels):
        return [note for note in self.play.scene.sink.arrived()
                if note.status == status and matches(note.labels, labels)]

    def test_a_healthy_hour_fires_nothing(self):
        fired = [dict(labels) for labels in self.play.seen_well
                 if dict(labels)["alertname"] not in TRUE_WHEN_WELL]
        self.assertEqual(fired, [])
        told = {(note.receiver, note.labels["alertname"]) for note in self.play.told_well}
        self.assertEqual(told, {("deadman", "Watchdog")})

    def test_the_watchdog_beats(self):
        self.assertGreater(len(self.notes(alertname="Watchdog")), 2)

    def test_no_fault_failed(self):
        self.assertEqual(self.play.errors, [])

    def test_every_alert_has_a_fault(self):
        if os.environ.get("LITEWATCH_FAULTS"):
            skip(self, "LITEWATCH_FAULTS plays only some of the faults")
        faults = self.play.faults + list(self.not_here)
        provoked = {(expected.alert, expected.severity, expected.labels.get("long"))
                    for fault in faults for expected in fault.alerts if not expected.side}
        missing = [alert for alert in shipped_alerts() if alert not in provoked
                   and alert[0] not in self.unprovoked and alert[0] != "Watchdog"]
        self.assertEqual(missing, [], "alerts without a fault that makes them fire")
        names = {alert for alert, _, _ in shipped_alerts()}
        self.assertEqual(set(self.unprovoked) - names, set(), "UNPROVOKED names unknown alerts")
        self.assertEqual(set(self.unprovoked) & {alert for alert, _, _ in provoked}, set(),
                         "UNPROVOKED, and yet a fault provokes it")

    def test_every_fault_fires_its_alerts(self):
        for course, here in self.each():
            with here:
                self.assertIsNotNone(course.fired, "never fired")
                if course.sent:
                    self.assertIsNotNone(course.arrived, "fired, but never arrived")

    def test_every_alert_resolves(self):
        for course, here in self.each():
            if course.fired:
                with here:
                    self.assertIsNotNone(course.resolved, "still fires after the mending")
                    if course.arrived:
                        self.assertIsNotNone(course.told, "nobody was told that it is over")

    def test_all_arrive_by_their_routes(self):
        """Whatever the alert; those of severity info arrive nowhere."""
        notes = self.play.scene.sink.arrived()
        self.assertEqual([note for note in notes
                          if note.receiver != RECEIVERS.get(note.labels["severity"])], [])

    def test_annotations_are_whole(self):
        for course, here in self.each(include_sides=True):
            if course.fired:
                with here:
                    self.assertEqual(set(course.annotations), ANNOTATIONS)
                    for text in course.annotations.values():
                        self.assertIsNone(BROKEN_TEXT.search(text), text)
                    runbook = course.annotations["runbook_url"].lstrip("/")
                    self.assertTrue(os.path.exists(os.path.join(ROOT, runbook)), runbook)

    def test_nothing_else_fires(self):
        wanted = [course.labels for course in self.play.courses]
        began, others = min(self.play.broken.values()), []
        for labels, at in self.play.seen_broken.items():
            labels = dict(labels)
            if labels["alertname"] not in TRUE_WHEN_WELL and \
                    not any(matches(labels, known) for known in wanted):
                others.append(labels)
                print(f"no fault expects, after {at - began:.1f} s: {labels}", flush=True)
        self.assertEqual(others, [])

    def fault(self, name):
        found = [fault for fault in self.play.faults if fault.name == name]
        if not found:
            skip(self, f"LITEWATCH_FAULTS leaves out {name}")
        return found[0]

    def is_inhibited(self, **labels):
        return any(matches(dict(found), labels) for found in self.play.inhibited)

    def test_an_app_that_is_down_is_one_page(self):
        fault = self.fault("app-is-stopped")
        told = self.play.told_while_broken(fault, app=fault.name)
        self.assertEqual([(note.receiver, note.labels["alertname"]) for note in told],
                         [("pager", "AppDown")])
        self.assertTrue(self.is_inhibited(alertname="AppEndpointFailing", app=fault.name))
        pages = {note.labels["alertname"]
                 for note in self.notes(app=fault.name, severity="critical")}
        self.assertEqual(pages, {"AppDown"}, "the outage pages again after it is over")

    def test_without_litewatch_absence_is_no_news(self):
        fault = self.fault("litewatch-hangs")
        told = self.play.told_while_broken(fault, cluster=fault.CLUSTER)
        self.assertEqual([(note.receiver, note.labels["alertname"]) for note in told],
                         [("pager", "LitewatchDown")])
        self.assertTrue(self.is_inhibited(alertname="AppProbeMissing", cluster=fault.CLUSTER))

    def test_one_page_per_cause(self):
        """Each fault pages with what its author calls its point, and with nothing beside."""
        for fault in self.play.faults:
            told = self.play.told_while_broken(fault, app=fault.name, severity="critical")
            wanted = {expected.alert for expected in fault.alerts
                      if expected.severity == "critical" and not expected.side and
                      expected.for_app(fault.name).get("app") == fault.name}
            with self.subTest(fault.name):
                self.assertEqual({note.labels["alertname"] for note in told}, wanted)


if __name__ == "__main__":
    unittest.main()

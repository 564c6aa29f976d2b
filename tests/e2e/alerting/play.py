"""Plays a scene through: a healthy hour, everything breaks, everything is mended. It judges nothing
but notes what happened and when, for the tests to read."""
import time

from alerting.scene import SPEED

HEALTHY_SECONDS = 3600 / SPEED
# After the last alert that was waited for: what else comes of the faults.
SETTLE_SECONDS = 4
POLL_SECONDS = 0.4


def matches(labels, wanted):
    return all(labels.get(name) == text for name, text in wanted.items())


class Course:
    """What became of one expected alert of one fault; times are of time.monotonic()."""

    def __init__(self, fault, expected):
        self.fault, self.expected = fault, expected
        self.labels = expected.for_app(fault.name)
        self.sent = expected.severity != "info"
        self.fired = self.arrived = self.resolved = self.told = None
        self.annotations = None

    def __str__(self):
        return f"{self.fault.name}: {self.labels}"

    def note_alerts(self, firing, now):
        mine = [alert for alert in firing if matches(alert["labels"], self.labels)]
        if mine:
            self.fired, self.resolved = self.fired or now, None
            self.annotations = self.annotations or mine[0]["annotations"]
        elif self.fired:
            self.resolved = self.resolved or now

    def note_notifications(self, arrived):
        mine = [note for note in arrived if matches(note.labels, self.labels)]
        if mine:
            self.arrived = self.arrived or mine[0].at
            self.fired = self.fired or mine[0].at
            self.annotations = self.annotations or mine[0].annotations
            last_firing = max((note.at for note in mine if note.status == "firing"), default=0)
            self.told = next((note.at for note in mine if note.at > last_firing), None)

    def has_fired(self):
        return self.fired and (self.arrived or not self.sent)

    def has_resolved(self):
        return self.resolved and (self.told or not self.arrived)


class Play:
    def __init__(self, scene, faults):
        self.scene, self.faults = scene, faults
        self.courses = [Course(fault, expected) for fault in faults for expected in fault.alerts]
        self.broken, self.mended, self.errors = {}, {}, []
        self.seen_well, self.told_well = set(), []
        self.seen_broken = {}  # labels to the time of the first look at which they fired
        self.inhibited = set()

    def run(self):
        self.healthy_hour()
        self.break_all()
        self.wait(self.broken, "fires_within", Course.has_fired)
        self.watch(SETTLE_SECONDS)
        self.mend_all()
        self.wait(self.mended, "resolves_within", Course.has_resolved)

    def healthy_hour(self):
        end = time.monotonic() + HEALTHY_SECONDS
        while time.monotonic() < end:
            for alert in self.scene.firing():
                self.seen_well.add(frozenset(alert["labels"].items()))
            time.sleep(POLL_SECONDS)
        self.told_well = self.scene.sink.arrived()

    def do_all(self, deed, times):
        for fault in self.faults:
            times[fault.name] = time.monotonic()
            try:
                getattr(fault, deed)()
            except Exception as error:  # one fault that cannot be done spoils not the others
                self.errors.append(f"{fault.name}: {deed}: {type(error).__name__}: {error}")
            self.look()

    def break_all(self):
        self.do_all("break_it", self.broken)

    def mend_all(self):
        self.do_all("mend", self.mended)

    def look(self):
        now, firing = time.monotonic(), self.scene.firing()
        arrived = self.scene.sink.arrived()[len(self.told_well):]
        for course in self.courses:
            if course.fault.name in self.broken:
                course.note_alerts(firing, now)
                course.note_notifications(arrived)
        for alert in firing:
            self.seen_broken.setdefault(frozenset(alert["labels"].items()), now)
        for labels in self.scene.alertmanager.suppressed():
            self.inhibited.add(frozenset(labels.items()))

    def watch(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(POLL_SECONDS)

    def wait(self, since, limit, done):
        """Until it is done with all courses that matter, or too late."""
        def is_awaited(course):
            end = since[course.fault.name] + getattr(course.fault, limit)
            matters = not course.expected.side and (course.fired or since is self.broken)
            return matters and not done(course) and time.monotonic() < end
        while any(is_awaited(course) for course in self.courses):
            self.look()
            time.sleep(POLL_SECONDS)

    def told_while_broken(self, fault, **labels):
        """Notifications of alerts with these labels that came between its breaking and mending."""
        return [note for note in self.scene.sink.arrived()
                if note.status == "firing" and matches(note.labels, labels)
                and self.broken[fault.name] <= note.at <= self.mended[fault.name]]

    def after(self, course, what, times):
        """Seconds from the fault's time to that of the course; None where it never came."""
        at = getattr(course, what)
        return None if at is None else at - times[course.fault.name]

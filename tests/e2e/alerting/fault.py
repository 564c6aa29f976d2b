"""What a fault is: one way in which something real breaks, the alerts that tell of it, the mend."""
import os
import re

OWN_APP = object()


class Expected:
    """An alert that a fault makes fire, known by its name, its severity and some of its labels.

    `side`: it may fire, but need not, and need not arrive: something else told is the point of the
    fault. `app`: the label; the fault's name unless given, None where the alert has none."""

    def __init__(self, alert, severity, side=False, app=OWN_APP, **labels):
        self.alert, self.severity, self.side, self.app = alert, severity, side, app
        self.labels = labels

    def for_app(self, name):
        """All labels that an alert of the app of that name has to have."""
        labels = {"alertname": self.alert, "severity": self.severity, **self.labels}
        app = name if self.app is OWN_APP else self.app
        return labels if app is None else {**labels, "app": app}


class Fault:
    """Base of all faults. They are broken at the same time, each in an app of its own: whatever a
    fault gives to config() has the label app=self.name, and lies in self.folder."""

    alerts = ()             # Expected(...), ...
    fires_within = 90       # seconds from break_it() to the arrival of the last alert
    resolves_within = 90    # seconds from mend() to the arrival of the last resolution
    on_disk = False         # whether its folder may not be in memory

    def __init__(self, scene):
        self.scene = scene
        self.name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()
        self.folder = scene.new_folder(self.name, self.on_disk)

    def path(self, name):
        return os.path.join(self.folder, name)

    def why_not(self):
        """Why this machine cannot do it; None where it can."""
        return None

    def start(self):
        """All is well from here on. Called before litewatch starts."""

    def config(self):
        """Its piece of litewatch.yml; called after start(). Lists of all faults are joined, maps
        merged."""
        return {}

    def flags(self):
        """Flags of the litewatch that all share; seldom."""
        return []

    def jobs(self):
        """Further scrape jobs, for a litewatch of its own; see Scene.litewatch()."""
        return []

    def rules(self):
        """Further groups of rules, as in a rule file."""
        return []

    def break_it(self):
        raise NotImplementedError

    def mend(self):
        """After it all alerts of this fault resolve."""
        raise NotImplementedError

    def stop(self):
        """Ends what it started, whatever happened before. May be called without start()."""

"""The app that stays well, an app that is stopped, and a litewatch that hangs: what the tests of
inhibition are about."""
import json
import signal
import threading

from alerting.demo_app import DemoApp
from alerting.scene import Expected, Fault
from support import wait_until


class StaysWell(Fault):
    """No alert may ever be about it."""

    def start(self):
        self.app = DemoApp(self.path("app.db"))

    def config(self):
        return {"databases": [{"path": self.path("app.db"), "app": self.name, "name": "main"}],
                "targets": [{"name": self.name, "app": self.name, "url": self.app.url,
                             "health": "draft",
                             "objectives": {"latency": "500ms", "availability": 0.99}}]}

    def break_it(self):
        pass

    def mend(self):
        pass

    def stop(self):
        if hasattr(self, "app"):
            self.app.stop()


class AppIsStopped(StaysWell):
    """One page: what else is wrong with the app follows from its being down."""

    alerts = (Expected("AppDown", "critical"), Expected("AppRecentlyDown", "info"),
              Expected("AppEndpointFailing", "warning", side=True),
              Expected("AppErrorBudgetBurn", "critical", side=True),
              Expected("AppErrorBudgetBurn", "warning", side=True),
              Expected("AppErrorBudgetExhausted", "warning", side=True))

    def break_it(self):
        self.app.stop()

    def mend(self):
        self.app.start()


class LitewatchHangs(Fault):
    """In a cluster of its own one litewatch hangs, and another one loses its target: while the
    first is not heard, that something is absent is no news."""

    CLUSTER = "blind"
    alerts = (Expected("LitewatchDown", "critical", app=None, cluster=CLUSTER),
              Expected("AppProbeMissing", "warning", side=True, cluster=CLUSTER))

    app = hanging = losing = later = None

    def start(self):
        self.app = DemoApp(self.path("app.db"))
        self.target = {"name": self.name, "app": self.name, "url": self.app.url, "health": "draft",
                       "interval": "1s"}
        self.hanging = self.scene.litewatch(self.name + "-hanging", {})
        self.losing = self.scene.litewatch(self.name + "-losing", {"targets": [self.target]})

    def jobs(self):
        return [self.scene.job_of(f"litewatch-{self.name}-{what}", service.port,
                                  {"cluster": self.CLUSTER})
                for what, service in (("hanging", self.hanging), ("losing", self.losing))]

    def give_targets(self, targets):
        with open(self.losing.config_file, "w") as file:
            json.dump({"targets": targets}, file)
        self.losing.process.send_signal(signal.SIGHUP)

    def break_it(self):
        """The target goes when LitewatchDown is sure to fire: in compressed time both would wait
        equally long, and either could come first."""
        self.hanging.process.send_signal(signal.SIGSTOP)
        self.later = threading.Timer(12, self.give_targets, [[]])
        self.later.start()

    def is_silenced(self):
        return any(labels["alertname"] == "AppProbeMissing" and labels.get("cluster") == self.CLUSTER
                   for labels in self.scene.alertmanager.suppressed())

    def mend(self):
        self.later.join()
        wait_until(self.is_silenced, 40, "silenced AppProbeMissing")
        self.give_targets([self.target])
        self.hanging.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.later:
            self.later.cancel()
            self.later.join()
        if self.hanging:
            self.hanging.process.send_signal(signal.SIGCONT)
        if self.app:
            self.app.stop()


FAULTS = [StaysWell, AppIsStopped, LitewatchHangs]

"""The app that stays well, and the example of a fault: an app that is stopped."""
from alerting.demo_app import DemoApp
from alerting.scene import Expected, Fault


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

    alerts = (Expected("AppDown", "critical"),
              Expected("AppEndpointFailing", "warning", side=True),
              Expected("AppErrorBudgetBurn", "critical", side=True),
              Expected("AppErrorBudgetBurn", "warning", side=True),
              Expected("AppErrorBudgetExhausted", "warning", side=True))

    def break_it(self):
        self.app.stop()

    def mend(self):
        self.app.start()


FAULTS = [StaysWell, AppIsStopped]

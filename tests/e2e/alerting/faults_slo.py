"""Apps that spend their error budget. In compressed time the windows of 1h, 6h, 1d and 3d are 18 s,
108 s, 7 and 22 minutes, and the period of 30 days is 3.6 hours."""
import signal
import threading

from alerting.faults_probe import ToldToFail
from alerting.scene import Expected
from support import wait_until

SLOW = Expected("AppProbeSlow", "warning", side=True)


class AnswersTooLate(ToldToFail):
    how = "slow"
    objectives = {"latency": "500ms", "availability": 0.97}
    alerts = (Expected("AppLatencyBudgetBurn", "critical", long="1h"),
              Expected("AppLatencyBudgetBurn", "warning", side=True), SLOW)


class IsSlowAtTimes(ToldToFail):
    """Slow for 60 % of the time: less than the 72 % that page, more than the 30 % of 6 hours."""

    how = "slow"
    objectives = {"latency": "500ms", "availability": 0.95}
    alerts = (Expected("AppLatencyBudgetBurn", "warning", long="6h"), SLOW)
    fires_within = 150
    slow_seconds, well_seconds = 6, 3

    def break_it(self):
        self.is_mended = threading.Event()
        self.thread = threading.Thread(target=self.alternate)
        self.thread.start()

    def alternate(self):
        while not self.is_mended.is_set():
            self.app.tell(self.how)
            self.is_mended.wait(self.slow_seconds)
            self.app.tell("none")
            self.is_mended.wait(self.well_seconds)

    def mend(self):
        self.is_mended.set()
        self.thread.join()

    def stop(self):
        if hasattr(self, "thread"):
            self.mend()
        super().stop()


class OwnLitewatch(ToldToFail):
    """Watched by a litewatch whose configuration can be changed meanwhile."""

    def start(self):
        super().start()
        self.service = self.scene.litewatch(f"litewatch-{self.name}", {"targets": self.targets()})

    def config(self):
        return {}

    def jobs(self):
        return [self.scene.job_of(f"litewatch-{self.name}", self.service.port,
                                  {"cluster": self.name})]

    def reload(self, *targets):
        self.scene.write(f"litewatch-{self.name}.yml", {"targets": list(targets)})
        before = self.service.log_text().count("reload")
        self.service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.service.log_text().count("reload") > before, 10, "reload")


class BudgetIsSpent(OwnLitewatch):
    """An outage of 20 s, of the 6.5 s that 99.95 % allow in 30 days. The pages end with it; the
    tickets remain until another objective is agreed on."""

    how = "500"
    objectives = {"availability": 0.9995}
    alerts = (Expected("AppErrorBudgetBurn", "critical", long="1h"),
              Expected("AppErrorBudgetBurn", "critical", long="6h"),
              Expected("AppErrorBudgetBurn", "warning", long="1d"),
              Expected("AppErrorBudgetBurn", "warning", long="3d"),
              Expected("AppErrorBudgetExhausted", "warning"),
              Expected("AppEndpointFailing", "warning", side=True))
    outage_seconds = 20

    def break_it(self):
        super().break_it()
        self.end_of_outage = threading.Timer(self.outage_seconds, self.app.tell, ["none"])
        self.end_of_outage.start()

    def mend(self):
        self.objectives = {"availability": 0.1}
        self.reload(*self.targets())

    def stop(self):
        if hasattr(self, "end_of_outage"):
            self.end_of_outage.cancel()
            self.end_of_outage.join()
        super().stop()


class ObjectiveIsNotMeasured(OwnLitewatch):
    """Somebody adds an endpoint with an objective, but has it probed on demand only."""

    alerts = (Expected("AppSLOMetricAbsent", "warning", target="forgotten"),)

    def forgotten(self, interval):
        return {"name": "forgotten", "app": self.name, "url": self.app.url,
                "interval": interval, "objectives": {"availability": 0.99}}

    def break_it(self):
        self.reload(*self.targets(), self.forgotten("none"))

    def mend(self):
        self.reload(*self.targets(), self.forgotten("1s"))


FAULTS = [AnswersTooLate, IsSlowAtTimes, BudgetIsSpent, ObjectiveIsNotMeasured]

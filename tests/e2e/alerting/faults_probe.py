"""Apps that fail as the prober sees it. Each has a second endpoint that stays well: an app that is
down as a whole has one page, which would silence the alerts that are meant here."""
import ssl

from alerting.demo_app import DemoApp
from alerting.scene import Expected, Fault
from fault_certificates import Certificates
from fault_server import Exchange, Listener

# An interval's share of 90 % is what a probe may take at most, also of the machine when it is busy.
PACE = {"interval": "1500ms", "failing_interval": "1500ms", "timeout": "1500ms"}


class ToldToFail(Fault):
    """The demo app, whose endpoint `home` fails as it is told."""

    how = None
    objectives = {}

    def start(self):
        self.app = DemoApp(self.path("app.db"))

    def targets(self):
        return [{"name": f"{self.name}-home", "app": self.name, "url": self.app.url,
                 "health": "draft", "objectives": self.objectives, **PACE},
                {"name": f"{self.name}-help", "app": self.name, "health": "none",
                 "url": self.app.url.replace("/healthz", "/fail"), **PACE}]

    def config(self):
        return {"targets": self.targets()}

    def break_it(self):
        self.app.tell(self.how)

    def mend(self):
        self.app.tell("none")

    def stop(self):
        if hasattr(self, "app"):
            self.app.stop()


class EndpointAnswers500(ToldToFail):
    how = "500"
    alerts = (Expected("AppEndpointFailing", "warning", target="endpoint-answers500-home"),)


class ComponentIsLocked(ToldToFail):
    how = "database"
    alerts = (Expected("AppComponentFailing", "warning", part="database"),
              Expected("AppEndpointFailing", "warning", side=True))


class AppWarns(ToldToFail):
    how = "degraded"
    alerts = (Expected("AppHealthDegraded", "info"),)


class FailsWithin200(ToldToFail):
    how = "mismatch"
    alerts = (Expected("AppHealthMismatch", "warning"),
              Expected("AppComponentFailing", "warning", side=True),
              Expected("AppEndpointFailing", "warning", side=True))


class DocumentBreaksOff(ToldToFail):
    how = "bad-json"
    alerts = (Expected("AppAssertionFailing", "warning", reason="json_invalid"),
              Expected("AppEndpointFailing", "warning", side=True))


class AnswersSlowly(ToldToFail):
    how = "slow"
    objectives = {"latency": "500ms"}
    alerts = (Expected("AppProbeSlow", "warning"),)


class GoesUpAndDown(Fault):
    """Every second answer is an error."""

    # Whoever looks at every second answer sees it down all the time.
    alerts = (Expected("AppProbeFlapping", "warning"),
              Expected("AppEndpointFailing", "warning", side=True))

    def start(self):
        self.is_broken, self.answers = False, 0
        self.listener = Listener(self.answer)

    def answer(self, connection):
        exchange = Exchange(None, connection)
        exchange.read(b"")
        fails = False
        if exchange.path == "/home":
            self.answers += 1
            fails = self.is_broken and self.answers % 2 == 0
        exchange.answer(500 if fails else 200, b"now and then\n", {"Connection": "close"})

    def config(self):
        return {"targets": [{"name": f"{self.name}-{page}", "app": self.name, "interval": "500ms",
                             "url": f"http://127.0.0.1:{self.listener.port}/{page}"}
                            for page in ("home", "help")]}

    def break_it(self):
        self.is_broken = True

    def mend(self):
        self.is_broken = False

    def stop(self):
        if hasattr(self, "listener"):
            self.listener.close()


class CertificateIsOld(Fault):
    """A server that shows a certificate which was not renewed in time."""

    certificate = None

    def start(self):
        self.certificates = Certificates(self.folder)
        self.show("good")
        self.listener = Listener(self.answer)

    def show(self, name):
        """A context of its own each time: what clients resume would show the old certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.crt(name), self.certificates.key(name))
        self.context = context

    def answer(self, connection):
        with self.context.wrap_socket(connection, server_side=True) as secured:
            exchange = Exchange(None, secured)
            exchange.read(b"")
            exchange.answer(200, b"well\n", {"Connection": "close"})

    def config(self):
        trust = {"tls_config": {"ca_file": self.certificates.crt("ca")}}
        return {"modules": {self.name: {"prober": "http", "http": trust}},
                "targets": [{"name": self.name, "app": self.name, "module": self.name, **PACE,
                             "url": f"https://127.0.0.1:{self.listener.port}/"}]}

    def break_it(self):
        self.show(self.certificate)

    def mend(self):
        self.show("good")

    def stop(self):
        if hasattr(self, "listener"):
            self.listener.close()


class CertificateHasTenDays(CertificateIsOld):
    certificate = "ten_days"
    alerts = (Expected("AppCertExpiring", "warning"),)


class CertificateHasTwoDays(CertificateIsOld):
    certificate = "two_days"
    alerts = (Expected("AppCertExpiring", "critical"),
              Expected("AppCertExpiring", "warning", side=True))


FAULTS = [EndpointAnswers500, ComponentIsLocked, AppWarns, FailsWithin200, DocumentBreaksOff,
          AnswersSlowly, GoesUpAndDown, CertificateHasTenDays, CertificateHasTwoDays]

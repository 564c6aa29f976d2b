"""The real Alertmanager of Debian 12 with the shipped configuration, obeyed without delay."""
import json
import os

import yaml
from prometheus import Server
from support import ROOT, TOOLS, free_port

# Debian's program wants this file at its start.
TEMPLATE = "/usr/share/prometheus/alertmanager/default.tmpl"
SHIPPED = os.path.join(ROOT, "rules", "alertmanager.yml")
# Routes that repeat at least this often are heartbeats.
HEARTBEAT_SECONDS = 900
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def why_not():
    """Why there is no Alertmanager; None where there is."""
    for path in (os.path.join(TOOLS, "prometheus"), os.path.join(TOOLS, "prometheus-alertmanager"),
                 TEMPLATE):
        if not os.path.exists(path):
            return f"no {path}; tests/run.sh unpacks Debian's packages"
    return None


def seconds(duration):
    return float(duration[:-1]) * UNITS[duration[-1]]


def hurry(route):
    """Waits of days and minutes become seconds; only heartbeats repeat within a test."""
    route["group_wait"], route["group_interval"] = "1s", "1s"
    if seconds(route.get("repeat_interval", "4h")) <= HEARTBEAT_SECONDS:
        route["repeat_interval"] = "2s"
    for child in route.get("routes", []):
        hurry(child)


def lead_to(sink, receiver):
    """Whatever the receiver would do, the sink gets it."""
    kinds = [key for key in receiver if key.endswith("_configs")]
    resolved = all(entry.get("send_resolved", True) for key in kinds for entry in receiver[key])
    webhook = {"url": sink.url(receiver["name"]), "send_resolved": resolved}
    return {"name": receiver["name"], **({"webhook_configs": [webhook]} if kinds else {})}


def quick_config(sink):
    with open(SHIPPED) as file:
        config = yaml.safe_load(file)
    hurry(config["route"])
    config["receivers"] = [lead_to(sink, receiver) for receiver in config["receivers"]]
    return config


class Alertmanager(Server):
    def __init__(self, folder, sink):
        self.port = free_port()
        path = os.path.join(folder, "alertmanager.yml")
        with open(path, "w") as file:  # JSON is YAML
            json.dump(quick_config(sink), file)
        super().__init__("prometheus-alertmanager", f"--config.file={path}",
                         f"--storage.path={os.path.join(folder, 'alertmanager')}",
                         f"--web.listen-address=127.0.0.1:{self.port}",
                         "--cluster.listen-address=", "--log.level=warn")

    def as_target(self):
        """Its piece of Prometheus' configuration."""
        return {"alertmanagers": [{"static_configs": [
            {"targets": [f"127.0.0.1:{self.port}"]}]}]}

    def suppressed(self):
        """Labels of the alerts that are inhibited now."""
        return [alert["labels"] for alert in self.get_json("/api/v2/alerts")
                if alert["status"]["inhibitedBy"]]

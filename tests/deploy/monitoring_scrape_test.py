"""What the chart's monitors ask for, done by a real Prometheus with a real litewatch: the jobs are
written as the Prometheus operator writes them, and litewatch runs by the chart's configuration."""
import json
import os
import unittest
import urllib.parse

from tools import helm_template, of_kind, support
import prometheus

NODE = "node-1.example.org"
# What the operator, or the service discovery of Kubernetes, says of a target by itself.
POD_LABELS = {"namespace": "shop", "pod": "litewatch-x", "container": "litewatch",
              "endpoint": "http", "job": "shop/litewatch",
              "__meta_kubernetes_pod_container_name": "litewatch",
              "__meta_kubernetes_pod_node_name": NODE}
LIMITS = {"sampleLimit": "sample_limit", "labelLimit": "label_limit", "targetLimit": "target_limit",
          "labelNameLengthLimit": "label_name_length_limit", "bodySizeLimit": "body_size_limit",
          "labelValueLengthLimit": "label_value_length_limit"}
RELABELINGS = {"sourceLabels": "source_labels", "targetLabel": "target_label", "action": "action",
               "replacement": "replacement", "regex": "regex"}


def renamed(mapping, names):
    return {new: mapping[old] for old, new in names.items() if old in mapping}


def relabel_configs(relabelings):
    unknown = {key for one in relabelings for key in one} - set(RELABELINGS)
    if unknown:
        raise AssertionError(f"this test does not know {unknown}")
    return [renamed(one, RELABELINGS) for one in relabelings]


def limits_of(spec):
    limits = renamed(spec, LIMITS)
    if "body_size_limit" in limits:  # Prometheus knows no fractions, and its own spelling of units
        limits["body_size_limit"] = limits["body_size_limit"].replace("iB", "B")
    return limits


def monitor_job(manifest, port):
    """The job of a ServiceMonitor or PodMonitor with one target."""
    spec = manifest["spec"]
    endpoint, = spec.get("endpoints") or spec["podMetricsEndpoints"]
    return {"job_name": manifest["kind"], "honor_labels": endpoint["honorLabels"],
            "metrics_path": endpoint["path"], "scheme": endpoint["scheme"], **limits_of(spec),
            "static_configs": [{"targets": [f"127.0.0.1:{port}"], "labels": POD_LABELS}],
            "relabel_configs": relabel_configs(endpoint["relabelings"])}


def scrape_config_job(manifest, port):
    spec = manifest["spec"]
    discovery, = spec["httpSDConfigs"]
    path = urllib.parse.urlsplit(discovery["url"]).path
    job = {"target_label": "job", "replacement": "scrapeConfig/shop/litewatch-probes"}
    return {"job_name": manifest["kind"], "honor_labels": spec["honorLabels"], **limits_of(spec),
            "http_sd_configs": [{"url": f"http://127.0.0.1:{port}{path}"}],
            "relabel_configs": [job, *relabel_configs(spec["relabelings"])]}


def probe_job(manifest, port):
    spec = manifest["spec"]
    targets = spec["targets"]["staticConfig"]
    own = [{"source_labels": ["__address__"], "target_label": "__param_target"},
           {"source_labels": ["__param_target"], "target_label": "instance"},
           {"target_label": "__address__", "replacement": f"127.0.0.1:{port}"},
           {"target_label": "job", "replacement": spec["jobName"]}]
    return {"job_name": manifest["kind"], "metrics_path": spec["prober"]["path"], **limits_of(spec),
            "static_configs": [{"targets": targets["static"]}],
            "relabel_configs": own + relabel_configs(targets["relabelingConfigs"])}


JOBS = {"ServiceMonitor": monitor_job, "PodMonitor": monitor_job, "ScrapeConfig": scrape_config_job,
        "Probe": probe_job}


class Scrape(support.TestCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(os.path.join(support.TOOLS, "prometheus")):
            support.skip(self, "no prometheus under build/tools; tests/run.sh unpacks Debian's")
        app = support.LoopbackServer(support.Well)
        self.addCleanup(app.close)
        self.url = f"http://127.0.0.1:{app.port}/up$1"

    def scrape(self, *kinds, **values):
        """A Prometheus with the jobs of the kinds, and litewatch as it is configured."""
        manifests = helm_template(self, values=values)
        texts = [one["data"]["litewatch.yml"] for one in of_kind(manifests, "ConfigMap")
                 if "litewatch.yml" in one["data"]]
        with open(self.path("litewatch.yml"), "w") as file:
            file.write(texts[0])
        service = self.litewatch(f"--config.file={self.path('litewatch.yml')}")
        jobs = [JOBS[kind](of_kind(manifests, kind)[0], service.port) for kind in kinds]
        server = prometheus.Prometheus(self.folder, jobs)
        self.addCleanup(server.close)
        return server

    def series(self, server, selector):
        """The labels of the one series that a selector finds, once it is there."""
        found = support.wait_until(lambda: server.api("query", query=selector)["result"], 20,
                                   f"{selector}: {server.api('targets')['activeTargets']}")
        self.assertEqual(1, len(found), found)
        return found[0]["metric"]

    def test_a_deployment(self):
        on = {"enabled": True}
        server = self.scrape(
            "ServiceMonitor", "ScrapeConfig", "Probe", serviceMonitor=on, scrapeConfig=on,
            probe={"enabled": True, "jobName": "probes"},
            monitoring={"targetLabels": {"cluster": "eu"},
                        "relabelings": [{"targetLabel": "env", "replacement": "prod"}]},
            config={"targets": [{"name": "shop.eu", "app": "shop", "url": self.url}]})
        up = self.series(server, 'up{job=~".*litewatch.*"} == 1')
        self.assertEqual(("shop", "eu", "prod"), (up["namespace"], up["cluster"], up["env"]))
        self.assertNotIn("container", up)
        own = self.series(server, 'probe_success{target="shop.eu"} == 1')
        self.assertEqual(("litewatch", "shop"), (own["job"], own["app"]))
        for job in ("blackbox-exporter", "probes"):
            found = self.series(server, f'probe_success{{job="{job}"}} == 1')
            self.assertEqual({"__name__": "probe_success", "job": job, "app": "shop", "env": "prod",
                              "instance": self.url, "cluster": "eu"}, found)

    def test_a_daemonset(self):
        for kind, key in (("PodMonitor", "podMonitor"), ("ServiceMonitor", "serviceMonitor")):
            with self.subTest(kind):
                server = self.scrape(kind, mode="daemonset", **{key: {"enabled": True}})
                up = self.series(server, "up == 1")
                self.assertEqual({"__name__": "up", "job": "litewatch", "node": NODE,
                                  "instance": NODE, "namespace": "shop", "endpoint": "http"}, up)

    def test_a_sidecar_beside_a_port_of_the_same_name(self):
        server = self.scrape("PodMonitor", mode="sidecar", podMonitor={
            "enabled": True, "selector": {"matchLabels": {"app": "shop"}}})
        self.assertEqual("litewatch-x", self.series(server, "up == 1")["pod"])
        with open(server.config) as file:
            job, = json.load(file)["scrape_configs"]
        labels = job["static_configs"][0]["labels"]
        labels["__meta_kubernetes_pod_container_name"] = "app"
        server.reload([job])
        support.wait_until(lambda: not server.api("targets")["activeTargets"], 20,
                           "end of the app's target")


if __name__ == "__main__":
    unittest.main()

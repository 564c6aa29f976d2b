"""The Helm chart in its scenarios, ci/*-values.yaml, for the tests of it."""
import functools
import glob
import os

import yaml

import tools

SCENARIOS = sorted(os.path.basename(path).removesuffix("-values.yaml")
                   for path in glob.glob(os.path.join(tools.CHART, "ci", "*-values.yaml")))
KUBERNETES = "1.36.0"
OLDEST = "1.25.0"  # what Chart.yaml claims
OPERATORS = ("monitoring.coreos.com/v1", "monitoring.coreos.com/v1alpha1",
             "grafana.integreatly.org/v1beta1")


def values_file(scenario):
    return os.path.join(tools.CHART, "ci", f"{scenario}-values.yaml")


def values(scenario):
    with open(values_file(scenario)) as file:
        return yaml.safe_load(file) or {}


def helm(test, *arguments, stdin=None, check=True):
    return tools.run(tools.tool(test, "helm"), *arguments, stdin=stdin, check=check)


def template(test, scenario, chart=tools.CHART, kubernetes=KUBERNETES):
    """What `helm template` prints for a scenario, in a cluster with the operators."""
    return _template(tools.tool(test, "helm"), scenario, chart, kubernetes)


@functools.cache
def _template(program, scenario, chart, kubernetes):
    return tools.run(program, "template", "litewatch", chart, "--namespace", "monitoring",
                     "--kube-version", kubernetes, "--api-versions", ",".join(OPERATORS),
                     "--values", values_file(scenario)).stdout


def manifests(test, scenario, **options):
    return tools.documents(template(test, scenario, **options))


def refusal(test, values_):
    """What helm says of values that it must refuse."""
    done = helm(test, "template", "litewatch", tools.CHART, "--namespace", "monitoring", "--values",
                "-", stdin=yaml.safe_dump(values_), check=False)
    test.assertNotEqual(0, done.returncode, "the values were accepted")
    return done.stderr


def workload(found):
    """The Deployment or DaemonSet among manifests."""
    return next(one for one in found if one["kind"] in ("Deployment", "DaemonSet"))


def configuration(found):
    """The text of litewatch.yml among manifests; None where the chart does not make it."""
    for one in found:
        text = {**one.get("data", {}), **one.get("stringData", {})}.get("litewatch.yml") \
            if one["kind"] in ("ConfigMap", "Secret") else None
        if text is not None:
            return text
    return None

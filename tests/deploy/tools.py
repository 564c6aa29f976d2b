"""What the tests of deploy/ share: tools, and manifests as Python values."""
import contextlib
import copy
import fcntl
import os
import shutil
import subprocess
import sys

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
import support  # noqa: E402

ROOT = support.ROOT
DEPLOY = os.path.join(ROOT, "deploy")
CHART = os.path.join(DEPLOY, "helm", "litewatch")
TOOLS = os.path.join(ROOT, "build", "tools")
BIN = os.path.join(TOOLS, "bin")
VENV = os.path.join(TOOLS, "venv", "bin")
# In C, some ten times as fast, where PyYAML has it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def tool(test, name):
    """The path of a tool that tests/deploy/tools.sh installs, or that the machine has."""
    for path in (os.path.join(BIN, name), os.path.join(VENV, name), shutil.which(name)):
        if path and os.access(path, os.X_OK):
            return path
    return support.skip(test, f"{name} is not installed; tests/run.sh deploy installs it, or says "
                              "why it cannot")


def run(*command, stdin=None, check=True, cwd=ROOT, env=None):
    """Runs a command; its output is in the error where it fails."""
    done = subprocess.run([str(part) for part in command], input=stdin, cwd=cwd, text=True,
                          capture_output=True, timeout=300,
                          env={**support.THRIFTY_GO, **(env or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n"
                             f"{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


@contextlib.contextmanager
def locked(name):
    """While other test modules may run, only this one is at what the name says."""
    with open(os.path.join(ROOT, "build", f".{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def documents(text):
    """The manifests of a stream of YAML documents."""
    return [document for document in yaml.load_all(text, LOADER) if document]


def helm_template(test, *arguments, values=None, release="litewatch", namespace="monitoring"):
    """The chart's manifests with `values`, a mapping, and further arguments of `helm template`."""
    command = [tool(test, "helm"), "template", release, CHART, "--namespace", namespace,
               *arguments]
    if values is not None:
        command += ["--values", "-"]
    return documents(run(*command, stdin=None if values is None else yaml.safe_dump(values)).stdout)


def kustomize(test, folder):
    """What a folder with a kustomization.yaml makes."""
    return documents(run(tool(test, "kustomize"), "build", folder).stdout)


def of_kind(manifests, kind, name=None):
    """The manifests of a kind, and of a name if one is given."""
    return [manifest for manifest in manifests if manifest["kind"] == kind
            and name in (None, manifest["metadata"]["name"])]


def pod_spec(manifest):
    """The pod of a Pod, Deployment, StatefulSet, DaemonSet, Job or CronJob."""
    spec = manifest["spec"]
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"] if "template" in spec else spec


def container(spec, name="litewatch"):
    """A container of a pod by its name, sidecars among the initContainers included."""
    for one in [*spec.get("initContainers", []), *spec["containers"]]:
        if one["name"] == name:
            return one
    raise AssertionError(f"no container {name}")


def changed(tree, path, value):
    """A copy of maps and lists in which one place, a path of keys and indices, is another."""
    tree = copy.deepcopy(tree)
    place = tree
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return tree

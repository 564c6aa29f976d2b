"""Checks manifests against the schemas of Kubernetes, the Prometheus operator and Grafana's.

kubeconform(test, manifests) fails the test with what is wrong: unknown fields and kinds included.
The schemas are made once, below build/tools/schemas: Kubernetes' from the package
kubernetes-validate, the operator's by controller-gen from its Go types; those of Grafana's
operator, in tests/deploy/schemas, have the fields that litewatch sets, by its documentation."""
import glob
import hashlib
import json
import os
import re
import shutil
import tempfile

import yaml

from tools import TOOLS, VENV, run, support, tool

KUBERNETES = "1.36.0"
OPERATOR = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring"
OPERATOR_VERSION = "v0.95.1"
OPERATOR_APIS = ("v1", "v1alpha1")
# What manifests of ours may say of themselves, which definitions of custom resources leave open.
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
METADATA = {"type": "object", "additionalProperties": False, "required": ["name"],
            "properties": {"name": {"type": "string"}, "namespace": {"type": "string"},
                           "labels": TEXTS, "annotations": TEXTS}}
HAND_WRITTEN = os.path.join(os.path.dirname(__file__), "schemas")


class DefinitionLoader(yaml.CSafeLoader):
    """Reads a bare =, an operator of matchers, as the text that it is."""


DefinitionLoader.add_constructor("tag:yaml.org,2002:value", DefinitionLoader.construct_yaml_str)


def kubeconform(test, manifests, kubernetes_version=KUBERNETES):
    """Fails unless each manifest, of a text or of a list, is what its kind's schema asks for."""
    text = manifests if isinstance(manifests, str) else yaml.safe_dump_all(manifests)
    locations = (
        os.path.join(kubernetes_schemas(test, kubernetes_version),
                     "{{.ResourceKind}}{{.KindSuffix}}.json"),
        os.path.join(operator_schemas(test), "{{.Group}}", "{{.ResourceKind}}_"
                     "{{.ResourceAPIVersion}}.json"),
        os.path.join(HAND_WRITTEN, "{{.Group}}_{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"))
    command = [tool(test, "kubeconform"), "-strict", "-n", "1"]
    for location in locations:
        command += ["-schema-location", location]
    done = run(*command, stdin=text, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)


def kubernetes_schemas(test, version):
    """The folder of the strict schemas of a version such as 1.36.0; patch levels do not matter."""
    minor = ".".join(version.split(".")[:2])
    found = glob.glob(os.path.join(VENV, "..", "lib", "*", "site-packages", "kubernetes_validate",
                                   "kubernetes-json-schema", f"v{minor}.0-local-strict"))
    if not found:
        support.skip(test, f"no schemas of Kubernetes {minor}: kubernetes-validate is missing "
                           "or too old; tests/run.sh deploy installs it")
    return cached(f"kubernetes-{minor}", lambda folder: copy_kubernetes(found[0], folder))


def copy_kubernetes(source, folder):
    """Copies schemas, whose references name a server, so that they refer to each other as files."""
    for path in glob.glob(os.path.join(source, "*.json")):
        with open(path) as file:
            schema = json.loads(file.read().replace('"/api/_definitions', '"_definitions'))
        schema.pop("$id", None)
        with open(os.path.join(folder, os.path.basename(path)), "w") as file:
            json.dump(schema, file)


def operator_schemas(test):
    """The folder of the strict schemas of the Prometheus operator's kinds."""
    generator, go = tool(test, "controller-gen"), tool(test, "go")
    return cached(f"operator-{OPERATOR_VERSION}",
                  lambda folder: generate_operator(generator, go, folder))


def generate_operator(generator, go, folder):
    """GROUP/KIND_VERSION.json for each custom resource, by way of a throw-away Go module; in
    definitions/, what a cluster learns them by."""
    environment = {"PATH": os.path.dirname(go) + os.pathsep + os.environ["PATH"]}
    packages = [f"{OPERATOR}/{api}" for api in OPERATOR_APIS]
    with tempfile.TemporaryDirectory(prefix="litewatch-crds-") as module:
        with open(os.path.join(module, "imports.go"), "w") as file:
            file.write("package crds\n" + "".join(f'import _ "{name}"\n' for name in packages))
        for command in ((go, "mod", "init", "crds"),
                        (go, "mod", "edit", f"-require={OPERATOR}@{OPERATOR_VERSION}"),
                        (go, "mod", "tidy"),
                        (generator, "crd:crdVersions=v1,allowDangerousTypes=true",
                         *(f"paths={name}" for name in packages), "output:crd:dir=crds")):
            run(*command, cwd=module, env=environment)
        for path in glob.glob(os.path.join(module, "crds", "*.yaml")):
            with open(path) as file:
                write_schemas(yaml.load(file, DefinitionLoader)["spec"], folder)
        shutil.copytree(os.path.join(module, "crds"), os.path.join(folder, "definitions"))


def write_schemas(definition, folder):
    """One file for each version of a custom resource."""
    group = os.path.join(folder, definition["group"])
    os.makedirs(group, exist_ok=True)
    for version in definition["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        schema["properties"]["metadata"] = METADATA
        name = f"{definition['names']['kind'].lower()}_{version['name']}.json"
        with open(os.path.join(group, name), "w") as file:
            json.dump(strict(schema), file)


def strict(schema):
    """The schema with every object closed that lists its properties: a typo is an error."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if schema.get("type") == "object" and "properties" in schema and not is_open:
        closed["additionalProperties"] = False
    return closed


def cached(name, make):
    """A folder below build/tools/schemas that make(folder) fills unless it is there. Another
    version of this file makes another one."""
    with open(__file__, "rb") as file:
        origin = hashlib.sha256(file.read()).hexdigest()[:12]
    folder = os.path.join(TOOLS, "schemas", f"{re.sub('[^a-z0-9.-]', '-', name)}-{origin}")
    if os.path.isdir(folder):
        return folder
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    partial = tempfile.mkdtemp(prefix="partial-", dir=os.path.dirname(folder))
    try:
        make(partial)
        os.rename(partial, folder)
    except OSError:
        if not os.path.isdir(folder):  # else another test run was faster
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder

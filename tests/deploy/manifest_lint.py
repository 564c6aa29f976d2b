"""What kube-linter would say of manifests, as far as it matters here: it cannot be installed.

findings(manifests) names its checks. Workloads that read the node's files by hostPath say so with
`node=True`; what such a mount may be is checked all the same."""
import collections

from tools import pod_spec

WORKLOADS = {"Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"}
SERVICES = {"Deployment", "StatefulSet", "DaemonSet"}  # run on, and are asked for their health
SENSITIVE = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sys", "/usr", "/var/run")
SENSITIVE_READS = ("/proc", "/sys/fs/cgroup")


def findings(manifests, node=False):
    """One line for each finding: the object, kube-linter's name of the check, what it is about."""
    found = []
    for manifest in manifests:
        name = f"{manifest['kind']}/{manifest['metadata']['name']}"
        found += [f"{name}: {text}" for text in of_manifest(manifest, manifests, node)]
    return found


def of_manifest(manifest, manifests, node):
    if manifest["kind"] in WORKLOADS:
        spec = pod_spec(manifest)
        yield from of_pod(spec, manifests, node)
        yield from of_selector(manifest)
        for container in containers(spec):
            for text in of_container(container, spec, manifest["kind"]):
                yield f"{container['name']}: {text}"
    if manifest["kind"] == "Service":
        yield from of_service(manifest, manifests)
    if manifest["kind"] == "PodDisruptionBudget":
        yield from of_budget(manifest, manifests)


def containers(spec):
    return [*spec.get("initContainers", []), *spec["containers"]]


def of_pod(spec, manifests, node):
    accounts = {one["metadata"]["name"] for one in manifests if one["kind"] == "ServiceAccount"}
    account = spec.get("serviceAccountName", "default")
    if account == "default":
        yield "default-service-account"
    elif accounts and account not in accounts:
        yield f"non-existent-service-account: {account}"
    if spec.get("automountServiceAccountToken") is not False:
        yield "access-to-api-server"
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield f"{key}"
    yield from of_host_mounts(spec, node)


def of_host_mounts(spec, node):
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in spec.get("volumes", [])
             if "hostPath" in volume}
    if paths and not node:
        yield f"host-mounts: {', '.join(sorted(paths.values()))}"
    for name, path in paths.items():
        if path.endswith(".sock"):
            yield f"docker-sock: {path}"
        if path in SENSITIVE and not (node and path in SENSITIVE_READS):
            yield f"sensitive-host-mounts: {path}"
        for container in containers(spec):
            for mount in container.get("volumeMounts", []):
                if mount["name"] == name and not mount.get("readOnly"):
                    yield f"writable-host-mount: {path}"


def of_selector(manifest):
    if manifest["kind"] not in SERVICES:
        return
    labels = manifest["spec"]["template"]["metadata"].get("labels", {})
    if not selects(manifest["spec"]["selector"]["matchLabels"], labels):
        yield "mismatching-selector"


def of_container(container, spec, kind):
    image, tag = container["image"], container["image"].rpartition("/")[2].partition(":")[2]
    if "@sha256:" not in image and tag in ("", "latest"):
        yield f"latest-tag: {image}"
    names = collections.Counter(one["name"] for one in container.get("env", []))
    yield from (f"duplicate-env-var: {name}" for name, count in names.items() if count > 1)
    yield from of_resources(container.get("resources", {}))
    yield from of_security({**spec.get("securityContext", {}), **container["securityContext"]}
                           if "securityContext" in container else spec.get("securityContext", {}))
    if kind in SERVICES and container in spec["containers"]:
        yield from of_probes(container)


def of_resources(resources):
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    if "cpu" not in requests:
        yield "unset-cpu-requirements"
    if "memory" not in requests or "memory" not in limits:
        yield "unset-memory-requirements"


def of_security(context):
    if context.get("privileged"):
        yield "privileged-container"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "privilege-escalation-container"
    if not context.get("readOnlyRootFilesystem"):
        yield "no-read-only-root-fs"
    if not context.get("runAsNonRoot"):
        yield "run-as-non-root"
    if "ALL" not in context.get("capabilities", {}).get("drop", []):
        yield "drop-net-raw-capability"


def of_probes(container):
    ports = {value for port in container.get("ports", [])
             for value in (port.get("name"), port["containerPort"])}
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(key, {})
        if not probe:
            yield f"no {key}"
        for kind in ("httpGet", "tcpSocket"):
            if kind in probe and probe[kind]["port"] not in ports:
                yield f"{key}: no such port: {probe[kind]['port']}"


def of_service(service, manifests):
    chosen = [one for one in manifests if one["kind"] in SERVICES and
              one["metadata"].get("namespace") == service["metadata"].get("namespace") and
              selects(service["spec"]["selector"], one["spec"]["template"]["metadata"]["labels"])]
    if not chosen:
        yield "dangling-service"
    for workload in chosen:
        ports = {value for container in containers(pod_spec(workload))
                 for port in container.get("ports", [])
                 for value in (port.get("name"), port["containerPort"])}
        for port in service["spec"]["ports"]:
            if port.get("targetPort", port["port"]) not in ports:
                yield f"invalid-target-ports: {port['targetPort']}"


def of_budget(budget, manifests):
    labels = budget["spec"]["selector"]["matchLabels"]
    for workload in manifests:
        if workload["kind"] in SERVICES and \
                selects(labels, workload["spec"]["template"]["metadata"]["labels"]):
            spec = budget["spec"]
            if spec.get("minAvailable", 0) == workload["spec"].get("replicas", 1):
                yield "pdb-min-available"
            if spec.get("maxUnavailable", 1) in (0, "0%"):
                yield "pdb-max-unavailable"
            return
    yield "dangling budget"


def selects(selector, labels):
    return bool(selector) and selector.items() <= labels.items()

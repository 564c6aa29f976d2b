"""What documents and manifests name although litewatch does not have it, and why that is right.
Keys may be patterns of fnmatch; an entry that nothing needs any more fails references_test."""
import fnmatch

# Programs whose flags are their own: nothing here checks those.
PROGRAMS = {
    "alertmanager", "apt-get", "bwrap", "chroot", "cmake", "curl", "date", "docker",
    "docker-compose", "find", "git", "gitea", "gzip", "helm", "install", "journalctl",
    "kubectl", "mmdebstrap", "podman", "prometheus", "python3", "setpriv", "systemctl",
    "systemd-run", "systemd-socket-activate", "test", "timeout", "unshare", "useradd", "xargs",
}
# Commands whose arguments name litewatch as a thing: what follows is not litewatch's command line,
# unless it comes behind "--" or an image.
RUNNERS = {"docker", "podman", "kubectl", "docker-compose", "systemd-run", "chroot",
           "setpriv", "timeout", "bwrap", "unshare", "systemd-socket-activate"}

FLAGS = {}

VARIABLES = {
    "AF_*": "address families, in a unit",
    "CAP_*": "capabilities of Linux",
}

PORTS = {
    3000: "Grafana, Node apps, Gitea: their default",
    3001: "Grafana of deploy/compose",
    9090: "Prometheus",
    9095: "the receiver of notifications of deploy/demo.sh",
    53: "DNS",
}

METRICS = {
    "container_label_*": "names of labels, not of metrics",
    "container_fs_usage_bytes": "cAdvisor's; README.md says that litewatch leaves it out",
    "container_tasks_state": "the same",
    "container_memory_failures_total": "the same",
    "container_blkio_*": "the same",
    "container_fs_io_*": "the same",
}

ALERTS = {
    "AppQueueLong": "an example of one's own in dashboards/README.md",
    "AppVersion": "a field of Chart.yaml, in templates",
    "ContainerCreating": "a state of pods",
}

ENDPOINTS = {}

SETTINGS = {}

VALUES = {}

INSTALLED = {
    "/var/lib/grafana/dashboards/litewatch": "in Grafana's container",
    "/etc/litewatch": "made by the Debian package, by the image or by whoever mounts it",
    "/etc/litewatch/litewatch.yml": "the configuration that users write; a conffile",
    "/etc/litewatch/web-config.yml": "mounted by the chart from a Secret",
    "/etc/litewatch/probes.yml": "mounted by deploy/compose",
    "/etc/litewatch/sidecar.yml": "mounted by deploy/compose",
    "/etc/litewatch/web.yml": "a web configuration that users write",
    "/etc/default/litewatch": "flags that users write, for the unit",
    "/etc/systemd/system/litewatch.*.d/*": "drop-ins that users copy there",
    "/run/credentials/litewatch.service/*": "where systemd puts LoadCredential=",
    "/run/litewatch.sock": "a socket of deploy/systemd/examples",
    "/etc/litewatch/secrets*": "where Secrets are mounted",
}

FILES = {
    "tests/probe.yaml": "helm-unittest's name of templates/tests/probe.yaml of the chart",
    "deploy/litewatch": "kubectl's word for the Deployment litewatch",
}

CONFIGURATIONS = {}

used = set()  # entries of references_allowed that were needed


def is_allowed(table, name):
    """Whether an entry of a table of references_allowed says that the name is right."""
    entries = globals()[table]
    for pattern in entries:
        if pattern == name or isinstance(pattern, str) and fnmatch.fnmatchcase(name, pattern):
            used.add((table, pattern))
            return True
    return False

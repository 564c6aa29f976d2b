"""What the real litewatch publishes of made-up machines: one for each runtime's layout of cgroups,
and one for each kernel and version of cgroups, compared with tests/golden/containers.

A container's id is written ID<n> there, cut to 12 digits ID<n>[:12], and a pod's UID<n>; values
that are the moment's are written "*". To accept a change, run `UPDATE_GOLDEN=1 tests/run.sh e2e`
and look at the diff.
"""
import os
import re
import tempfile
import time
import unittest

from cgroup_tree import HOST_NETWORK, CgroupTree, container_id, pod_uid, write
from golden_test import GOLDEN, GoldenTestCase
from support import parse_page, promtool_check, wait_until

PUBLISHED = re.compile(r"container_|machine_|litewatch_container")
VOLATILE = re.compile(r"container_(last_seen|start_time_seconds|started_timestamp_seconds)\b")
# Enough to tell who is who; the kernels' pages have all families.
IDENTIFYING = re.compile(
    r"(machine_|litewatch_container|container_(info|running|started_timestamp_seconds|last_seen|"
    r"oom_kills_total|pids|cpu_usage_seconds_total|cpu_limit_cores|memory_usage_bytes|open_fds|"
    r"network_receive_bytes_total)\b)|"
    r"container_memory_(bytes\{.*kind=\"current\"|limit_bytes\{.*kind=\"max\")|"
    r"container_network_bytes_total\{.*direction=\"receive\"")


def scope(number, runtime="docker"):
    return f"{runtime}-{container_id(number)}.scope"


# Each builds a machine and gives the number of containers and services to be shown.

def docker_cgroupfs(tree):
    """The second shares the network of the first, the third the machine's."""
    tree.container(f"/docker/{container_id(1)}", 1)
    tree.container(f"/docker/{container_id(2)}", 2, network=HOST_NETWORK + 1)
    tree.container(f"/docker/{container_id(3)}", 3, network=HOST_NETWORK)
    return 3


def docker_systemd(tree):
    tree.container(f"/system.slice/{scope(1)}", 1)
    tree.container(f"/custom.slice/custom-web.slice/{scope(2)}", 2, processes=3)
    tree.service("/system.slice/docker.service", 3, name="dockerd")
    tree.container("/system.slice/run-docker-netns-a.mount", 4, HOST_NETWORK)
    tree.container("/init.scope", 5, HOST_NETWORK)
    return 3


def docker_rootless(tree):
    tree.container(f"/user.slice/user-1000.slice/user@1000.service/user.slice/{scope(1)}", 1)
    return 1


def docker_in_docker(tree):
    """The inner container is part of the outer one, whose counts are of both."""
    tree.container(f"/docker/{container_id(1)}", 1)
    tree.container(f"/docker/{container_id(1)}/docker/{container_id(2)}", 2)
    return 1


def compose(tree):
    """A project's own slice limits its two containers further."""
    tree.slice("/shop.slice", cpu__max="75000 100000\n", memory__max=f"{300 << 20}\n")
    tree.container(f"/shop.slice/{scope(1)}", 1)
    tree.container(f"/shop.slice/{scope(2)}", 2)
    return 2


def kubelet_containerd_systemd(tree):
    tree.pod("shop", "web-0", {"app": 1, "proxy": 2}, qos="burstable")
    tree.pod("batch", "job-7x", {"job": 3}, qos="besteffort")
    tree.pod("kube-system", "dns-1", {"dns": 4}, qos="guaranteed")
    tree.service("/system.slice/kubelet.service", 5, name="kubelet")
    return 5


def kubelet_cgroupfs(tree):
    tree.pod("shop", "web-0", {"app": 1, "proxy": 2}, driver="cgroupfs")
    tree.pod("batch", "job-7x", {"job": 3}, qos="besteffort", driver="cgroupfs")
    tree.pod("kube-system", "dns-1", {"dns": 4}, qos="guaranteed", driver="cgroupfs")
    return 4


def crio(tree):
    """With conmon beside the container, and crun's cgroup within it."""
    made = tree.pod("shop", "web-0", {"app": 1}, scope="crio-{}.scope")
    pod = os.path.dirname(made["app"].path)
    tree.container(f"{pod}/crio-conmon-{container_id(1)}.scope", 2, HOST_NETWORK, name="conmon")
    tree.container(f"{made['app'].path}/container", 3)
    return 1


def cri_dockerd(tree):
    tree.pod("shop", "web-0", {"app": 1}, scope="docker-{}.scope")
    return 1


def kind(tree):
    tree.pod("shop", "web-0", {"app": 1}, prefix="kubelet")
    return 1


def static_pods(tree):
    """The kubelet makes their UIDs, without dashes."""
    tree.pod("kube-system", "etcd-node1", {"etcd": 1}, uid="0123456789abcdef" * 2)
    return 1


def kubernetes_without_logs(tree):
    """Nobody says who the containers are, nor which one is the sandbox."""
    tree.pod("shop", "web-0", {"app": 1}, logs=False)
    return 2


def kubernetes_long_names(tree):
    """The links of the logs are cut before the id; the folders of the pods still tell."""
    pod = "a" * 200 + "-0"
    tree.pod("shop", pod, {"app": 1})
    tree.pod("shop", pod + "0", {"app": 2, "proxy": 3})
    return 3


def podman_root(tree):
    tree.container(f"/machine.slice/{scope(1, 'libpod')}/container", 2, network=HOST_NETWORK + 1)
    tree.container(f"/machine.slice/{scope(1, 'libpod')}", 1, processes=0)
    tree.container(f"/machine.slice/libpod-conmon-{container_id(1)}.scope", 3, HOST_NETWORK)
    return 1


def podman_rootless(tree):
    session = "/user.slice/user-1000.slice/user@1000.service/user.slice"
    tree.container(f"{session}/{scope(1, 'libpod')}", 1)
    tree.container(f"{session}/libpod-conmon-{container_id(1)}.scope", 2, HOST_NETWORK)
    return 1


def podman_quadlet(tree):
    """The container is a child of the unit's own cgroup."""
    tree.container(f"/system.slice/web.service/libpod-payload-{container_id(1)}", 1)
    tree.container("/system.slice/web.service/runtime", 2, HOST_NETWORK, name="conmon")
    return 1


def systemd_services(tree):
    tree.service("/system.slice/cron.service", 1, name="cron")
    tree.service("/system.slice/system-getty.slice/getty@tty1.service", 2, name="agetty")
    user = "/user.slice/user-1000.slice/user@1000.service"
    tree.service(f"{user}/app.slice/app-org.example.Notes.service", 3, name="notes")
    tree.container("/user.slice/user-1000.slice/session-3.scope", 4, HOST_NETWORK, name="bash")
    tree.container(f"{user}/init.scope", 5, HOST_NETWORK, name="systemd")
    return 3


def lxc(tree):
    tree.container("/lxc.payload.web", 1, name="init")
    tree.service("/lxc.payload.web/system.slice/nginx.service", 2)
    tree.container("/lxc.monitor.web", 3, HOST_NETWORK)
    tree.container("/lxc/101", 4, name="init")
    tree.container("/lxc/101/ns", 5)
    return 2


def nspawn(tree):
    unit = "/machine.slice/systemd-nspawn@deb.service"
    tree.container(unit, 1, processes=0)
    tree.container(f"{unit}/payload", 3, name="init")
    tree.container(f"{unit}/supervisor", 2, HOST_NETWORK, name="systemd-nspawn")
    return 1


def nomad(tree):
    tree.container(f"/nomad.slice/share.slice/{pod_uid(1)}.web.scope", 1)
    tree.container(f"/nomad.slice/reserve.slice/{pod_uid(2)}.db.scope", 2)
    return 2


def ecs(tree):
    tree.container(f"/ecs/{'0123456789abcdef' * 2}/{container_id(1)}", 1)
    return 1


RUNTIMES = (docker_cgroupfs, docker_systemd, docker_rootless, docker_in_docker, compose,
            kubelet_containerd_systemd, kubelet_cgroupfs, crio, cri_dockerd, kind, static_pods,
            kubernetes_without_logs, kubernetes_long_names, podman_root, podman_rootless,
            podman_quadlet, systemd_services, lxc, nspawn, nomad, ecs)
# v1 went out of use with the newest kernels.
KERNELS = [(kernel, layout) for kernel in ("4.18", "5.4", "5.15", "6.1", "6.18")
           for layout in ("unified", "hybrid", "v1")
           if layout == "unified" or (kernel, layout) in (
               ("4.18", "hybrid"), ("4.18", "v1"), ("5.4", "hybrid"), ("5.4", "v1"),
               ("5.15", "hybrid"), ("5.15", "v1"), ("6.18", "hybrid"))]


def machine_of_kernel(tree):
    """A container with limits, and a service without."""
    tree.container(f"/system.slice/{scope(1)}", 1)
    tree.service("/system.slice/cron.service", 2, name="cron")
    return 2


def normalise(text):
    """The lines about containers, with ids and moments replaced."""
    for number in range(1, 10):
        text = text.replace(container_id(number), f"ID{number}")
        text = text.replace(container_id(number)[:12], f"ID{number}[:12]")
        text = text.replace(container_id(number + 500), f"SANDBOX{number}")
        text = text.replace(container_id(number + 500)[:12], f"SANDBOX{number}[:12]")
        text = text.replace(pod_uid(number), f"UID{number}")
        text = text.replace(pod_uid(number).replace("-", "_"), f"UID{number}_")
    text = text.replace("a" * 200, "A*200")
    lines = [line for line in text.split("\n") if PUBLISHED.match(line)]
    return [re.sub(r" \S+$", " *", line) if VOLATILE.match(line) else line for line in lines]


def labels_of(series):
    return dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', series.partition("{")[2]))


def owner_of(series):
    labels = labels_of(series)
    return tuple(labels.get(name, "") for name in ("app", "container", "namespace", "pod"))


class ContainerGolden(GoldenTestCase):
    def tree(self, **options):
        """In a short path, as those of sockets have to be."""
        return CgroupTree(tempfile.mkdtemp(dir=self.folder), **options)

    def page(self, tree, expected, *arguments):
        """The page once all containers are on it, and it does not change any more."""
        write(self.path("litewatch.yml"), "containers: {}\n")
        service = self.litewatch(*tree.flags(), f"--config.file={self.path('litewatch.yml')}",
                                 *arguments)

        def shown():
            text = service.get("/metrics")[2].decode()
            running = sum(1 for line in text.split("\n") if line.startswith("container_running{"))
            pages.append(normalise(text))
            settled = len(pages) > 2 and pages[-1] == pages[-3] and time.monotonic() >= settles
            return text if settled and running == expected else None
        pages = []
        # What a pod's logs do not tell of yet is held back for two seconds.
        settles = time.monotonic() + (2.5 if tree.has_pods() else 0)
        try:
            text = wait_until(shown, 8, f"page with {expected} containers")
        except AssertionError as error:
            raise AssertionError(f"{error}; there is:\n" + "\n".join(
                line for line in pages[-1] if re.match("container_running|litewatch_", line)))
        service.stop()
        return text

    def assert_consistent(self, text):
        """All series of a container carry the labels of its first one, and none is of nobody."""
        page = parse_page(text)
        own = {owner_of(series) for series in page if series.startswith("container_running{")}
        cadvisor = {labels["id"]: labels for series in page
                    if series.startswith("container_last_seen{") for labels in [labels_of(series)]}
        for series in page:
            if not series.startswith("container_") or "network" in series:
                continue
            labels = labels_of(series)
            with self.subTest(series):
                of_cadvisor = "id" in labels and not series.startswith("container_info")
                # To cAdvisor a service is an id without a container.
                if not (of_cadvisor and labels["id"].endswith(".service")):
                    self.assertIn(owner_of(series), own)
                if of_cadvisor:
                    wanted = cadvisor[labels["id"]]
                    self.assertEqual({key: labels.get(key) for key in wanted}, wanted)

    def test_runtimes(self):
        for build in RUNTIMES:
            name = build.__name__
            with self.subTest(name):
                tree = self.tree()
                text = self.page(tree, build(tree), "--log.level=error")
                self.assert_consistent(text)
                lines = [line for line in normalise(text) if IDENTIFYING.match(line)]
                self.assert_golden("\n".join(lines) + "\n", "containers", name + ".txt")

    def test_runtimes_on_v1_and_hybrid(self):
        """Who is who does not depend on the version of cgroups."""
        for layout in ("v1", "hybrid"):
            for build in (docker_systemd, kubelet_cgroupfs, podman_root, lxc):
                with self.subTest(f"{build.__name__} on {layout}"):
                    tree = self.tree(layout=layout)
                    text = self.page(tree, build(tree))
                    self.assert_consistent(text)
                    with open(os.path.join(GOLDEN, "containers", build.__name__ + ".txt")) as file:
                        golden = file.read().split("\n")

                    def who(lines):
                        return sorted(re.sub(r'cgroup_version="[^"]*"', "", line) for line in lines
                                      if re.match("container_(info|running|network|open)", line))
                    self.assertEqual(who(line for line in normalise(text)
                                         if IDENTIFYING.match(line)), who(golden))

    def test_kernels(self):
        for kernel, layout in KERNELS:
            name = f"kernel-{kernel}-{layout}"
            with self.subTest(name):
                tree = self.tree(kernel=kernel, layout=layout)
                text = self.page(tree, machine_of_kernel(tree))
                self.assert_consistent(text)
                self.assertEqual(promtool_check(text.encode()), "")
                self.assert_golden("\n".join(normalise(text)) + "\n", "containers", name + ".txt")


if __name__ == "__main__":
    unittest.main()

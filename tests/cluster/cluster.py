"""A real Kubernetes cluster of one node (node.sh), and kubectl and helm that speak to it."""
import atexit
import functools
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "deploy"))
import tools  # noqa: E402
from tools import support  # noqa: E402
import images  # noqa: E402

PROGRAMS = os.path.join(tools.ROOT, "build", "cluster", "bin")
KUBECONFIG = os.path.join(HERE, "node", "kubeconfig.yml")


class Cluster:
    """Runs until stop()."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="litewatch-cluster-")
        os.chmod(self.folder, 0o755)
        images.make(os.path.join(self.folder, "images"))
        self.process = subprocess.Popen([os.path.join(HERE, "node.sh"), self.folder],
                                        stdin=subprocess.PIPE, text=True)
        try:
            support.wait_until(self.is_ready, 180, "ready node")
        except BaseException:
            self.print_logs()
            self.stop()
            raise

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"node.sh ended with {self.process.returncode}")
        if not os.path.exists(os.path.join(self.folder, "pid")):
            return False
        done = self.kubectl("get", "node", "node", "--output=jsonpath={.status.conditions[?("
                            "@.type=='Ready')].status}", check=False)
        return done.stdout == "True"

    def print_logs(self):
        """The end of what each program says."""
        for path in glob.glob(os.path.join(self.folder, "var", "log", "cluster", "*.log")):
            with open(path, errors="replace") as file:
                print(f"{path}:", *file.readlines()[-20:], sep="\n")

    def run(self, program, *arguments, **options):
        """Runs a program in the network of the cluster; `options` are those of tools.run."""
        with open(os.path.join(self.folder, "pid")) as file:
            network = f"--net=/proc/{file.read().strip()}/ns/net"
        return tools.run("nsenter", network, program, *arguments,
                         env={"KUBECONFIG": KUBECONFIG, "HOME": self.folder}, **options)

    def kubectl(self, *arguments, **options):
        return self.run(os.path.join(PROGRAMS, "kubectl"), *arguments, **options)

    def get(self, *arguments):
        """What `kubectl get` gives, as Python values."""
        return json.loads(self.kubectl("get", *arguments, "--output=json").stdout)

    def page(self, namespace, pod):
        """/metrics of a pod's litewatch, by way of the API server."""
        return self.kubectl("get", "--raw", f"/api/v1/namespaces/{namespace}/pods/{pod}:9871"
                            "/proxy/metrics").stdout

    def stop(self):
        self.process.communicate()
        shutil.rmtree(self.folder)


@functools.cache
def shared():
    """One for all tests of a run."""
    cluster = Cluster()
    atexit.register(cluster.stop)
    return cluster

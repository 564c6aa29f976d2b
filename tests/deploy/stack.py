#!/usr/bin/env python3
"""The services of deploy/compose/compose.yml as plain processes, for a machine without containers.

Each has what its service has: command, user, read-only root, mounts and volumes, no capabilities,
no new privileges, `pid: "service:..."`. All are in one network namespace without a way out, where
names of services lead to the loopback interface. Only programs differ: they are this machine's.

    stack.py FOLDER start|stop SERVICE...    within the namespaces that Namespaces makes
"""
import ctypes
import json
import os
import shlex
import signal
import subprocess
import sys

import yaml

from tools import DEPLOY, ROOT, support

COMPOSE = os.path.join(DEPLOY, "compose")
# What the images have as their entry point. A service without one starts with its command.
ENTRYPOINTS = {"litewatch": ["litewatch"], "prom/prometheus": ["prometheus"],
               "prom/alertmanager": ["alertmanager"]}
PROGRAMS = {"litewatch": support.LITEWATCH, "litetool": support.LITETOOL,
            "prometheus": os.path.join(support.TOOLS, "prometheus"),
            "promtool": os.path.join(support.TOOLS, "promtool"),
            "alertmanager": os.path.join(support.TOOLS, "prometheus-alertmanager"),
            "amtool": os.path.join(support.TOOLS, "amtool")}
CAPABILITIES_TO_CHANGE_USER = ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"]


def services():
    with open(os.path.join(COMPOSE, "compose.yml")) as file:
        return yaml.safe_load(file)["services"]


def address(name):
    """Each service has one of its own, for two may listen on the same port; those that share a
    network namespace share it."""
    service = services()[name]
    if "network_mode" in service:
        return address(service["network_mode"].removeprefix("service:"))
    return f"127.0.0.{10 + list(services()).index(name)}"


class Stack:
    """The processes of a folder, which outlives the object: their ids are in files there."""

    def __init__(self, folder):
        self.folder, self.services = folder, services()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def prepare(self):
        """Volumes with the owners that images give them, programs, and names."""
        for folder in ("volumes", "programs", "processes", "logs"):
            os.makedirs(self.path(folder))
        for name, service in self.services.items():
            user, group = map(int, service["user"].split(":"))
            for source, _, mode in map(split_volume, service.get("volumes", ())):
                if not source.startswith(".") and mode != "ro":
                    os.makedirs(self.path("volumes", source))
                    os.chown(self.path("volumes", source), user, group)
        with open(self.path("hosts"), "w") as hosts:
            hosts.write("127.0.0.1 localhost\n")
            for name in self.services:
                hosts.write(f"{address(name)} {name}\n")

    def mounts(self, name):
        for source, target, mode in map(split_volume, self.services[name].get("volumes", ())):
            source = os.path.normpath(os.path.join(COMPOSE, source)) if source.startswith(".") \
                else self.path("volumes", source)
            yield ["--ro-bind" if mode == "ro" else "--bind", source, target]

    def folders(self, name):
        """What mounts lie in, open to every user."""
        made = {"/etc", "/programs", "/sys", "/sys/fs"}
        for _, _, target in self.mounts(name):
            while (target := os.path.dirname(target)) != "/":
                made.add(target)
        return [word for folder in sorted(made) for word in ("--perms", "0755", "--dir", folder)]

    def sandbox(self, name):
        """The command that makes the service's file system and namespaces."""
        service = self.services[name]
        command = ["bwrap", "--unshare-ipc", "--unshare-uts", *self.folders(name),
                   "--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev",
                   "--ro-bind", "/sys/fs/cgroup", "/sys/fs/cgroup",
                   "--ro-bind", self.path("hosts"), "/etc/hosts"]
        for link in ("bin", "sbin", "lib", "lib64"):
            command += ["--symlink", f"usr/{link}", f"/{link}"]
        for file in ("ld.so.cache", "nsswitch.conf"):
            command += ["--ro-bind-try", f"/etc/{file}", f"/etc/{file}"]
        for program, path in PROGRAMS.items():
            command += ["--ro-bind", os.path.realpath(path), f"/programs/{program}"]
        for mount in self.mounts(name):
            command += mount
        for text in service.get("tmpfs", ()):
            command += ["--perms", "1777", "--tmpfs", text.split(":")[0]]
        if "pid" not in service:
            command += ["--unshare-pid", "--as-pid-1"]
        for capability in CAPABILITIES_TO_CHANGE_USER:
            command += ["--cap-add", capability]
        command += ["--clearenv", "--setenv", "PATH", "/programs:/usr/bin"]
        for key, value in service.get("environment", {}).items():
            command += ["--setenv", key, value]
        # The last of all, as in a container: then nothing can be made in the root any more.
        return command + ["--remount-ro", "/", "--chdir", service.get("working_dir", "/")]

    def as_user(self, name):
        user, group = self.services[name]["user"].split(":")
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups",
                "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]

    def command(self, name):
        service = self.services[name]
        command = [*ENTRYPOINTS.get(service["image"].split(":")[0], []), *service["command"]]
        if command[0] == "litewatch":  # there are two, and one port
            command.append(f"--web.listen-address={address(name)}:9871")
        return command

    def start(self, name):
        service = self.services[name]
        read, write = os.pipe()
        arguments, keep = self.sandbox(name), [write]
        if "pid" in service:
            app = self.process(service["pid"].removeprefix("service:"))
            keep.append(os.open(f"/proc/{app}/ns/pid", os.O_RDONLY))
            arguments += ["--pidns", str(keep[-1])]
        arguments += ["--json-status-fd", str(write), "--", *self.as_user(name),
                      *self.command(name)]
        with open(self.path("logs", name), "a") as log:
            subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             pass_fds=keep, start_new_session=True)
        for descriptor in keep:
            os.close(descriptor)
        with os.fdopen(read) as status:
            line = status.readline()
        if not line:
            raise AssertionError(f"{name} does not start: {self.log(name)}")
        with open(self.path("processes", name), "w") as file:
            file.write(str(json.loads(line)["child-pid"]))

    def process(self, name):
        with open(self.path("processes", name)) as file:
            return int(file.read())

    def runs(self, name):
        """Zombies do not."""
        try:
            with open(f"/proc/{self.process(name)}/stat") as stat:
                return stat.read().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def stop(self, name):
        os.kill(self.process(name), signal.SIGTERM)
        support.wait_until(lambda: not self.runs(name), 15, f"end of {name}")

    def log(self, name):
        with open(self.path("logs", name)) as file:
            return file.read()[-4000:]

    def health(self, name):
        """Runs the service's health check within its container; an exit code and output."""
        test = self.services[name]["healthcheck"]["test"]
        if test[0] != "CMD":
            raise AssertionError(f"{name}: a health check without a shell begins with CMD")
        command = [os.path.basename(test[1]), *[word.replace("$$", "$") for word in test[2:]]]
        if "listen-address" in self.command(name)[-1]:
            command = [word.replace("127.0.0.1", address(name)) for word in command]
        inside = ["nsenter", f"--target={self.process(name)}", "--mount", "--pid", "--root", "--wd",
                  "env", "-i", "PATH=/programs:/usr/bin"]
        done = subprocess.run([*inside, *self.as_user(name), *command], capture_output=True,
                              text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr


def split_volume(text):
    """(source, target, mode)"""
    source, target, mode = (text + ":rw").split(":")[:3]
    return source, target, mode


class Namespaces:
    """Processes and a network of their own, which end with the process that made them."""

    def __init__(self):
        def end_with_parent():
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

        self.holder = subprocess.Popen(
            ["unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc",
             "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"],
            stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
        if self.holder.stdout.readline() != "up\n":
            raise AssertionError("no namespaces")
        with open(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children") as children:
            self.init = children.read().split()[0]

    def inside(self, *command):
        return ["nsenter", f"--target={self.init}", "--net", "--pid", "--mount", *command]

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        support.wait_until(lambda: not os.path.exists(f"/proc/{self.init}"), 10, "end of processes")


def command_for(folder, verb, *names):
    """A shell command that starts or stops services."""
    return shlex.join([sys.executable, os.path.join(ROOT, "tests", "deploy", "stack.py"), folder,
                       verb, *names])


def main():
    folder, verb, *names = sys.argv[1:]
    stack = Stack(folder)
    for name in names:
        {"start": stack.start, "stop": stack.stop}[verb](name)


if __name__ == "__main__":
    main()

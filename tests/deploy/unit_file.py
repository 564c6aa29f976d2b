"""The systemd unit as Python values, and its restrictions by other means than systemd's."""
import os
import subprocess

import tools  # first: it leads to tests/e2e
import support

FOLDER = os.path.join(tools.DEPLOY, "systemd")
SERVICE = os.path.join(FOLDER, "litewatch.service")
SOCKET = os.path.join(FOLDER, "litewatch.socket")
FILTER = os.path.join(os.path.dirname(__file__), "unit_filter.py")
NOBODY = "65534"


def read(path):
    """The settings of all sections: name to the list of its values, in their order."""
    settings = {}
    with open(path) as unit:
        for line in unit:
            name, equals, text = line.strip().partition("=")
            if equals and not line.startswith("#"):
                settings.setdefault(name, []).append(text)
    return settings


def command(settings, name="ExecStart", replace=(), **variables):
    """The words of a command line, with $VARIABLE as a word of its own put in."""
    words = []
    for word in settings[name][0].split():
        for old, new in replace:
            word = word.replace(old, new)
        words += variables.get(word[1:], "").split() if word.startswith("$") else [word]
    return words


def write_filter(test, settings, path):
    """The system calls that the unit allows, as a program for the kernel."""
    probe = subprocess.run(["/usr/bin/python3", "-I", "-c", "import seccomp"], capture_output=True)
    if probe.returncode != 0:
        support.skip(test, "python3-seccomp is not installed")
    calls = []
    for line in settings["SystemCallFilter"]:
        for name in line.lstrip("~").split():
            calls.append(("~" if line.startswith("~") else "") + name)
    families = settings["RestrictAddressFamilies"][0].split()
    tools.run("/usr/bin/python3", "-I", FILTER, path, ",".join(families), *calls)


def sandboxed(filter_file, words):
    """A command line that runs `words` much as the unit would: no user of weight, no capability, no
    new ones, everything read-only, own /tmp, /dev and IPC, and the unit's system calls. The filter
    has to be passed as descriptor 9."""
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "bwrap",
            "--ro-bind", "/", "/", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp",
            "--ro-bind", tools.ROOT, tools.ROOT,  # which may lie below /tmp
            "--unshare-user", "--unshare-ipc", "--die-with-parent", "--seccomp", "9", "--", *words]

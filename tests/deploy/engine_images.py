"""Images for the engine, under the names that deploy/ asks for. None can be downloaded, so each is
made of what Debian has: litewatch's own by its Dockerfile, the others with older versions of the
same programs, and with no more than their services need."""
import functools
import os
import tempfile

import tools  # first: it leads to tests/e2e
import support
from debian_root import CACHE, RELEASE
from engine import Engine, Refused, missing
from pod_image import copy_into, copy_program, litewatch, made

HUB = "docker.io/"
LITEWATCH = HUB + "library/litewatch:0.1.0"
DEMO_APP = HUB + "library/litewatch-demo-app:0.1.0"
PYTHON = HUB + "library/python:3.14.7-slim"
PROMETHEUS = HUB + "prom/prometheus:v3.13.2"
ALERTMANAGER = HUB + "prom/alertmanager:v0.34.0"
PROBE = "localhost/true:1"
IMAGE = os.path.join(tools.DEPLOY, "image")
TEMPLATES = "usr/share/prometheus/alertmanager"
NOBODY = 65534


def root():
    """An empty folder that outlives the test."""
    path = tempfile.mkdtemp(dir=made().name)
    os.chmod(path, 0o755)
    return path


def assemble(programs, data=None, files=()):
    """A root of programs with their libraries: path inside to path here; `data` is nobody's."""
    folder = root()
    for inside, program in programs.items():
        copy_program(folder, program, inside)
    for path in files:
        copy_into(folder, path)
    if data:
        os.mkdir(folder + data)
        os.chown(folder + data, NOBODY, NOBODY)
    return folder


@functools.cache
def prepared_build_stage():
    """What the first stage of the Dockerfile leaves, from the programs that the tests run."""
    folder = root()
    tools.run("cp", "--archive", litewatch().root, os.path.join(folder, "rootfs"))
    return folder


def build_litewatch(engine, *options, name=LITEWATCH):
    """By its Dockerfile, whose first stage need not compile: it is given."""
    engine.build(name, support.ROOT, "--file", os.path.join(IMAGE, "Dockerfile"),
                 "--build-context", f"build={prepared_build_stage()}", *options)


def python_archive(test):
    """Debian with its Python, made once."""
    archive = os.path.join(CACHE, f"{RELEASE}-python.tar")
    with tools.locked("python-archive"):
        if not os.path.exists(archive):
            os.makedirs(CACHE, exist_ok=True)
            tools.run(tools.tool(test, "mmdebstrap"), "--variant=essential", "--quiet",
                      "--include=python3",
                      *[f"--dpkgopt=path-exclude=/usr/share/{name}/*"
                        for name in ("doc", "man", "locale")], RELEASE, archive + ".new.tar")
            os.rename(archive + ".new.tar", archive)
    return archive


def load_python(engine, test):
    engine.load(PYTHON, python_archive(test))


def build_demo_app(engine):
    """By its Dockerfile, on the Python above."""
    engine.build(DEMO_APP, os.path.join(tools.DEPLOY, "compose", "demo_app"))


def load_prometheus(engine):
    programs = {f"/bin/{name}": os.path.join(support.TOOLS, name)
                for name in ("prometheus", "promtool")}
    engine.load_folder(PROMETHEUS, assemble(programs, "/prometheus"),
                       'ENTRYPOINT ["/bin/prometheus"]', "VOLUME /prometheus")


def load_alertmanager(engine):
    programs = {"/bin/alertmanager": os.path.join(support.TOOLS, "prometheus-alertmanager"),
                "/bin/amtool": os.path.join(support.TOOLS, "amtool")}
    templates = [f"/{TEMPLATES}/{name}.tmpl" for name in ("default", "email")]
    engine.load_folder(ALERTMANAGER, assemble(programs, "/alertmanager", templates),
                       'ENTRYPOINT ["/bin/alertmanager"]', "VOLUME /alertmanager")


def try_out(engine):
    """Not with litewatch's image: a fault in that is no reason to be silent."""
    engine.load_folder(PROBE, assemble({"/bin/true": "/bin/true"}))
    for options in ((), ("--memory=64m", "--cpus=0.5", "--pids-limit=64")):
        done = engine.call(engine.podman_command("run", "--rm", *options, PROBE, "/bin/true"),
                           check=False)
        if done.returncode != 0:
            engine.close()
            raise Refused(done.stderr.strip().splitlines()[-1])


def start(test):
    """An engine for the tests of a module; where there can be none, the test says why and ends."""
    if missing():
        support.skip(test, missing())
    try:
        engine = Engine()
        try_out(engine)
        return engine
    except Refused as reason:
        return support.not_here(test, f"the engine starts no container: {reason}")

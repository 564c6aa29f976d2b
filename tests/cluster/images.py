"""Images of the cluster: archives that containerd imports, made of files of this machine."""
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "deploy"))
import tools  # noqa: E402
import pod_image  # noqa: E402

REGISTRY = "registry.example.org"
APP = os.path.join(tools.ROOT, "tests", "deploy", "sandbox_app.py")


def layer(root):
    """The files below a folder, as root's."""
    def owned(member):
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.add(root, arcname=".", filter=owned)
    return out.getvalue()


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def write(path, names, root, **config):
    """An archive as `docker save` writes it; `config` is what the image says of its containers."""
    files = layer(root)
    image = json.dumps({
        "architecture": "amd64", "os": "linux", "config": config,
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(files).hexdigest()]},
    }).encode()
    manifest = [{"Config": "config.json", "RepoTags": names, "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as archive:
        add(archive, "config.json", image)
        add(archive, "layer.tar", files)
        add(archive, "manifest.json", json.dumps(manifest).encode())


def pause(root):
    """What holds a pod's namespaces: Kubernetes' own."""
    shutil.copy(os.path.join(tools.ROOT, "build", "cluster", "bin", "pause"), root)


def app(root):
    """What plays an app: Python with the modules of its library, and sandbox_app.py."""
    python = os.path.realpath("/usr/bin/python3")
    library = os.path.join("/usr/lib", os.path.basename(python))
    modules = os.path.join(library, "lib-dynload")
    shutil.copytree(library, os.path.join(root, library[1:]), symlinks=False,
                    ignore=shutil.ignore_patterns("__pycache__", "test", "config-*"))
    pod_image.copy_program(root, python, "/usr/bin/python3")
    for name in os.listdir(modules):
        pod_image.copy_program(root, os.path.join(modules, name))
    pod_image.copy_into(root, APP, "/app.py")


def make(folder):
    """All images, into a new folder."""
    os.makedirs(folder)
    litewatch = pod_image.litewatch()
    write(os.path.join(folder, "litewatch.tar"), [f"{REGISTRY}/litewatch:0.1.0"], litewatch.root,
          Entrypoint=litewatch.entrypoint, Cmd=litewatch.command, User=f"{litewatch.uid}")
    for name, fill, config in (
            ("pause", pause, {"Entrypoint": ["/pause"]}),
            ("app", app, {"Entrypoint": ["/usr/bin/python3", "/app.py"]})):
        with tempfile.TemporaryDirectory(prefix="litewatch-image-") as root:
            os.chmod(root, 0o755)
            fill(root)
            write(os.path.join(folder, f"{name}.tar"), [f"{REGISTRY}/{name}:1"], root, **config)


if __name__ == "__main__":
    make(sys.argv[1])

"""The volumes of a pod, as the kubelet makes them: what is mounted into its containers."""
import base64
import os
import shutil
import uuid

KINDS = {"configMap", "secret", "projected", "downwardAPI", "emptyDir", "hostPath",
         "persistentVolumeClaim"}
SOURCES = {"configMap", "secret", "downwardAPI", "serviceAccountToken"}


class Absent(AssertionError):
    """A ConfigMap or Secret that a pod needs and nobody made: it stays in ContainerCreating."""


def write_files(folder, files, group):
    """{name: (bytes, mode)}: real files in a folder of their own, which ..data leads to, and a link
    to each through it. Writing them anew swaps ..data, so that all change at once."""
    version = f"..{uuid.uuid4().hex}"
    os.makedirs(os.path.join(folder, version))
    for name, (content, mode) in files.items():
        path = os.path.join(folder, version, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode | (0o440 if group else 0))
        os.chown(path, 0, group or 0)
    data, fresh = os.path.join(folder, "..data"), os.path.join(folder, "..data_tmp")
    old = os.readlink(data) if os.path.islink(data) else None
    os.symlink(version, fresh)
    os.replace(fresh, data)
    for name in {name.split("/")[0] for name in files}:
        link = os.path.join(folder, name)
        if not os.path.islink(link):
            os.symlink(f"..data/{name}", link)
    if old:
        shutil.rmtree(os.path.join(folder, old))


def contents(manifest):
    """What a ConfigMap or Secret holds, as bytes."""
    if manifest["kind"] == "Secret":
        found = {name: base64.b64decode(text)
                 for name, text in (manifest.get("data") or {}).items()}
        return {**found, **{name: text.encode()
                            for name, text in (manifest.get("stringData") or {}).items()}}
    found = {name: text.encode() for name, text in (manifest.get("data") or {}).items()}
    return {**found, **{name: base64.b64decode(text)
                        for name, text in (manifest.get("binaryData") or {}).items()}}


class Volumes:
    """The folders behind a pod's volumes. `pod` knows manifests, fields and what the test gives."""

    def __init__(self, pod, folder):
        self.pod, self.folder = pod, folder
        templates = [claim["metadata"]["name"] for claim in pod.claim_templates]
        self.specs = {
            **{volume["name"]: volume for volume in pod.spec.get("volumes", [])},
            **{name: {"name": name, "persistentVolumeClaim": {"claimName": name}}
               for name in templates}}
        self.paths = {}

    def path(self, name):
        """Where the volume is on this machine; made when first asked for."""
        if name not in self.specs:
            raise AssertionError(f"volumeMounts name the volume {name}, which the pod has not")
        if name not in self.paths:
            self.paths[name] = self.make(self.specs[name])
        return self.paths[name]

    def kind(self, name):
        kinds = set(self.specs[name]) - {"name"}
        if len(kinds) != 1 or not kinds <= KINDS:
            raise AssertionError(f"volume {name}: {kinds} is none that the tests can make")
        return kinds.pop()

    def make(self, spec):
        kind = self.kind(spec["name"])
        if kind == "hostPath":
            return self.host_path(spec["hostPath"])
        if kind == "persistentVolumeClaim":
            return self.claim(spec)
        path = os.path.join(self.folder, spec["name"])
        os.mkdir(path)
        os.chmod(path, 0o777 if kind == "emptyDir" else 0o755)
        if kind != "emptyDir":
            self.fill(spec["name"], path)
            self.make_nested(spec["name"], path)
        elif self.group:
            os.chown(path, 0, self.group)
            os.chmod(path, 0o2777)
        return path

    def make_nested(self, name, path):
        """Folders for other volumes that a container mounts below this one, which is read-only."""
        for container in self.pod.specs():
            mounts = container.get("volumeMounts", [])
            places = [one["mountPath"] for one in mounts]
            for one in mounts:
                for place in places if one["name"] == name else ():
                    if place.startswith(one["mountPath"].rstrip("/") + "/"):
                        os.makedirs(os.path.join(path, os.path.relpath(place, one["mountPath"])),
                                    exist_ok=True)

    @property
    def group(self):
        return self.pod.spec.get("securityContext", {}).get("fsGroup")

    def host_path(self, spec):
        path = self.pod.host_paths.get(spec["path"], spec["path"])
        if spec.get("type") == "DirectoryOrCreate":
            os.makedirs(path, exist_ok=True)
        elif spec.get("type") not in (None, "", "Directory", "Socket", "File"):
            raise AssertionError(f"hostPath of type {spec['type']}")
        if spec.get("type", "") and not os.path.exists(path):
            raise Absent(f"hostPath {spec['path']} is not there")
        return path

    def claim(self, spec):
        """The test says which folder; with fsGroup the kubelet gives it to the group."""
        names = (spec["name"], spec["persistentVolumeClaim"]["claimName"])
        path = next(self.pod.claims[name] for name in names if name in self.pod.claims)
        for folder, _, files in os.walk(path) if self.group else ():
            os.chown(folder, -1, self.group)
            os.chmod(folder, os.stat(folder).st_mode | 0o2770)
            for name in files:
                file = os.path.join(folder, name)
                os.chown(file, -1, self.group)
                os.chmod(file, os.stat(file).st_mode | 0o660)
        return path

    def fill(self, name, path):
        """Files of ConfigMaps, Secrets and the downward API; again after they changed."""
        kind, spec = self.kind(name), self.specs[name]
        source = spec[kind]
        mode = source.get("defaultMode", 0o644)
        sources = source["sources"] if kind == "projected" else [{kind: source}]
        files = {}
        for one in sources:
            inner = set(one)
            if len(inner) != 1 or not inner <= SOURCES:
                raise AssertionError(f"volume {name}: {inner} is none that the tests can make")
            (what, detail), = one.items()
            files.update(self.files_of(what, detail, mode))
        write_files(path, files, self.group)

    def files_of(self, kind, source, mode):
        if kind == "serviceAccountToken":
            return {source["path"]: (b"a token", 0o600)}
        if kind == "downwardAPI":
            return {item["path"]: (self.pod.field(item["fieldRef"]["fieldPath"]).encode(),
                                   item.get("mode", mode)) for item in source["items"]}
        held = self.held(kind, source)
        items = source.get("items")
        if items is None:
            return {name: (content, mode) for name, content in held.items()}
        return {item["path"]: (held[item["key"]], item.get("mode", mode)) for item in items}

    def held(self, kind, source):
        """Of the ConfigMap or Secret that the source names."""
        name = source.get("name", source.get("secretName"))
        manifest = self.pod.find({"configMap": "ConfigMap", "secret": "Secret"}[kind], name)
        if manifest is not None:
            return contents(manifest)
        if source.get("optional"):
            return {}
        raise Absent(f"{kind} {name} is not there")

    def refresh(self):
        """What the kubelet does some time after a ConfigMap or Secret changed."""
        for name, path in self.paths.items():
            if self.kind(name) in ("configMap", "secret", "projected", "downwardAPI"):
                self.fill(name, path)

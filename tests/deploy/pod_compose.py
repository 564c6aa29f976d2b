"""A service of a compose file as a pod's manifest, so that pod.py can run it: Docker restricts a
container in the same ways, under other names."""
import os
import re

# What only Docker's network and life cycle look at.
ELSEWHERE = {"build", "cpus", "depends_on", "init", "logging", "networks", "pids_limit", "ports",
             "restart", "stop_grace_period"}
KNOWN = ELSEWHERE | {"cap_drop", "command", "environment", "healthcheck", "image", "mem_limit",
                     "pid", "read_only", "security_opt", "tmpfs", "user", "volumes", "working_dir"}


def translate(compose, name, folder):
    """The manifest; paths in the compose file start at its folder."""
    service = compose["services"][name]
    unknown = sorted(set(service) - KNOWN)
    if unknown:
        raise AssertionError(f"service {name}: the tests do not know what to do about {unknown}")
    volumes, mounts = [], []
    for number, text in enumerate(service.get("volumes", [])):
        volume, mount = volume_of(text, f"volume-{number}", compose, folder)
        volumes.append(volume)
        mounts.append(mount)
    for number, text in enumerate(service.get("tmpfs", [])):
        volumes.append({"name": f"tmpfs-{number}", "emptyDir": {}})
        mounts.append({"name": f"tmpfs-{number}", "mountPath": text.split(":")[0]})
    return {"kind": "Pod", "metadata": {"name": name, "namespace": compose["name"]}, "spec": {
        "containers": [{**container_of(service, name), "volumeMounts": mounts}],
        "volumes": volumes, "terminationGracePeriodSeconds": 10}}


def container_of(service, name):
    uid, gid = (int(part) for part in service["user"].split(":"))
    options = service.get("security_opt", [])
    if not set(options) <= {"no-new-privileges:true"}:
        raise AssertionError(f"service {name}: security_opt {options}")
    container = {
        "name": name, "image": service["image"],
        "env": [{"name": key, "value": value}
                for key, value in service.get("environment", {}).items()],
        "securityContext": {
            "runAsUser": uid, "runAsGroup": gid,
            "readOnlyRootFilesystem": service.get("read_only", False),
            "capabilities": {"drop": service.get("cap_drop", [])},
            # What Docker does where nothing is said.
            "seccompProfile": {"type": "RuntimeDefault"},
            **({"allowPrivilegeEscalation": False} if options else {})},
        **({"args": service["command"]} if "command" in service else {})}
    if "mem_limit" in service:
        memory = service["mem_limit"].replace("m", "Mi").replace("g", "Gi")
        container["resources"] = {"limits": {"memory": memory}}
    if "healthcheck" in service:
        kind, *command = service["healthcheck"]["test"]
        if kind != "CMD":
            raise AssertionError(f"service {name}: a health check by {kind}")
        container["readinessProbe"] = {"exec": {"command": command}}
    return container


def volume_of(text, name, compose, folder):
    """Of "SOURCE:TARGET[:ro]": a volume of the compose file, or a path."""
    source, target, mode = re.fullmatch(r"([^:]+):([^:]+)(?::(ro|rw))?", text).groups()
    mount = {"name": name, "mountPath": target, "readOnly": mode == "ro"}
    if source in compose.get("volumes", {}):
        return {"name": name, "persistentVolumeClaim": {"claimName": source}}, mount
    return {"name": name, "hostPath": {"path": os.path.join(folder, source)}}, mount

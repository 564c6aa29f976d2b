"""What exists: flags, variables, metrics, settings, each from where the program gets it itself."""
import fnmatch
import functools
import glob
import json
import os
import re
import subprocess
import tempfile

import yaml

from tools import CHART, ROOT, locked, run, support

CONFIG_SECTIONS = ("databases", "discovery", "objectives", "targets", "modules", "probes",
                   "containers", "collectors", "limits")
EXAMPLE = os.path.join(ROOT, "deploy", "litewatch.example.yml")


def flags_of(text):
    """Not the arrows of drawings, --so-->."""
    text = re.sub(r"--\w+-->", "", text)
    return set(re.findall(r"(?<![\w\\-])--[a-z][a-z0-9.-]*[a-z0-9]", text))


@functools.lru_cache
def litewatch_help():
    return run(support.LITEWATCH, "--help").stdout


@functools.lru_cache
def litewatch_flags():
    return set(re.findall(r"^  (--[a-z.-]+)", litewatch_help(), re.M))


@functools.lru_cache
def litetool_commands():
    """{command: its flags}"""
    listed = run(support.LITETOOL, "--help").stdout.partition("Commands:")[2].partition("\n\n")[0]
    names = re.findall(r"^  (\w+)", listed, re.M)
    return {name: flags_of(run(support.LITETOOL, name, "--help").stdout) | {"--help"}
            for name in names}


@functools.lru_cache
def own_flags():
    """Of either program."""
    return litewatch_flags().union({"--version"}, *litetool_commands().values())


@functools.lru_cache
def presets():
    done = run(support.LITETOOL, "probe", "--app", "no-such-preset", check=False)
    return set(done.stderr.partition("there are ")[2].strip().split(", "))


@functools.lru_cache
def environment():
    """The variables that litewatch's help lists."""
    section = litewatch_help().partition("\nEnvironment:\n")[2].partition("\n\n")[0]
    names = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", section))
    if not names:
        raise AssertionError("litewatch --help has no section \"Environment:\"")
    return names


@functools.lru_cache
def script_variables():
    """What scripts, tests and builds of this tree take from the environment, or define."""
    taken = {".sh": r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", ".py": r"environ\b[^\n]*?\"([A-Z_]+)\"",
             ".txt": r"(?:option|set)\(([A-Z_]+)", ".cmake": r"(?:option|set)\(([A-Z_]+)"}
    return {name for path in files() for suffix, pattern in taken.items() if path.endswith(suffix)
            for name in re.findall(pattern, read(path))}


@functools.lru_cache
def port():
    return int(re.search(r"Default: :(\d+)", litewatch_help()).group(1))


@functools.lru_cache
def version():
    return run(support.LITEWATCH, "--version").stdout.split()[1]


@functools.lru_cache
def metrics():
    """Every name on the page."""
    with open(os.path.join(ROOT, "exporter", "metrics.json")) as file:
        catalogue = json.load(file)["metrics"]
    names = {metric["name"] for metric in catalogue}
    for metric in catalogue:
        if metric["type"] == "histogram":
            names |= {metric["name"] + suffix for suffix in ("_bucket", "_sum", "_count")}
    return names


def metric_prefixes():
    return sorted({name.partition("_")[0] for name in metrics()})


def rules():
    for path in sorted(glob.glob(os.path.join(ROOT, "rules", "*", "*.yml"))):
        with open(path) as file:
            content = yaml.safe_load(file)
        if isinstance(content, dict):
            for group in content.get("groups") or []:
                yield from group["rules"]


@functools.lru_cache
def alerts():
    return {rule["alert"] for rule in rules() if "alert" in rule}


@functools.lru_cache
def recorded():
    return {rule["record"] for rule in rules() if "record" in rule}


@functools.lru_cache
def endpoint_exists(path):
    return _service().get(path)[0] != 404


@functools.lru_cache
def _service():
    """One litewatch for all questions; stop_service() ends it."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
        config.write("{}\n")
        config.flush()
        return support.Litewatch(f"--config.file={config.name}", "--log.level=error")


def stop_service():
    if _service.cache_info().currsize:
        _service().stop()
        _service.cache_clear()
        endpoint_exists.cache_clear()


@functools.lru_cache
def settings():
    """The example configuration, which has every key, with those that are commented out."""
    with open(EXAMPLE) as file:
        return yaml.safe_load(re.sub(r"^#(?= {2,}\w+:)", "", file.read(), flags=re.M))


def setting_exists(dotted):
    """Whether a.b.c is a key of the configuration; lists are looked through."""
    keys = dotted.replace("[]", "").split(".")
    if keys[0] == "modules":
        return _has(list(settings()["modules"].values()), keys[2:])  # the name is the user's
    return _has(settings(), keys)


def _has(value, keys):
    if not keys:
        return True
    if isinstance(value, list):
        return any(_has(one, keys) for one in value)
    if not isinstance(value, dict):
        return False
    return keys[0] in value and _has(value[keys[0]], keys[1:])


def config_error(text):
    """What litewatch says of a configuration; empty where it is right."""
    with tempfile.TemporaryDirectory(prefix="litewatch-references-") as folder:
        path = os.path.join(folder, "litewatch.yml")
        with open(path, "w") as file:
            file.write(text)
        done = subprocess.run([support.LITEWATCH, f"--config.file={path}",
                               "--config.check-syntax"],
                              capture_output=True, text=True, timeout=30)
    return "" if done.returncode == 0 else done.stderr.replace(path, "litewatch.yml").strip()


@functools.lru_cache
def chart_values():
    with open(os.path.join(CHART, "values.yaml")) as file:
        return yaml.safe_load(file)


@functools.lru_cache
def chart_schema():
    with open(os.path.join(CHART, "values.schema.json")) as file:
        return json.load(file)


def value_exists(dotted):
    """Whether a.b.c is a key of the chart's values, by its schema."""
    keys = [key.replace("\0", ".") for key in
            re.sub(r"\[\d*\]", "", dotted.replace("\\.", "\0")).split(".")]
    return _in_schema(chart_schema(), keys)


def _in_schema(schema, keys):
    schema = _resolved(schema)
    if not keys:
        return True
    branches = [branch for word in ("anyOf", "oneOf", "allOf") for branch in schema.get(word, [])]
    if any(_in_schema(branch, keys) for branch in branches if "properties" in _resolved(branch)):
        return True
    if keys[0] in schema.get("properties", {}):
        return _in_schema(schema["properties"][keys[0]], keys[1:])
    if "array" in schema.get("type", ()) and "items" in schema:
        return _in_schema(schema["items"], keys)
    more = schema.get("additionalProperties", not schema.get("properties"))
    return more is True or isinstance(more, dict) and _in_schema(more, keys[1:])


def _resolved(schema):
    reference = schema.get("$ref", "")
    if reference.startswith("#/"):
        for part in reference[2:].split("/"):
            schema = (chart_schema() if schema.get("$ref") else schema)[part]
    return schema


@functools.lru_cache
def files():
    """Paths of the tree's files, those not yet added to git included, without links."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.split("\n")
    return [path for path in listed if path and os.path.isfile(os.path.join(ROOT, path))
            and not os.path.islink(os.path.join(ROOT, path))]


def file_exists(path, folder=""):
    """Whether a file, folder or pattern is in the tree, seen from its root or from a folder."""
    for start in ("", folder):
        wanted = os.path.normpath(os.path.join(start, path))
        if os.path.exists(os.path.join(ROOT, wanted)) or "*" in wanted and \
                fnmatch.filter(files(), wanted):
            return True
    return False


@functools.lru_cache
def installed():
    """Paths that `cmake --install` makes with the prefix /usr, and the folders above them."""
    with tempfile.TemporaryDirectory(prefix="litewatch-install-") as folder:
        for component in ("programs", "content", "docs", "systemd"):
            with locked("install"):
                run("cmake", "--install", support.BUILD, "--prefix", "/usr", "--component",
                    component, env={"DESTDIR": folder})
                # Whoever uninstalls goes by such a list.
                os.unlink(os.path.join(support.BUILD, f"install_manifest_{component}.txt"))
        found = set()
        for above, _, names in os.walk(folder):
            found |= {"/" + os.path.relpath(os.path.join(above, name), folder) for name in names}
            found.add("/" + os.path.relpath(above, folder))
    return found


def read(path):
    with open(os.path.join(ROOT, path), errors="replace") as file:
        return file.read()

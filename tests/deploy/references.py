"""Finds what a document, manifest or script names of litewatch and what does not exist.

Each function below takes a Text and yields (line number, finding); KINDS lists them all.
"""
import fnmatch
import os
import re

import facts
from references_allowed import is_allowed
from references_commands import wrong_flags
from references_settings import wrong_configurations, wrong_settings, wrong_values
from texts import neighbours, other_containers

FILE_SYSTEM = ("bin", "data", "dev", "etc", "home", "host", "lib", "opt", "proc", "root", "run",
               "srv", "sys", "tmp", "usr", "var")

# Environment, ports, versions, presets.


def wrong_variables(text):
    if text.is_script():
        return
    known = facts.environment() | facts.script_variables() | variables_of_folder(text)
    for number, match in text.find(r"(?<![\w$.-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b(?!\()"):
        name = match.group()
        if name not in known and not is_allowed("VARIABLES", name):
            yield number, f"neither litewatch nor a script takes a variable {name}"


def variables_of_folder(text):
    """Those of other images; what a compose file takes from .env, which .env.example lists; and
    what a unit's commands take from the unit."""
    found = set()
    for container in other_containers(text):
        listed = container.get("env") or container.get("environment") or ()
        found |= {one["name"] if isinstance(one, dict) else str(one) for one in listed}
    for one in neighbours(text):
        if text.path.endswith(".env.example"):
            found |= set(re.findall(r"\$\{([A-Z_]+)", one.content))
        elif one.path.endswith(".env.example"):
            found |= set(re.findall(r"^(?:# *)?([A-Z_]+)=", one.content, re.M))
        found |= set(re.findall(r"^Exec.*\$\{?([A-Z_]+)", one.content, re.M))
    return found


def wrong_ports(text):
    own = facts.port()
    theirs = [container.get("ports") for container in other_containers(text)]
    others = set(map(int, re.findall(r"\b\d{2,5}\b", str(theirs))))
    for number, match in text.find(r"\blitewatch[\w.-]*:(\d{4,5})\b(?!\.)"):
        if int(match.group(1)) != own:
            yield number, f"litewatch serves on {own}, not on {match.group(1)}"
    known = r"(?:localhost|127\.0\.0\.1|\[::1\]|containerPort|EXPOSE|ListenStream)(?::|=|: | )"
    for number, match in text.find(known + r"(\d{2,5})\b(?!\.)"):
        served = int(match.group(1))
        if served != own and served not in others and not is_allowed("PORTS", served):
            yield number, f"nothing is known to serve on {served}"


def wrong_versions(text):
    for number, match in text.find(r"(?<![\w./-])litewatch[:_-](\d+\.\d+\.\d+)"):
        if match.group(1) != facts.version():
            yield number, f"this is version {facts.version()}, not {match.group(1)}"


def wrong_presets(text):
    for number, match in text.find(r"--app[ =]([a-z]\w*)"):
        if match.group(1) not in facts.presets():
            yield number, f"no preset {match.group(1)}"
    for number, match in text.find(r"[Pp]resets are there for ([^.]+)\."):
        named = set(re.split(r",\s+|\s+and\s+", re.sub(r"\s+", " ", match.group(1))))
        for name in sorted(named ^ facts.presets()):
            yield number, f"the list of presets is wrong about {name}"


# Metrics and alerts.

def wrong_metrics(text):
    prefixes = "|".join(facts.metric_prefixes())
    for number, match in text.find(rf"(?<![\w.$/:{{-])((?:{prefixes})_[a-z0-9_]*)([*.(=/]?)"):
        name, after = match.groups()
        if after == "*":
            exists = any(metric.startswith(name) for metric in facts.metrics())
            name += "*"
        elif text.is_script() and (after in ("(", "=", "/") or assigned(text, name)):
            continue
        else:
            exists = name in facts.metrics()
        if not exists and not is_allowed("METRICS", name):
            yield number, f"no metric {name}"


def assigned(text, name):
    """Whether a script uses the name for something of its own."""
    return re.search(rf"\b{name}(=|\(\)|\b.*\bin\b)", text.content) is not None


def wrong_recorded(text):
    levels = "|".join(sorted({name.partition(":")[0] for name in facts.recorded()}))
    for number, match in text.find(rf"(?<![\w:/-])(?:{levels}):[a-z0-9_]+:[a-z0-9_]+\b"):
        if match.group() not in facts.recorded():
            yield number, f"no recorded series {match.group()}"


def wrong_alerts(text):
    for number, match in text.find(r"(?<![\w-])(?:App|Container|Litewatch|Sqlite)[A-Z]\w+\b"):
        if match.group() not in facts.alerts() and not is_allowed("ALERTS", match.group()):
            yield number, f"no alert {match.group()}"


# Endpoints.

def wrong_endpoints(text):
    own = facts.port()
    patterns = (rf"[\w.\]]:{own}(/[\w/-]*)",
                r"(?:metricsPath|metrics_path|__metrics_path__):? *\"?(/[\w/-]+)",
                r"(?<![\w:.\d}\])*-])(/-/[a-z]+)", r"`(?:GET |POST )?(/[a-z-]+(?:/[a-z-]+)?)[`?]")
    found = {(number, match.group(1)) for pattern in patterns
             for number, match in text.find(pattern)}
    for number, path in sorted(found):
        if path.split("/")[1] not in FILE_SYSTEM and not facts.endpoint_exists(path) and \
                not is_allowed("ENDPOINTS", path):
            yield number, f"litewatch has no endpoint {path}"


# Files of the tree and of an installation.

def wrong_links(text):
    if not text.is_document():
        return
    for number, match in text.find(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)"):
        path, anchor = match.groups()
        if path and not os.path.exists(os.path.join(facts.ROOT, text.folder, path)):
            yield number, f"no file {path} to link to"
        elif anchor and anchor[1:] not in anchors(text, path):
            yield number, f"no heading for {path}{anchor}"


def anchors(text, path):
    content = facts.read(os.path.join(text.folder, path)) if path else text.content
    headings = re.findall(r"^#+ +(.+?) *$", content, re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def wrong_files(text):
    folders = "deploy|rules|dashboards|tests|exporter"
    for number, match in text.find(rf"(?<![\w/.$}}~*%@-])(?:{folders})/[\w./*-]*[\w*]"):
        path = match.group()
        any_name = re.sub(r"[A-Z]{4,}", "*", path)  # rules/tests/NAME.yml
        if not facts.file_exists(path, text.folder) and \
                not facts.file_exists(any_name, text.folder) and not is_allowed("FILES", path):
            yield number, f"no file {path}"


def wrong_installed(text):
    """Paths of an installation, of the package and of the image."""
    for number, match in text.find(r"(?<![\w.$}~*-])/(?:usr|etc|lib|var|run)/[\w./*@-]*[\w*]"):
        path = match.group()
        if not re.search(r"lite(watch|tool)", path) or is_allowed("INSTALLED", path):
            continue
        if path not in facts.installed() and not fnmatch.filter(facts.installed(), path):
            yield number, f"an installation has no {path}"


KINDS = {
    "flag": wrong_flags, "variable": wrong_variables, "port": wrong_ports,
    "version": wrong_versions, "preset": wrong_presets, "metric": wrong_metrics,
    "recorded series": wrong_recorded, "alert": wrong_alerts, "endpoint": wrong_endpoints,
    "setting": wrong_settings, "configuration": wrong_configurations, "value": wrong_values,
    "link": wrong_links, "file": wrong_files, "installed path": wrong_installed,
}

"""Finds what a document, manifest or script names of litewatch and what does not exist.

Each function below takes a Text and yields (line number, finding); KINDS lists them all.
"""
import fnmatch
import os
import re

import yaml

import facts
import references_allowed as allowed

MARKDOWN = (".md", ".gotmpl", ".txt")
PLAIN_YAML = (".yml", ".yaml")


class Text:
    def __init__(self, path, content):
        self.path, self.content = path, content
        self.folder = os.path.dirname(path)
        self.lines = content.split("\n")

    def is_document(self):
        return self.path.endswith(MARKDOWN)

    def is_script(self):
        return self.path.endswith((".sh", ".cmake")) or self.content.startswith("#!") or \
            os.path.basename(self.path).startswith("Dockerfile")

    def is_template(self):
        return "/templates/" in self.path

    def find(self, pattern, flags=0):
        """(line number, match) of a pattern."""
        for match in re.finditer(pattern, self.content, flags):
            yield self.content.count("\n", 0, match.start()) + 1, match


used = set()  # entries of references_allowed that were needed


def is_allowed(table, name):
    """Whether an entry of a table of references_allowed says that the name is right."""
    entries = getattr(allowed, table)
    for pattern in entries:
        if pattern == name or isinstance(pattern, str) and fnmatch.fnmatchcase(name, pattern):
            used.add((table, pattern))
            return True
    return False


# Flags: those of a command go by its program, all others have to be litewatch's or litetool's.

def commands(text):
    """(line number, words) of each command and of each other piece of text with flags."""
    joined = re.sub(r"\\\n", lambda _: " \0", text.content)
    number = 1
    for line in joined.split("\n"):
        for piece in re.split(r"\||&&|;|\$\(|`|\(|\)", line.replace("\0", "")):
            yield number, re.findall(r"[^\s\"',\[\]]+", piece)
        number += 1 + line.count("\0")


def program_of(word):
    """litewatch of "$build/litewatch", of litewatch:0.1.0 and of registry.example.org/litewatch."""
    return re.sub(r"[$\"'{}]", "", word).rpartition("/")[2].partition(":")[0].lower()


def split_command(words):
    """(program, its words): behind a runner's image or "--" where there is one."""
    words = [word for word in words if not re.fullmatch(r"\$|#|-|[A-Z_]+=\S*|ExecStart=", word)]
    words = [re.sub(r"^Exec\w+=[-+!:@]*", "", word) for word in words]
    if words[:1] == ["CMD"] and words[1].startswith("-"):  # of an image
        return "litewatch", words[1:]
    for position, word in enumerate(words):
        program = program_of(word)
        if program in ("litewatch", "litetool"):
            return program, words[position + 1:]
        if program in allowed.RUNNERS:
            return runner_command(program, words[position + 1:])
        if program in allowed.PROGRAMS or program.endswith((".sh", ".py")):
            return word if "/" in word else program, words[position + 1:]
    return "", words


def runner_command(program, words):
    if "--" in words:
        return split_command(words[words.index("--") + 1:])
    if program == "kubectl":
        return program, words
    for position, word in enumerate(words):
        if not word.startswith("-") and "=" not in word and \
                program_of(word) in ("litewatch", "litetool") and position + 1 < len(words):
            return program_of(word), words[position + 1:]
    return program, words


def wrong_flags(text):
    theirs = flags_of_other_images(text)
    for number, words in commands(text):
        if not facts.flags_of(" ".join(words)) or calls_function(text, words):
            continue
        program, rest = split_command(words)
        for flag in sorted(facts.flags_of(" ".join(rest))):
            if not flag_exists(text, program, rest, flag) and flag not in theirs and \
                    not is_allowed("FLAGS", flag):
                yield number, f"{program or 'neither program'} has no flag {flag}"


def calls_function(text, words):
    """Whether a script's line is a call of a function of its own."""
    return text.is_script() and re.search(rf"^{re.escape(words[0])}\(\)", text.content, re.M)


def flag_exists(text, program, words, flag):
    if program == "litewatch":
        return flag in facts.litewatch_flags() | {"--version"}
    if program == "litetool":
        command = words[0] if words else ""
        return flag in facts.litetool_commands().get(command, {"--help", "--version"})
    if program.endswith((".sh", ".py")):
        return script_has(text, program, flag)
    if program in allowed.PROGRAMS or program in allowed.RUNNERS:
        return True
    return text.is_script() or flag in facts.own_flags() or script_flag(text, flag)


def script_has(text, script, flag):
    for path in (script, os.path.join(text.folder, script)):
        if facts.file_exists(path):
            return flag in facts.flags_of(facts.read(os.path.normpath(path)))
    return text.is_script()  # $0 and the like


def script_flag(text, flag):
    """Of a script that the text names."""
    return any(flag in facts.flags_of(facts.read(path)) for path in facts.files()
               if path.endswith(".sh") and os.path.basename(path) in text.content)


def flags_of_other_images(text):
    """Of containers in a manifest or compose file that run something else."""
    found = set()
    for value in mappings(text):
        image = value.get("image")
        if isinstance(image, str) and program_of(image) != "litewatch":
            found |= facts.flags_of(yaml.safe_dump(value, width=1000))
    return found


def mappings(text):
    """Every mapping of a YAML file, however deep; none of what is no YAML."""
    if text.path.endswith(PLAIN_YAML) and not text.is_template():
        try:
            yield from walk(list(yaml.safe_load_all(text.content)))
        except yaml.YAMLError as error:
            raise AssertionError(f"{text.path}: {error}") from error


def walk(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from walk(one)


# Environment, ports, versions, presets.

def wrong_variables(text):
    if text.is_script():
        return
    known = facts.environment() | facts.script_variables() | variables_of_folder(text)
    for number, match in text.find(r"(?<![\w$.-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b(?!\()"):
        name = match.group()
        if name not in known and not is_allowed("VARIABLES", name):
            yield number, f"neither litewatch nor a script takes a variable {name}"


def neighbours(text):
    """The other files of its folder, and itself."""
    return [Text(path, facts.read(path)) for path in facts.files()
            if os.path.dirname(path) == text.folder]


def other_containers(text):
    """Containers of other images, in the manifests of the same folder."""
    return [value for one in neighbours(text) for value in mappings(one)
            if program_of(str(value.get("image", "litewatch"))) != "litewatch"]


def variables_of_folder(text):
    """Those of other images; what a compose file takes from .env, which .env.example lists; and what
    a unit's commands take from the unit."""
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
    others = set(map(int, re.findall(r"\b\d{2,5}\b", str([container.get("ports") for container in
                                                           other_containers(text)]))))
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
    patterns = (rf"(?:[\w.\]]:{own}|[\w-]\${{?port}}?)(/[\w/-]*)",
                r"(?:metricsPath|metrics_path|__metrics_path__):? *\"?(/[\w/-]+)",
                r"(?<![\w:.\d}\])*-])(/-/[a-z]+)", r"`(?:GET |POST )?(/[a-z-]+(?:/[a-z-]+)?)[`?]")
    found = {(number, match.group(1)) for pattern in patterns for number, match in text.find(pattern)}
    for number, path in sorted(found):
        if path.split("/")[1] not in FILE_SYSTEM and not facts.endpoint_exists(path) and \
                not is_allowed("ENDPOINTS", path):
            yield number, f"litewatch has no endpoint {path}"


FILE_SYSTEM = ("bin", "data", "dev", "etc", "home", "host", "lib", "opt", "proc", "root", "run",
               "srv", "sys", "tmp", "usr", "var")


# Settings and values.

def wrong_settings(text):
    """Dotted keys of the configuration in documents."""
    sections = "|".join(facts.CONFIG_SECTIONS)
    if not text.is_document():
        return
    for number, match in text.find(rf"`(?:config\.)?((?:{sections})(?:\[\])?\.[\w.\[\]]+)"):
        name = match.group(1).rstrip(".")
        if not facts.setting_exists(name) and not is_allowed("SETTINGS", name):
            yield number, f"no key {name} in litewatch's configuration"


def wrong_configurations(text):
    """Whole configurations: in documents, in manifests and in values."""
    for number, configuration in configurations(text):
        error = facts.config_error(configuration)
        if error and not is_allowed("CONFIGURATIONS", f"{text.path}: {error}"):
            yield number, error


def configurations(text):
    for number, block in blocks(text):
        value = parsed(block)
        if isinstance(value, dict) and value and set(value) <= set(facts.CONFIG_SECTIONS):
            yield number, block
        if is_values(value) and value.get("config"):
            yield number, yaml.safe_dump(value["config"])
    for value in mappings(text):
        for data in (value.get("data"), value.get("stringData"), value.get("configs")):
            for one in (data.values() if isinstance(data, dict) else ()):
                one = one.get("content") if isinstance(one, dict) else one
                inner = parsed(one) if isinstance(one, str) else None
                if isinstance(inner, dict) and inner and set(inner) <= set(facts.CONFIG_SECTIONS):
                    yield 1, one
        if is_chart_values(text) and isinstance(value.get("config"), dict):
            yield 1, yaml.safe_dump(value["config"])


def is_chart_values(text):
    return "helm/litewatch/" in text.path and text.path.endswith("values.yaml")


def blocks(text):
    """(line number, text) of the blocks of code in a document; a configuration is one by itself."""
    if text.path.endswith(PLAIN_YAML) and "/litewatch" in text.path and not text.is_template():
        yield 1, text.content
    if not text.is_document():
        return
    fenced = r"^```\w*\n(.*?)^```"
    indented = r"(?<=\n\n)((?: {4}.*\n|\n)+)"
    for number, match in text.find(fenced, re.M | re.S):
        yield number, match.group(1)
    for number, match in text.find(indented):
        yield number, re.sub(r"^ {4}", "", match.group(1), flags=re.M)


def parsed(block):
    try:
        return yaml.safe_load(block)
    except yaml.YAMLError:
        return None


def is_values(value):
    """Whether a block of a document is values of the chart."""
    return isinstance(value, dict) and bool(value) and set(value) <= set(facts.chart_values()) and \
        not set(value) <= set(facts.CONFIG_SECTIONS)


def dotted_keys(value, above=""):
    for key, inner in value.items():
        name = f"{above}{str(key).replace('.', chr(92) + '.')}"
        yield name
        if isinstance(inner, dict):
            yield from dotted_keys(inner, name + ".")


def wrong_values(text):
    for number, name in named_values(text):
        if not facts.value_exists(name) and not is_allowed("VALUES", name):
            yield number, f"no key {name} in the chart's values"


def named_values(text):
    if text.is_template():
        for number, match in text.find(r"\.Values\.([A-Za-z][\w.]*\w)"):
            yield number, match.group(1)
    if not text.is_document():
        return
    for number, match in text.find(r"--set(?:-string|-json|-file)?[ =]'?([\w.\[\]\\/-]+)="):
        yield number, match.group(1)
    top = "|".join(facts.chart_values())
    for number, match in text.find(rf"`((?:{top})\.[A-Za-z][\w.]*)[`:=]"):
        if match.group(1).partition(".")[0] not in facts.CONFIG_SECTIONS:
            yield number, match.group(1).rstrip(".")
    for number, block in blocks(text):
        value = parsed(block)
        if is_values(value):
            for name in dotted_keys({key: value[key] for key in value if key != "config"}):
                yield number, name


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

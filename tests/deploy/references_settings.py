"""Finds keys of litewatch's configuration and of the chart's values that do not exist, and
configurations that litewatch refuses."""
import re

import yaml

import facts
from references_allowed import is_allowed
from texts import PLAIN_YAML, blocks, mappings, parsed


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
        if is_configuration(value):
            yield number, block
        if is_values(value) and value.get("config"):
            yield number, yaml.safe_dump(value["config"])
    for value in mappings(text):
        for one in embedded(value):
            if is_configuration(parsed(one)):
                yield 1, one
        if is_chart_values(text) and isinstance(value.get("config"), dict):
            yield 1, yaml.safe_dump(value["config"])


def is_configuration(value):
    return isinstance(value, dict) and bool(value) and set(value) <= set(facts.CONFIG_SECTIONS)


def embedded(manifest):
    """The files within a ConfigMap, a Secret or a compose file's `configs`."""
    for key in ("data", "stringData", "configs"):
        data = manifest.get(key)
        for one in data.values() if isinstance(data, dict) else ():
            one = one.get("content") if isinstance(one, dict) else one
            if isinstance(one, str):
                yield one


def is_chart_values(text):
    return re.search(r"helm/litewatch/.*values\.yaml$|litewatch-values\.yaml$", text.path)


def is_values(value):
    """Whether a block of a document is values of the chart."""
    return isinstance(value, dict) and bool(value) and not is_configuration(value) and \
        set(value) <= set(facts.chart_values())


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

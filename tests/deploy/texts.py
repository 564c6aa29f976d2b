"""Files of the tree as texts: their kind, their blocks of code, what YAML they hold."""
import os
import re

import yaml

import facts

MARKDOWN = (".md", ".gotmpl", ".txt")
PLAIN_YAML = (".yml", ".yaml")


class Text:
    def __init__(self, path, content):
        self.path, self.content = path, content
        self.folder = os.path.dirname(path)

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


def program_of(word):
    """litewatch of "$build/litewatch", of litewatch:0.1.0 and of registry.example.org/litewatch."""
    return re.sub(r"[$\"'{}]", "", word).rpartition("/")[2].partition(":")[0].lower()


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


def neighbours(text):
    """The other files of its folder, and itself."""
    return [Text(path, facts.read(path)) for path in facts.files()
            if os.path.dirname(path) == text.folder]


def other_containers(text):
    """Containers of other images, in the manifests of the same folder."""
    return [value for one in neighbours(text) for value in mappings(one)
            if program_of(str(value.get("image", "litewatch"))) != "litewatch"]

"""Reads Alloy's configuration language as far as deploy/ uses it: blocks, attributes, references.

    component.name "label" { attribute = value  block { ... } }

Not Alloy's own check, which needs Alloy: types of values are not looked at.
"""
import re

TOKEN = re.compile(r"""
    (?P<space>[ \t\r]+ | //[^\n]*) | (?P<newline>\n) | (?P<string>"(?:[^"\\\n]|\\.)*") |
    (?P<number>-?\d+(?:\.\d+)?) | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) |
    (?P<mark>[{}\[\](),=])
""", re.VERBOSE)


class SyntaxFault(Exception):
    """Says the line."""


class Body(list):
    """(name, label or None, body or value) of each statement."""


class Reader:
    def __init__(self, text):
        self.tokens, line, at = [], 1, 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise SyntaxFault(f"line {line}: not understood: {text[at:at + 10]!r}")
            if found.lastgroup not in ("space", "newline"):
                self.tokens.append((found.lastgroup, found.group(), line))
            line, at = line + found.group().count("\n"), found.end()
        self.tokens.append(("end", "", line))
        self.at = 0

    def peek(self):
        return self.tokens[self.at]

    def take(self, *wanted):
        """The next token, which must be of a kind or a mark among those wanted."""
        kind, text, line = self.peek()
        if kind not in wanted and text not in wanted:
            raise SyntaxFault(f"line {line}: {' or '.join(wanted)} expected, not {text!r}")
        self.at += 1
        return text

    def body(self, end):
        """The statements up to `end`."""
        statements = Body()
        while self.peek()[1] != end:
            name, label = self.take("name"), None
            if self.peek()[0] == "string":
                label = self.take("string")[1:-1]
            if self.take("=", "{") == "=":
                statements.append((name, label, self.value()))
            else:
                statements.append((name, label, self.body("}")))
                self.take("}")
        return statements

    def value(self):
        kind, text, line = self.peek()
        if text == "[":
            return self.sequence("[", "]", self.value)
        if text == "{":
            return dict(self.sequence("{", "}", self.entry))
        if kind not in ("string", "number", "name"):
            raise SyntaxFault(f"line {line}: a value expected, not {text!r}")
        self.at += 1
        return text[1:-1] if kind == "string" else (text,)  # what is no string stays apart

    def entry(self):
        key = self.take("string", "name").strip('"')
        self.take("=")
        return key, self.value()

    def sequence(self, begin, end, item):
        self.take(begin)
        items = []
        while self.peek()[1] != end:
            items.append(item())
            if self.peek()[1] != end:
                self.take(",")
        self.take(end)
        return items


def parse(text):
    """The statements of a configuration."""
    reader = Reader(text)
    statements = reader.body("")
    reader.take("end")
    return statements


def bodies(statements, place=""):
    """(place, names of arguments) of each block, those in blocks included: a place is the names of
    the blocks on the way, such as loki.write/endpoint."""
    blocks = [(place + name, body) for name, _, body in statements if isinstance(body, Body)]
    found = [(at, {name for name, _, value in body if not isinstance(value, Body)})
             for at, body in blocks]
    return found + [one for at, body in blocks for one in bodies(body, at + "/")]


def components(statements):
    """"name.label" to its body."""
    return {f"{name}.{label}": body for name, label, body in statements if label is not None}


def references(value):
    """Every reference in a body or value, such as loki.write.loki.receiver."""
    if isinstance(value, tuple) and len(value) == 1:
        return [value[0]] if "." in value[0] else []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [found for part in value
                for found in references(part[2] if isinstance(part, tuple) and len(part) == 3
                                        else part)]
    return []

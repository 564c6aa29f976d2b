"""Shell scripts are clean by shellcheck and say how they are used; YAML under deploy/ is tidy."""
import os
import re
import unittest

import yaml

import facts
from tools import ROOT, run, tool

LONGEST_LINE = 110
TEMPLATES = "/templates/"  # of Helm: no YAML until they are rendered
LONGEST_TEMPLATE_LINE = 120
# Functions that a trap or a variable calls look unreachable to shellcheck 0.9; what is sourced uses
# and sets variables of the script that sources it.
EXCLUDED, EXCLUDED_SOURCED = "SC2317", "SC2317,SC2034,SC2154"


class UniqueKeyLoader(yaml.SafeLoader):
    """YAML allows a key twice; the first one would silently count for nothing."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name} is there twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def shell_scripts():
    for path in facts.files():
        first = facts.read(path).partition("\n")[0] if "." not in os.path.basename(path) else ""
        if path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba|da)?sh\b", first):
            yield path


def is_program(path):
    """Whether a script is run and not sourced."""
    return os.access(os.path.join(ROOT, path), os.X_OK)


def is_for_people(path):
    """Whether somebody types it; dpkg runs the others, and nothing else may."""
    return is_program(path) and path.startswith("deploy/") and path.endswith(".sh")


def shell_faults(path):
    """What is missing in a script beside what shellcheck finds."""
    text = facts.read(path)
    # tests/run.sh goes on after a step that fails, and says so at the end.
    if not re.search(r"^set -(euo pipefail|eu?)$", text, re.M) and path != "tests/run.sh":
        yield f"{path}: no set -euo pipefail"
    if not re.match(r"#!/(usr/bin/env bash|bin/sh)\n# \S", text):
        yield f"{path}: the second line does not say what it is for"
    if is_for_people(path) and not re.search(r"(?<!\w)--help\b", text):
        yield f"{path}: no --help"


def yaml_faults(path, text):
    """What is untidy in a YAML file."""
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            yield f"{path}:{number}: a tab"
        if line != line.rstrip():
            yield f"{path}:{number}: spaces at the end"
        if len(line) > (LONGEST_TEMPLATE_LINE if TEMPLATES in path else LONGEST_LINE):
            yield f"{path}:{number}: {len(line)} columns"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{path}: does not end with one line feed"
    if TEMPLATES not in path:
        yield from unparsable(path, text)


def unparsable(path, text):
    try:
        for _ in yaml.load_all(text, UniqueKeyLoader):
            pass
    except yaml.YAMLError as error:
        yield f"{path}: {error}"


class ShellTest(unittest.TestCase):
    def test_shellcheck_finds_nothing(self):
        scripts = list(shell_scripts())
        self.assertIn("tests/run.sh", scripts)
        programs = list(filter(is_program, scripts))
        sourced = [path for path in scripts if path not in programs]
        for excluded, paths in ((EXCLUDED, programs), (EXCLUDED_SOURCED, sourced)):
            shell = ["--shell=bash"] if paths is sourced else []
            done = run(tool(self, "shellcheck"), *shell, f"--exclude={excluded}", "--format=gcc",
                       "--external-sources", *paths, check=False)
            self.assertEqual("", done.stdout + done.stderr, "\n" + done.stdout)

    def test_shellcheck_would_find_something(self):
        done = run(tool(self, "shellcheck"), "--shell=bash", "-", stdin="rm $1/*\n", check=False)
        self.assertEqual(1, done.returncode)

    def test_scripts_stop_at_errors_and_explain_themselves(self):
        self.assertEqual([], [fault for path in shell_scripts() if is_program(path)
                              for fault in shell_faults(path)])

    def test_help_of_each_script_in_deploy_works(self):
        for path in shell_scripts():
            if is_for_people(path) and "--help" in facts.read(path):
                with self.subTest(path):
                    self.assertIn(os.path.basename(path), run("bash", path, "--help").stdout)


class YamlTest(unittest.TestCase):
    def test_yaml_under_deploy_is_tidy(self):
        paths = [path for path in facts.files() if path.endswith((".yml", ".yaml"))
                 and path.startswith("deploy/")]
        self.assertTrue(paths)
        faults = [fault for path in paths for fault in yaml_faults(path, facts.read(path))]
        self.assertEqual([], faults, "\n" + "\n".join(faults))

    def test_untidy_yaml_is_found(self):
        for text in ("a: 1\nb: 2\na: 3\n", "a:\tb\n", "a: b \n", "a: b", f"a: {'x' * 111}\n",
                     "a: [\n"):
            with self.subTest(text):
                self.assertTrue(list(yaml_faults("x.yml", text)))


if __name__ == "__main__":
    unittest.main()

"""Commands that the documents under deploy/ show are run, as far as they need no cluster, no engine
and no service of the system: charts and overlays are rendered, deliveries built.

An installation is run as what renders it: `helm upgrade --install` as `helm template`, and
`kubectl apply -k` as `kustomize build`. A block of YAML whose first line is a comment with a file's
name is that file; values that the document does not show are the reader's own and left out.
"""
import os
import re
import shlex
import tempfile
import unittest

import facts
from texts import Text, blocks
from tools import ROOT, documents, run, support, tool

LEAST = {"helm": 2, "kustomize": 3, "litetool": 1}  # commands without which this would test nothing
INSTALL_ONLY = {"--install", "--create-namespace", "--atomic", "--wait", "--dry-run"}


def texts():
    return [Text(path, facts.read(path)) for path in facts.files()
            if path.startswith("deploy/") and path.endswith(".md")]


def command_lines(text):
    """(line number, words) of the commands in a document's blocks and in its `code`."""
    for number, block in blocks(text):
        for line in re.sub(r"\\\n", " ", block).split("\n"):
            for command in re.split(r" && | \| | > ", line):
                yield number, words_of(command)
    for number, match in text.find(r"`([^`\n]+)`"):
        yield number, words_of(match.group(1))


def words_of(command):
    try:
        return shlex.split(re.sub(r"^\$ |^sudo ", "", command.strip()), comments=True)
    except ValueError:
        return []


def rendering(words):
    """The command as it can be run here; None where it cannot."""
    if words[:2] in (["helm", "template"], ["helm", "lint"]):
        return words
    if words[:2] == ["helm", "upgrade"] or words[:2] == ["helm", "install"]:
        return ["helm", "template", *(word for word in words[2:] if word not in INSTALL_ONLY)]
    if words[:2] == ["kubectl", "kustomize"] or words[:2] == ["kustomize", "build"]:
        return ["kustomize", "build", *words[2:]]
    if words[:2] == ["kubectl", "apply"] and "-k" in words and words.index("-k") + 1 < len(words):
        return ["kustomize", "build", words[words.index("-k") + 1]]
    if words[:3] == ["litetool", "build", "deliveries"]:
        return [*(word for word in words if not word.startswith("--root=")), f"--root={ROOT}"]
    return None


def is_ours(command):
    """Whether it is about a chart or folder of this tree, which is there without a network."""
    if command[0] == "litetool":
        return "--output=" in " ".join(command)
    return any(facts.file_exists(word) and word.startswith("deploy/") for word in command[2:])


def runnable(text):
    for number, words in command_lines(text):
        command = rendering(words)
        if command and is_ours(command):
            yield number, command


def named_files(text):
    """{name: content} of the files that a document shows."""
    found = {}
    for _, block in blocks(text):
        match = re.match(r"# ([\w.-]+\.ya?ml)\b.*\n", block)
        if match:
            found[match.group(1)] = block
    return found


def without_unknown_values(command, known):
    kept = []
    for word in command:
        if kept and kept[-1] in ("--values", "-f") and word not in known and \
                not facts.file_exists(word):
            kept.pop()
        else:
            kept.append(word)
    return kept


class DocumentsTest(unittest.TestCase):
    def folder_of(self, text):
        """A folder beside a tree like this one, with the files that the document shows."""
        above = tempfile.TemporaryDirectory(prefix="litewatch-documents-")
        self.addCleanup(above.cleanup)
        folder = os.path.join(above.name, "mine")
        os.mkdir(folder)
        for name in ("deploy", "rules", "dashboards"):
            for place in (above.name, folder):
                os.symlink(os.path.join(ROOT, name), os.path.join(place, name))
        for name, content in named_files(text).items():
            with open(os.path.join(folder, name), "w") as file:
                file.write(content)
        return folder

    def run_command(self, text, command, folder):
        command = without_unknown_values(command, named_files(text))
        program = support.LITETOOL if command[0] == "litetool" else tool(self, command[0])
        return run(program, *command[1:], cwd=folder).stdout

    def test_commands_that_are_shown_work(self):
        count = dict.fromkeys(LEAST, 0)
        for text in texts():
            folder = self.folder_of(text)
            for number, command in runnable(text):
                with self.subTest(f"{text.path}:{number}: {' '.join(command)}"):
                    output = self.run_command(text, command, folder)
                    count[command[0]] += 1
                    if command[1] in ("template", "build") and command[0] != "litetool":
                        self.assertTrue(documents(output))
        for program, least in LEAST.items():
            self.assertGreaterEqual(count[program], least, f"no {program} command was found")

    def test_a_command_that_does_not_work_is_found(self):
        content = "    helm upgrade --install l deploy/helm/litewatch --set imag.tag=1\n"
        text = Text("deploy/x.md", "A:\n\n" + content)
        (_, command), = runnable(text)
        with self.assertRaisesRegex(AssertionError, "imag"):
            self.run_command(text, command, self.folder_of(text))

    def test_overlays_that_are_shown_work(self):
        shown = [text for text in texts() if "kustomization.yaml" in named_files(text)]
        self.assertIn("deploy/kubernetes/README.md", [text.path for text in shown])
        for text in shown:
            with self.subTest(text.path):
                folder = self.folder_of(text)
                self.assertTrue(documents(run(tool(self, "kustomize"), "build", folder).stdout))

    def test_deliveries_are_as_the_readme_says(self):
        text = Text("deploy/README.md", facts.read("deploy/README.md"))
        (command,) = [command for _, command in runnable(text) if command[0] == "litetool"]
        folder = self.folder_of(text)
        self.run_command(text, command, folder)
        for _, match in text.find(r"kubectl apply -f (out/[\w-]+)"):
            self.assertTrue(os.listdir(os.path.join(folder, match.group(1))))


if __name__ == "__main__":
    unittest.main()

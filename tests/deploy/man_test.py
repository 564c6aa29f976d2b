"""Man pages and completions: generated from what --help is made of, and they work."""
import os
import re
import unittest

import tools  # first: it leads to tests/e2e
import support
from terminal import Shell

GOLDEN = os.path.join(support.ROOT, "tests", "golden", "docs")
PROGRAMS = ("litewatch", "litetool")
FORMATS = ("man", "bash", "zsh", "fish")
SECTIONS = {
    "litewatch": ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS",
                  "ENVIRONMENT", "FILES", "SIGNALS", "SEE ALSO"],
    "litetool": ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT",
                 "SEE ALSO"]}
LITETOOL_COMMANDS = ("inspect", "probe", "import", "build", "check", "docs")


def document(program, form):
    return tools.run(support.LITETOOL, "docs", f"--format={form}", f"--program={program}").stdout


def options_of(*command):
    """The options that a help text has a row for."""
    return set(re.findall(r"^  (--[a-z.-]+)", tools.run(*command, "--help").stdout, re.M))


class DocumentsTestCase(support.TestCase):
    def written(self, program, form, name=None):
        path = self.path(name or f"{program}.{form}")
        with open(path, "w") as file:
            file.write(document(program, form))
        return path


class ManPageTest(DocumentsTestCase):
    def plain(self, program):
        return re.sub(r"(.)\x08\1|_\x08", r"\1", tools.run(
            tools.tool(self, "mandoc"), "-T", "ascii", "-O", "width=200",
            self.written(program, "man")).stdout)

    def test_mandoc_has_nothing_to_say(self):
        for program in PROGRAMS:
            with self.subTest(program):
                done = tools.run(tools.tool(self, "mandoc"), "-T", "lint", "-W", "warning",
                                 self.written(program, "man"), check=False)
                self.assertEqual(("", 0), (done.stdout + done.stderr, done.returncode))

    def test_sections(self):
        for program, sections in SECTIONS.items():
            with self.subTest(program):
                self.assertEqual(sections, re.findall(r"^\.SH (.+)$", document(program, "man"),
                                                      re.M))

    def test_every_flag_and_variable_of_the_help(self):
        page = self.plain("litewatch")
        help_text = tools.run(support.LITEWATCH, "--help").stdout
        variables = re.findall(r"^  ([A-Z_]+) ", help_text, re.M)
        self.assertIn("POD_NAME", variables)
        for word in [*options_of(support.LITEWATCH), *variables]:
            self.assertRegex(page, rf"(?m)^ +{re.escape(word)}\b", word)

    def test_every_command_and_option_of_litetool(self):
        page = self.plain("litetool")
        for command in LITETOOL_COMMANDS:
            section = page.partition(f"litetool {command}\n")[2].partition("\n   litetool ")[0]
            for option in options_of(support.LITETOOL, command):
                self.assertRegex(section, rf"(?m)^ +{re.escape(option)}\b", f"{command} {option}")

    def test_metrics_that_it_names_are_there(self):
        page = document("litewatch", "man").replace("\\-", "-")
        known = tools.run(support.LITETOOL, "docs", "--format=json").stdout
        for metric in re.findall(r"\blitewatch_\w+", page):
            self.assertIn(f'"{metric}"', known)

    def test_version(self):
        version = tools.run(support.LITEWATCH, "--version").stdout.strip()
        for program in PROGRAMS:
            title = document(program, "man").split("\n")[1]
            self.assertRegex(title, rf'^\.TH {program.upper()} 1 \d{{4}}-\d\d-\d\d "{program} '
                                    rf'{re.escape(version.split()[1])}" "User Commands"$')


class GoldenTest(unittest.TestCase):
    def test_documents(self):
        for program in PROGRAMS:
            for form in FORMATS:
                path = os.path.join(GOLDEN, f"{program}.{form}")
                # The title has the version, which is no change of the text.
                text = re.sub(r"^\.TH .*\n", "", document(program, form), flags=re.M)
                if support.UPDATE_GOLDEN:
                    os.makedirs(GOLDEN, exist_ok=True)
                    with open(path, "w") as file:
                        file.write(text)
                with self.subTest(path), open(path) as file:
                    self.assertEqual(file.read(), text, "UPDATE_GOLDEN=1 writes it anew")


class UsageTest(unittest.TestCase):
    def test_wrong_arguments(self):
        for arguments, said in ((["--format=pdf"], "expected md, json, man"),
                                (["--format=man", "--program=vi"], "litewatch or litetool"),
                                (["--program=litetool"], "only with --format=man"),
                                (["man"], '"man": no such option')):
            with self.subTest(arguments):
                done = support.litetool("docs", *arguments)
                self.assertEqual((2, ""), (done.returncode, done.stdout))
                self.assertIn(said, done.stderr)


class CompletionTest(DocumentsTestCase):
    """Of real shells, at a terminal."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("work"))
        for name in ("shop.db", "shop.yml"):
            with open(self.path(f"work/{name}"), "w"):
                pass
        os.mkdir(self.path("work/folder"))

    def shell(self, command, setup):
        environment = {**os.environ, "TERM": "dumb", "HOME": self.folder, "INPUTRC": "/dev/null",
                       "PATH": f"{support.BUILD}:{os.environ['PATH']}"}
        shell = Shell([tools.tool(self, command[0]), *command[1:]], setup, self.path("work"),
                      environment)
        self.addCleanup(shell.close)
        return shell

    def check(self, shell):
        """What every shell has to complete."""
        shell.complete("litewatch --log.level=", "debug", "error", "info", "warn")
        shell.complete("litewatch --log.f", "--log.format=")
        shell.complete("litewatch --config.file=sh", "shop.yml")
        shell.complete("litewatch sh", "shop.db")
        shell.complete("litetool ", *LITETOOL_COMMANDS)
        shell.complete("litetool check ", "dashboards", "rules")
        shell.complete("litetool check --format=", "sarif", "text")
        shell.complete("litetool inspect --", "--json", "--procfs", "--watch")
        shell.complete("litetool build --output=f", "folder")

    def test_bash(self):
        files = [self.written(program, "bash") for program in PROGRAMS]
        for file in files:
            tools.run(tools.tool(self, "shellcheck"), "--shell=bash", file)
        shell = self.shell(["bash", "--norc", "--noprofile", "-i"],
                           ["bind 'set show-all-if-ambiguous on'", "bind 'set bell-style none'",
                            "bind 'set enable-bracketed-paste off'",
                            *[f"source {file}" for file in files]])
        self.check(shell)
        self.assertNotIn("shop.yml", shell.complete("litetool docs --format=", "fish"))
        shell.type("COMP_WORDBREAKS=${COMP_WORDBREAKS//=}\n")
        shell.complete("litewatch --log.level=w", "--log.level=warn")

    def test_bash_finds_them_by_itself_where_they_are_installed(self):
        loader = "/usr/share/bash-completion/bash_completion"
        if not os.path.exists(loader):
            support.skip(self, "bash-completion is not installed")
        folder = self.path("data/bash-completion/completions")
        os.makedirs(folder)
        for program in PROGRAMS:
            self.written(program, "bash", os.path.join(folder, program))
        shell = self.shell(["bash", "--norc", "--noprofile", "-i"],
                           [f"export XDG_DATA_HOME={self.path('data')}", f"source {loader}",
                            "bind 'set show-all-if-ambiguous on'", "bind 'set bell-style none'"])
        self.check(shell)

    def test_zsh(self):
        os.mkdir(self.path("functions"))
        for program in PROGRAMS:
            file = self.written(program, "zsh", f"functions/_{program}")
            tools.run(tools.tool(self, "zsh"), "-n", file)
        shell = self.shell(["zsh", "-f", "-i"],
                           [f"fpath=({self.path('functions')} $fpath)", "unsetopt beep prompt_cr",
                            "autoload -Uz compinit; compinit -u -D",
                            "bindkey -e"])
        self.check(shell)

    def test_fish(self):
        fish = tools.tool(self, "fish")
        environment = {"HOME": self.folder, "XDG_CONFIG_HOME": self.folder,
                       "XDG_DATA_HOME": self.folder}
        files = [self.written(program, "fish") for program in PROGRAMS]
        for file in files:
            tools.run(fish, "--no-execute", file)

        def complete(line):
            done = tools.run(fish, "--no-config", "--command",
                             f"source {files[0]}; source {files[1]}; complete -C '{line}'",
                             cwd=self.path("work"), env=environment)
            return [row.split("\t")[0] for row in done.stdout.splitlines()]
        self.assertEqual({f"--log.level={word}" for word in ("debug", "info", "warn", "error")},
                         set(complete("litewatch --log.level=")))
        self.assertIn("--log.format", complete("litewatch --log.f"))
        self.assertEqual(["--config.file=shop.yml"], complete("litewatch --config.file=shop.y"))
        self.assertIn("shop.db", complete("litewatch sh"))
        self.assertEqual(sorted(LITETOOL_COMMANDS), sorted(complete("litetool ")))
        self.assertLessEqual({"rules", "dashboards"}, set(complete("litetool check ")))
        self.assertEqual({"--format=text", "--format=sarif"},
                         set(complete("litetool check --format=")))
        self.assertLessEqual({"--json", "--watch"}, set(complete("litetool inspect --")))
        self.assertEqual(["--output=folder/"], complete("litetool build --output=f"))


if __name__ == "__main__":
    unittest.main()

"""`cmake --install`: the layout, by component, and that what is installed works from its place."""
import os
import re
import shutil
import unittest

import tools  # first: it leads to tests/e2e
import support

PROGRAMS = {"usr/bin/litewatch", "usr/bin/litetool"}
DOCS = {
    "usr/share/man/man1/litewatch.1", "usr/share/man/man1/litetool.1",
    "usr/share/bash-completion/completions/litewatch",
    "usr/share/bash-completion/completions/litetool",
    "usr/share/zsh/vendor-completions/_litewatch", "usr/share/zsh/vendor-completions/_litetool",
    "usr/share/fish/vendor_completions.d/litewatch.fish",
    "usr/share/fish/vendor_completions.d/litetool.fish",
    "usr/share/doc/litewatch/README.md", "usr/share/doc/litewatch/copyright",
    "usr/share/doc/litewatch/examples/litewatch.example.yml",
    "usr/share/doc/litewatch/systemd/README.md",
    *(f"usr/share/doc/litewatch/systemd/examples/{name}"
      for name in os.listdir(os.path.join(tools.DEPLOY, "systemd", "examples")))}
SYSTEMD = {"usr/lib/systemd/system/litewatch.service", "usr/lib/systemd/system/litewatch.socket"}


def content():
    """What the repository has of rules and dashboards, where it belongs."""
    files = {"usr/share/litewatch/rules/alertmanager.yml"}
    for folder, ends in (("rules/recording", ""), ("rules/alerts", ""), ("rules/runbooks", ""),
                         ("dashboards", (".json", ".yml"))):
        for path, _, names in os.walk(os.path.join(support.ROOT, folder)):
            relative = os.path.relpath(path, support.ROOT)
            files |= {f"usr/share/litewatch/{relative}/{name}" for name in names
                      if name.endswith(ends)}
    return files


def files_below(root):
    return {os.path.relpath(os.path.join(path, name), root)
            for path, _, names in os.walk(root) for name in names}


class InstallTest(support.TestCase):
    def install(self, *arguments, prefix="/usr"):
        root = self.path("root")
        shutil.rmtree(root, ignore_errors=True)
        with tools.locked("install"):
            tools.run(tools.tool(self, "cmake"), "--install", support.BUILD, "--prefix", prefix,
                      *arguments, env={"DESTDIR": root})
        return root

    def test_each_component(self):
        for component, files in (("programs", PROGRAMS), ("content", content()), ("docs", DOCS),
                                 ("systemd", SYSTEMD)):
            with self.subTest(component):
                self.assertEqual(files, files_below(self.install("--component", component)))

    def test_everything(self):
        root = self.install()
        self.assertEqual(PROGRAMS | content() | DOCS | SYSTEMD, files_below(root))
        for program in PROGRAMS:
            path = os.path.join(root, program)
            self.assertEqual(0o755, os.stat(path).st_mode & 0o777)
            self.assertNotIn("RUNPATH", tools.run("readelf", "--dynamic", path).stdout)
            self.assertRegex(tools.run(path, "--version").stdout, r"^lite\w+ \d+\.\d+\.\d+\n$")

    def test_what_it_says_is_the_programs_own(self):
        root = self.install("--component", "docs")
        for program in ("litewatch", "litetool"):
            for path, form in ((f"man/man1/{program}.1", "man"),
                               (f"bash-completion/completions/{program}", "bash"),
                               (f"zsh/vendor-completions/_{program}", "zsh"),
                               (f"fish/vendor_completions.d/{program}.fish", "fish")):
                with open(os.path.join(root, "usr/share", path)) as file:
                    self.assertEqual(file.read(), support.litetool(
                        "docs", f"--format={form}", f"--program={program}").stdout, path)

    def test_zsh_finds_its_completions(self):
        """Where it looks on this system, with either prefix."""
        for prefix, place in (("/usr", "/usr/share/zsh/vendor-completions"),
                              ("/usr/local", "/usr/local/share/zsh/site-functions")):
            with self.subTest(prefix):
                root = self.install("--component", "docs", prefix=prefix)
                done = tools.run(tools.tool(self, "zsh"), "-f", "-c", f"""
                    print -l $fpath; fpath=({root}$^fpath $fpath)
                    autoload -Uz compinit; compinit -u -D
                    print $_comps[litewatch] $_comps[litetool]; autoload +X _litewatch _litetool
                    print $functions_source[_litewatch]""")
                *searched, found, source = done.stdout.splitlines()
                self.assertIn(place, searched)
                self.assertEqual("_litewatch _litetool", found)
                self.assertEqual(f"{root}{place}/_litewatch", source)

    def fish(self, root):
        """The options that fish completes with what is below `root` where it looks by itself."""
        done = tools.run(
            "env", "--unset=XDG_DATA_DIRS", tools.tool(self, "fish"), "--command",
            f"set fish_complete_path {root}$fish_complete_path; complete -C 'litewatch --'",
            # Of a program that is not there it completes nothing.
            env={"HOME": self.folder, "PATH": f"{support.BUILD}:{os.environ['PATH']}"})
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    def test_fish_finds_its_completions(self):
        self.assertIn("--config.file", self.fish(self.install("--component", "docs")))

    def test_fish_finds_them_below_usr_local_as_the_readme_says(self):
        root = self.install("--component", "docs", prefix="/usr/local")
        self.assertNotIn("--config.file", self.fish(root))
        with open(os.path.join(tools.DEPLOY, "systemd", "README.md")) as file:
            link, = re.findall(r"^    sudo (ln -s .*fish.*)$", file.read(), re.M)
        os.makedirs(f"{root}/etc/fish/completions")
        tools.run("sh", "-c", re.sub(r" (?=/)", f" {root}", link))
        self.assertIn("--config.file", self.fish(root))

    def test_another_prefix_is_the_units_too(self):
        root = self.install("--component", "systemd", prefix="/usr/local")
        with open(os.path.join(root, "usr/local/lib/systemd/system/litewatch.service")) as unit:
            text = unit.read()
        self.assertEqual(2, len(re.findall(r"^Exec\w+=/usr/local/bin/litewatch ", text, re.M)))
        self.assertNotIn("/usr/bin/", text)

    def test_links_of_the_documents_lead_to_installed_files(self):
        folder = os.path.join(self.install("--component", "docs"), "usr/share/doc/litewatch")
        links = 0
        for name in ("README.md", "systemd/README.md"):
            path = os.path.join(folder, name)
            with open(path) as file:
                for link in re.findall(r"\]\(([^)#]+)\)", file.read()):
                    links += 1
                    self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), link)),
                                    f"{name}: {link}")
        self.assertGreater(links, 3)

    def test_the_installed_example_is_valid_and_deliveries_can_be_built(self):
        root = self.install()
        tools.run(os.path.join(root, "usr/bin/litewatch"), "--config.check-syntax", "--config.file="
                  + os.path.join(root, "usr/share/doc/litewatch/examples/litewatch.example.yml"))
        tools.run(os.path.join(root, "usr/bin/litetool"), "build", "deliveries",
                  f"--root={root}/usr/share/litewatch", f"--output={self.path('out')}")
        self.assertTrue(os.listdir(self.path("out/rules")))


if __name__ == "__main__":
    unittest.main()

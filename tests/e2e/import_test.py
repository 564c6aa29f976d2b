"""`litetool import`: blackbox.yml into modules of litewatch, by the real programs."""
import difflib
import os
import stat
import subprocess
import unittest

from support import LITEWATCH, ROOT, UPDATE_GOLDEN, TestCase, litetool

FIXTURES = os.path.join(ROOT, "tests", "fixtures", "blackbox")
GOLDEN = os.path.join(ROOT, "tests", "golden", "import")
EXIT_CODES = {"anchors": 0, "carried": 0, "example": 1, "left_out": 1, "lossy": 1}


def read(path):
    with open(path) as file:
        return file.read()


def fixture(name):
    return os.path.join(FIXTURES, name + ".yml")


class Import(TestCase):
    def setUp(self):
        super().setUp()
        self.maxDiff = None

    def assert_golden(self, text, name):
        path = os.path.join(GOLDEN, name)
        if UPDATE_GOLDEN:
            os.makedirs(GOLDEN, exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            return
        golden = read(path)
        if text != golden:
            self.fail("\n".join(difflib.unified_diff(golden.splitlines(), text.splitlines(), name,
                                                     "now", lineterm="")))

    def assert_loads(self, path):
        done = subprocess.run([LITEWATCH, "--config.file=" + path, "--config.check-syntax"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=10)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_fixtures(self):
        for name, code in EXIT_CODES.items():
            with self.subTest(name):
                done = litetool("import", fixture(name))
                self.assertEqual(done.returncode, code, done.stderr)
                self.assert_golden(done.stdout, name + ".yml")
                self.assert_golden(done.stderr, name + ".txt")
                self.assertNotIn("hunter2", done.stdout + done.stderr)
                self.assertLessEqual(max(map(len, done.stdout.splitlines())), 100)

    def test_output_loads(self):
        for name in EXIT_CODES:
            with self.subTest(name):
                path = self.path(name + ".yml")
                done = litetool("import", "--output", path, fixture(name))
                self.assertEqual(done.stdout, "")
                self.assert_loads(path)
                first = read(path)
                litetool("import", fixture(name), "--output=" + path)
                self.assertEqual(read(path), first)

    def test_secrets_go_into_files_that_litewatch_can_read(self):
        folder, path = self.path("secrets"), self.path("litewatch.yml")
        done = litetool("import", fixture("secrets"), "--secrets-dir", folder, "--output=" + path)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertNotIn("hunter2", read(path))
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        texts = []
        for name in os.listdir(folder):
            file = os.path.join(folder, name)
            self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
            texts.append(read(file))
        for number in range(1, 17):
            self.assertTrue(any(f"hunter2-{number}" in text for text in texts), number)
        self.assert_loads(path)

    def test_secrets_without_a_folder_are_left_to_people(self):
        done = litetool("import", fixture("secrets"))
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("hunter2", done.stdout + done.stderr)
        self.assertIn("password_file: secrets/basic.basic_auth.password\n", done.stdout)
        self.assertIn("or import with --secrets-dir", done.stderr)

    def test_a_secret_that_is_there_is_not_overwritten(self):
        folder, output = self.path("secrets"), self.path("litewatch.yml")
        os.mkdir(folder)
        with open(os.path.join(folder, "basic.basic_auth.password"), "w") as file:
            file.write("another")
        done = litetool("import", fixture("secrets"), "--secrets-dir=" + folder,
                        "--output=" + output)
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds something else", done.stderr)
        self.assertFalse(os.path.exists(output))

    def test_wrong_usage_exits_2(self):
        for arguments in ([], ["a", "b"], ["--bogus", "a"], ["a", "--output"], ["a", "--output="],
                          ["a", "--output=b", "--output=c"], [self.path("absent.yml")],
                          [fixture("anchors"), "--output", self.path("no/such/folder")],
                          [fixture("anchors"), "--secrets-dir=~/x"]):
            with self.subTest(arguments):
                done = litetool("import", *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr.startswith("litetool import: "), done.stderr)

    def test_what_is_no_blackbox_yml_exits_2(self):
        for text in ("", "scrape_configs: []\n", "modules: [\n", "\0"):
            with self.subTest(text):
                with open(self.path("x.yml"), "w") as file:
                    file.write(text)
                done = litetool("import", self.path("x.yml"))
                self.assertEqual((done.returncode, done.stdout), (2, ""))


if __name__ == "__main__":
    unittest.main()

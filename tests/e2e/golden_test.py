"""The whole output of the programs on captured databases, compared with tests/golden.

What depends on the machine or the moment is replaced by "*". To accept a change, run
`UPDATE_GOLDEN=1 tests/run.sh e2e` and look at the diff.
"""
import difflib
import json
import os
import re
import shutil
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import LITETOOL, LITEWATCH, ROOT, UPDATE_GOLDEN, TestCase, litetool, parse_page
from support import promtool_check, value, wait_until

FIXTURES = os.path.join(ROOT, "tests", "fixtures", "sqlite")
GOLDEN = os.path.join(ROOT, "tests", "golden")
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"

# Their values are the machine's or the moment's; that they are there is not.
VOLATILE = re.compile(r"machine_(cpu_cores|memory_bytes)\b|"
                      r"sqlite_(last_read_timestamp_seconds|database_modified_timestamp_seconds|"
                      r"database_allocated_bytes|filesystem_avail_bytes|filesystem_files_free|"
                      r"network_filesystem|overlay_filesystem|scrape_duration_seconds_\w+)\b|"
                      r"sqlite_databases_unhealthy\{.*reason=\"(overlay_filesystem|"
                      r"network_filesystem|filesystem_full)\"")
INSPECTED = ("rollback", "utf16", "wal_closed", "wal_killed", "hot_journal", "truncated",
             "misaligned", "malformed", "encrypted", "empty", "not_a_database", "pages_64k",
             "missing")


def normalise_page(text, folder):
    """The page without what litewatch says of itself, but for the families it has."""
    lines = []
    for line in text.replace(folder, "/FIXTURES").split("\n"):
        if re.match(r"(litewatch|process)_", line):
            continue
        if VOLATILE.match(line):
            line = re.sub(r" \S+$", " *", line)
        lines.append(re.sub(r'fs_type="[^"]*"', 'fs_type="*"', line))
    return "\n".join(lines) + "\n"


def normalise_report(text, folder):
    text = text.replace(folder, "/FIXTURES")
    text = re.sub(r"(last write +).*", r"\1*", text)
    text = re.sub(r"(space left +).*", r"\1*", text)
    text = re.sub(r'("type"|"avail_bytes"|"watched_seconds"): [^,\n]*', r'\1: "*"', text)
    return text


class GoldenTestCase(TestCase):
    def setUp(self):
        super().setUp()
        self.maxDiff = None

    def assert_golden(self, text, *name):
        path = os.path.join(GOLDEN, *name)
        if UPDATE_GOLDEN:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            return
        golden = ""
        if os.path.exists(path):
            with open(path) as file:
                golden = file.read()
        if text != golden:
            diff = difflib.unified_diff(golden.splitlines(), text.splitlines(),
                                        os.path.relpath(path, ROOT), "now", lineterm="")
            self.fail("\n".join(diff) + "\n\nIf this is what you want: UPDATE_GOLDEN=1 "
                                        "tests/run.sh e2e, and commit the difference.")


class Golden(GoldenTestCase):
    def fixtures(self, parent):
        """A copy: what a checkout gives the files, and tests do to them, is no matter."""
        folder = os.path.join(parent, "fixtures")
        os.mkdir(folder)
        for name in os.listdir(FIXTURES):
            if ".db" in name or name.endswith(".yml"):
                shutil.copyfile(os.path.join(FIXTURES, name), os.path.join(folder, name))
                os.chmod(os.path.join(folder, name), 0o644)
        return folder

    def test_pages_on_captured_databases(self):
        folder = self.fixtures(self.folder)
        service = self.litewatch(f"--config.file={folder}/litewatch.yml")
        wait_until(lambda: value(service.metrics(), "sqlite_file_truncated", db="truncated") == 1)
        text = service.get("/metrics")[2].decode()
        self.assertEqual(promtool_check(text.encode()), "")
        self.assert_golden(normalise_page(text, folder), "metrics.txt")
        headers = {"Accept": OPEN_METRICS}
        open_metrics = service.get("/metrics", headers=headers)[2].decode()
        self.assertTrue(open_metrics.endswith("# EOF\n"))
        self.assert_golden(normalise_page(open_metrics, folder), "metrics.openmetrics.txt")
        # Both formats name the same series.
        self.assertEqual(parse_page(text).keys(), parse_page(open_metrics).keys())

    def test_pages_follow_the_catalogue(self):
        folder = self.fixtures(self.folder)
        page = self.litewatch(f"--config.file={folder}/litewatch.yml").get("/metrics")[2].decode()
        rows = json.loads(litetool("docs", "--format=json").stdout)["metrics"]
        catalogue = {row["name"]: row for row in rows}
        for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE):
            row = catalogue[name]
            self.assertEqual(kind, "gauge" if row["type"] == "info" else row["type"], name)
            labels = set(re.findall(r'[{,](\w+)="', "\n".join(
                re.findall(rf"^{name}(?:_bucket|_sum|_count)?(\{{.*\}}) ", page, re.MULTILINE))))
            missing = set(row["labels"]) ^ (labels - {"le"}) if labels else set()
            # A label of an info metric is left out where it is empty.
            self.assertIn(missing, [set()] + [{"managed_by"}] * (row["type"] == "info"), name)

    def test_stable_metrics_keep_name_type_and_labels(self):
        rows = json.loads(litetool("docs", "--format=json").stdout)["metrics"]
        lines = [f"{row['name']} {row['type']} {','.join(row['labels'])}".rstrip()
                 for row in rows if row["stability"] == "stable"]
        self.assert_golden("\n".join(sorted(lines)) + "\n", "stable-metrics.txt")

    def test_help_texts(self):
        for name, command in (("litewatch", [LITEWATCH]), ("litetool", [LITETOOL]),
                              ("litetool-inspect", [LITETOOL, "inspect"]),
                              ("litetool-probe", [LITETOOL, "probe"]),
                              ("litetool-import", [LITETOOL, "import"]),
                              ("litetool-build", [LITETOOL, "build"]),
                              ("litetool-check", [LITETOOL, "check"]),
                              ("litetool-docs", [LITETOOL, "docs"])):
            with self.subTest(name):
                done = subprocess.run([*command, "--help"], stdout=subprocess.PIPE, text=True,
                                      timeout=10)
                self.assertEqual(done.returncode, 0)
                self.assertLessEqual(max(map(len, done.stdout.splitlines())), 100)
                self.assert_golden(done.stdout, "help", name + ".txt")

    def test_inspect_on_captured_databases(self):
        folder = self.fixtures(self.ordinary_folder())
        runs = [(name, extension, flags) for name in INSPECTED
                for extension, flags in ((".txt", []), (".json", ["--json"]))]
        with ThreadPoolExecutor(8) as pool:
            results = pool.map(lambda run: litetool("inspect", *run[2], f"{folder}/{run[0]}.db"),
                               runs)
            for (name, extension, _), done in zip(runs, results):
                with self.subTest(name + extension):
                    self.assertEqual(done.stderr, "")
                    report = normalise_report(done.stdout, folder)
                    self.assert_golden(f"{report}exit code {done.returncode}\n", "inspect",
                                       name + extension)


if __name__ == "__main__":
    unittest.main()

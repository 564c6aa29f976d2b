"""tests/run_modules.py tells what went wrong in which module, and leaves nothing running."""
import os
import re
import signal
import subprocess
import sys
import unittest

from support import ROOT, TestCase, wait_until

HEAD = "import os, signal, subprocess, sys, time, unittest\n{top}\nclass T(unittest.TestCase):\n"
MODULE = HEAD + "    def test_one(self):\n        {body}\n"


class RunModules(TestCase):
    def module(self, name, body, top=""):
        with open(self.path(f"{name}_test.py"), "w") as file:
            file.write(MODULE.format(top=top, body=body))

    def start(self, *arguments):
        return subprocess.Popen([sys.executable, os.path.join(ROOT, "tests", "run_modules.py"),
                                 self.folder, "--logs", self.path("logs"), *arguments], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run_all(self, *arguments):
        """(exit code, output)"""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def noted(self, name):
        """The number that a module wrote to a file; None before that."""
        try:
            with open(self.path(name)) as file:
                return int(file.read() or 0) or None
        except FileNotFoundError:
            return None

    def write_id(self, name, pid="os.getpid()"):
        return f"open({self.path(name)!r}, 'w').write(str({pid}))"

    def test_all_well(self):
        self.module("one", "print('\\nSKIP: said by one')")
        self.module("two", "pass")
        code, output = self.run_all()
        self.assertEqual(code, 0, output)
        self.assertRegex(output, r"(?m)^SKIP: said by one$")
        self.assertRegex(output, r"(?m)^2 tests of 2 modules in ")

    def test_whatever_is_wrong_fails_and_is_said(self):
        faults = {"fails": ("self.fail()", "failed"),
                  "dies": ("os.kill(os.getpid(), signal.SIGKILL)", "died of SIGKILL"),
                  "leaves": ("os._exit(0)", "ended before its tests were over"),
                  "hangs": ("time.sleep(100)", "not over after 8 s")}
        for name, (body, _) in faults.items():
            self.module(name, body)
        self.module("well", "pass")
        code, output = self.run_all("--limit=8", "--jobs=5")
        self.assertEqual(code, 1, output)
        self.assertEqual(set(re.findall(r"(?m)^FAILED: (.*)$", output)),
                         {f"{name}_test: {what}" for name, (_, what) in faults.items()})
        self.assertRegex(output, r'hangs_test.py", line \d+ in test_one')

    def test_a_pattern_that_no_test_matches_fails(self):
        self.module("one", "pass")
        self.assertEqual(self.run_all("-k", "one")[0], 0)
        code, output = self.run_all("-k", "other")
        self.assertEqual(code, 1)
        self.assertIn("FAILED: no test has run", output)
        self.assertEqual(self.run_all("--pattern=other*")[0], 1)

    def test_a_module_that_must_be_alone_is(self):
        mark = self.path("mark")
        alone = f"self.assertFalse(os.path.exists({mark!r}))"
        others = f"open({mark!r}, 'x').close(); time.sleep(1); os.unlink({mark!r})"
        self.module("a", alone, "RUN_ALONE = 'so that this test can tell'")
        self.module("b", others)
        code, output = self.run_all("--jobs=2")
        self.assertEqual(code, 0, output)
        self.assertIn("a_test  (alone)", output)
        self.assertGreater(output.index("==== a_test"), output.index("==== b_test"))

    def test_the_longest_of_the_last_run_begins(self):
        self.module("a", "pass")
        self.module("b", "time.sleep(3)")
        order = [[output.index(f"==== {name}_test") for name in "ab"]
                 for _, output in (self.run_all("--jobs=1"), self.run_all("--jobs=1"))]
        self.assertLess(order[0][0], order[0][1])
        self.assertGreater(order[1][0], order[1][1])

    def test_modules_run_beside_each_other(self):
        """Each waits for the other one."""
        for mine, other in (("a", "b"), ("b", "a")):
            self.module(mine, self.write_id(mine) + "\n        end = time.monotonic() + 30\n"
                        f"        while not os.path.exists({self.path(other)!r}):\n"
                        "            self.assertLess(time.monotonic(), end)\n"
                        "            time.sleep(0.01)")
        code, output = self.run_all("--jobs=2")
        self.assertEqual(code, 0, output)

    def test_an_interrupt_lets_tests_clean_up_and_ends_what_they_left(self):
        self.module("waits", "child = subprocess.Popen(['sleep', '100'])\n        "
                    + self.write_id("child", "child.pid") + "\n        try:\n"
                    "            time.sleep(1.5)\n        finally:\n            "
                    + self.write_id("cleaned"))
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                process = self.start()
                self.addCleanup(process.kill)
                child = wait_until(lambda: self.noted("child"), 20, "test at work")
                process.send_signal(number)
                output, _ = process.communicate(timeout=60)
                self.assertEqual(process.returncode, -signal.SIGINT, output)
                self.assertTrue(self.noted("cleaned"))
                wait_until(lambda: is_gone(child), 10, "end of the child")
                for name in ("child", "cleaned"):
                    os.unlink(self.path(name))


def is_gone(pid):
    """Whether it has ended; whoever inherits it may be slow to ask."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


if __name__ == "__main__":
    unittest.main()

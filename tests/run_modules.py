#!/usr/bin/env python3
"""Runs the test modules of a folder at the same time, each in a process of its own.

    tests/run_modules.py tests/e2e
    tests/run_modules.py tests/e2e --pattern 'container_*_test.py' -k churn
    tests/run_modules.py tests/deploy --jobs 1

Most tests wait rather than compute, so more modules run at once than there are cores. The longest
of the last run start first. A module that must not run beside others says so, and runs alone at the
end:

    RUN_ALONE = "measures the machine's memory"

What a module prints appears whole when it ends, and is in build/test-logs/FOLDER/MODULE.log. An
interrupt lets the tests at hand end and clean up.
"""
import argparse
import ast
import fnmatch
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "test-logs"
GRACE = 20  # seconds in which an interrupted test may end what it started
SLOWEST = 10


@dataclass
class Module:
    """A test module: what is known before it runs, and what it took."""
    path: Path
    alone: str
    expected: float  # seconds of the last run
    seconds: float = 0.0
    cpu: float = 0.0
    tests: int = 0
    fault: str = ""

    @property
    def name(self):
        return self.path.stem


class Run:
    """A module while it runs, in a process group of its own."""

    def __init__(self, module, log, patterns):
        self.module, self.log = module, log
        # --catch: an interrupt waits for the test at hand. faulthandler: SIGABRT shows where it is.
        command = [sys.executable, "-X", "faulthandler", "-u", "-m", "unittest", "discover",
                   "--catch", "--verbose", "--start-directory", str(module.path.parent),
                   "--pattern", module.path.name]
        command += [argument for pattern in patterns for argument in ("-k", pattern)]
        with open(log, "wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, start_new_session=True)
        self.started = time.monotonic()

    def ended(self, limit):
        """Whether it has; notes what it took, and what went wrong."""
        if not self.module.fault and time.monotonic() - self.started > limit:
            self.module.fault = f"not over after {limit:g} s"
            self.signal(signal.SIGABRT)
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid == 0:
            return False
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.module.seconds = time.monotonic() - self.started
        self.module.cpu = usage.ru_utime + usage.ru_stime
        self.kill_group()
        self.judge(self.process.returncode)
        return True

    def judge(self, code):
        counts = re.findall(rb"(?m)^Ran (\d+) tests? in ", self.log.read_bytes())
        self.module.tests = int(counts[-1]) if counts else 0
        if self.module.fault:
            return
        if code < 0:
            self.module.fault = f"died of {signal.Signals(-code).name}"
        elif not counts:
            self.module.fault = "ended before its tests were over"
        elif code > 0:
            self.module.fault = "failed"

    def signal(self, number):
        os.kill(self.process.pid, number)  # Popen's own would ask whether it has ended

    def kill_group(self):
        """Ends what the module has left behind."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def reason_to_run_alone(path):
    """RUN_ALONE of a module, read without running it; empty where it does not say."""
    for node in ast.parse(path.read_bytes(), str(path)).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "RUN_ALONE":
            return ast.literal_eval(node.value)
    return ""


def find_modules(folder, pattern, times):
    """Those that match, the longest of the last run first; new ones are taken for long."""
    modules = [Module(path, reason_to_run_alone(path), times.get(path.stem, float("inf")))
               for path in sorted(folder.glob("*.py")) if fnmatch.fnmatch(path.name, pattern)]
    return sorted(modules, key=lambda module: -module.expected)


def report(run):
    """Prints what the module did, whole."""
    module = run.module
    print(f"==== {module.name}: {module.fault or 'ok'}, {module.seconds:.1f} s, "
          f"{module.cpu:.1f} s of CPU", flush=True)
    sys.stdout.buffer.write(run.log.read_bytes())
    print(flush=True)


def run_modules(modules, jobs, logs, options):
    """Runs them, so many at once; interrupted, ends those that run."""
    waiting, running = list(modules), []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                module = waiting.pop(0)
                running.append(Run(module, logs / f"{module.name}.log", options.k))
            for run in [run for run in running if run.ended(options.limit)]:
                running.remove(run)
                report(run)
            time.sleep(0.05)
    finally:
        end(running)


def end(running):
    """Interrupts what runs, waits a little for its cleaning up, and ends it."""
    if running:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for run in running:
        run.signal(signal.SIGINT)
    deadline = time.monotonic() + GRACE
    while running:
        number = signal.SIGKILL if time.monotonic() > deadline else 0
        for run in running:
            run.signal(number)
        running = [run for run in running if not run.ended(float("inf"))]
        time.sleep(0.05)


def read_times(path):
    """Seconds by module of the last run; nothing where there was none."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def summary(modules, seconds):
    """Prints the slowest and the failed; returns whether all went well."""
    for module in sorted(modules, key=lambda module: -module.seconds)[:SLOWEST]:
        print(f"{module.seconds:7.1f} s  {module.cpu:6.1f} s of CPU  {module.name}"
              f"{'  (alone)' if module.alone else ''}")
    cpu = sum(module.cpu for module in modules)
    tests = sum(module.tests for module in modules)
    print(f"{tests} tests of {len(modules)} modules in {seconds:.0f} s, {cpu:.0f} s of CPU")
    faults = [f"{module.name}: {module.fault}" for module in modules if module.fault]
    if not faults and tests == 0:
        faults = ["no test has run"]
    for fault in faults:
        print(f"FAILED: {fault}")
    return not faults


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pattern", default="*_test.py", help="of the modules' file names")
    parser.add_argument("--jobs", type=int, default=2 * len(os.sched_getaffinity(0)),
                        help="modules at once (default: %(default)s, two per core)")
    parser.add_argument("--limit", type=float, default=1200, metavar="SECONDS",
                        help="for one module (default: %(default)s)")
    parser.add_argument("--logs", type=Path, metavar="FOLDER",
                        help="default: build/test-logs/FOLDER")
    parser.add_argument("-k", action="append", default=[], metavar="PATTERN",
                        help="only these tests, as of unittest")
    return parser.parse_args(arguments)


def main():
    options = options_of(sys.argv[1:])
    logs = options.logs or LOGS / options.folder.resolve().name
    logs.mkdir(parents=True, exist_ok=True)
    record = logs / "seconds.json"
    times = read_times(record)
    modules = find_modules(options.folder.resolve(), options.pattern, times)
    if not modules:
        sys.exit(f"no module matches {options.folder}/{options.pattern}")
    start = time.monotonic()
    run_modules([module for module in modules if not module.alone], options.jobs, logs, options)
    run_modules([module for module in modules if module.alone], 1, logs, options)
    if not options.k:
        times.update({module.name: round(module.seconds, 1) for module in modules})
        record.write_text(json.dumps(times, indent=1, sort_keys=True) + "\n")
    sys.exit(0 if summary(modules, time.monotonic() - start) else 1)


if __name__ == "__main__":
    # A shell lets a command in the background ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        # As a shell that runs this wants it, to end too.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)

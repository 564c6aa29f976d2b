#!/usr/bin/env python3
"""Runs clang-tidy on the source files that have not passed it as they are.

    tests/tidy.py build/dev exporter/main.cpp exporter/base/*.cpp

What passed is remembered by all that the compiler sees of the file, headers, macros and comments
included, by the settings and by clang-tidy's version, below ~/.cache/litewatch-tidy.
"""
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "litewatch-tidy"
FORGOTTEN_AFTER = 30 * 24 * 3600  # seconds without a use


def compile_commands(build):
    """{file: (folder, words)}"""
    with open(build / "compile_commands.json") as file:
        return {entry["file"]: (entry["directory"], shlex.split(entry["command"]))
                for entry in json.load(file)}


def preprocessed(folder, words):
    """What the compiler sees; None where it does not compile."""
    flags = words[1:words.index("-o")]
    done = subprocess.run(["clang++", *flags, "-E", "-CC", "-dD", words[-1]], cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        return None
    return " ".join(flags).encode() + done.stdout


class Tidy:
    def __init__(self, build):
        self.build = build
        self.commands = compile_commands(build)
        version = subprocess.run(["clang-tidy", "--version"], check=True, stdout=subprocess.PIPE)
        self.settings = version.stdout + (ROOT / ".clang-tidy").read_bytes()

    def mark(self, file):
        """The file that is there when this has passed; None for one that the build leaves out, for
        which clang-tidy guesses how it is compiled."""
        text = preprocessed(*self.commands[file]) if file in self.commands else None
        if text is None:
            return None
        text = (self.settings + text).replace(os.fsencode(ROOT), b"")
        return CACHE / hashlib.sha256(text).hexdigest()

    def check(self, file):
        """(whether clang-tidy was needed, what it says where the file does not pass)"""
        mark = self.mark(file)
        if mark and mark.exists():
            mark.touch()
            return False, ""
        done = subprocess.run(["clang-tidy", "-p", self.build, "--quiet", file], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            return True, done.stdout or f"{file}: clang-tidy ended with {done.returncode}\n"
        if mark:
            mark.touch()
        return True, ""


def forget_old():
    for mark in CACHE.iterdir():
        if time.time() - mark.stat().st_mtime > FORGOTTEN_AFTER:
            mark.unlink(missing_ok=True)


def main():
    if len(sys.argv) < 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if "--help" in sys.argv or "-h" in sys.argv else 2)
    CACHE.mkdir(parents=True, exist_ok=True)
    forget_old()
    tidy = Tidy(Path(sys.argv[1]))
    files = [str(Path(name).resolve()) for name in sys.argv[2:]]
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        answers = list(pool.map(tidy.check, files))
    for _, said in answers:
        print(said, end="")
    failed = sum(1 for _, said in answers if said)
    print(f"{len(files)} files, {sum(needed for needed, _ in answers)} looked at, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

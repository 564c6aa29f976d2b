"""A shell at a terminal, typed into as a person would."""
import os
import pty
import re
import select
import time

ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>]|\][^\x07]*\x07)")
PROMPT = "READY> "
# ^A and ^K. The terminal itself acts on ^U while the shell is between two lines, and then it
# would not drop what was typed ahead.
DROP_LINE = "\x01\x0b"


class Shell:
    """Ends at close(). `setup` are lines typed first."""

    def __init__(self, command, setup, cwd, env):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, env)
        self.seen = ""
        self.lines = 0
        for line in [*setup, f"PS1='{PROMPT[:-2]}''{PROMPT[-2:]}'"]:
            self.type(line + "\n")
        self.wait_for(PROMPT)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, text, seconds=15):
        """What the terminal showed until then, with the text itself."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            if not select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no {text!r} within {seconds} s: {self.seen!r}")
            self.seen += ESCAPES.sub("", os.read(self.terminal, 65536).decode(errors="replace"))
        end = self.seen.index(text) + len(text)
        shown, self.seen = self.seen[:end], self.seen[end:]
        return shown

    def complete(self, line, *expected):
        """Types a line and tab twice; what is shown has to hold all that is expected."""
        self.type(f"{DROP_LINE}{line}\t\t")
        shown = ""
        for text in expected:
            if text not in shown:
                shown += self.wait_for(text)
        return shown + self.drop_line()

    def drop_line(self):
        """Waits for what the shell prints after it: the prompt also stands in every list.
        What was shown on the way is returned."""
        self.lines += 1
        self.type(f"{DROP_LINE}echo dropped $(({self.lines}))\n")
        return self.wait_for(f"dropped {self.lines}") + self.wait_for(PROMPT)

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)

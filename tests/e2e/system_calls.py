"""What a traced process did to watched files, told from the log of `strace -f -y -s 0 -o LOG`."""
import re
from dataclasses import dataclass

# All that litewatch may do to the files of an app, and to the folders they lie in. A call that is
# not here is an offence: writing, locking, mapping, removing, renaming, changing owner or mode...
ALLOWED = {"access", "close", "faccessat", "faccessat2", "fcntl", "fstat", "fstatfs", "getdents64",
           "lstat", "newfstatat", "open", "openat", "pread64", "readlink", "readlinkat", "stat",
           "statfs", "statx"}
HARMLESS_FLAGS = {"O_RDONLY", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_DIRECTORY", "O_NOFOLLOW",
                  "O_LARGEFILE"}
# A thread that sleeps or waits for work. An uncontended moment in malloc waits without a timeout.
WAITS = re.compile(r"(clock_nanosleep|nanosleep|e?poll(_p?wait2?)?|ppoll|p?select6?)\(|"
                   r"futex\(.*FUTEX_WAIT.*\{tv_sec")
LINE = re.compile(r"(\d+)\s+(.*)")
UNFINISHED = re.compile(r"(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
OPENED = re.compile(r".*\) = (\d+)<")
CLOSED = re.compile(r"close\((\d+)<")


@dataclass
class Call:
    """One system call. `began` and `ended` are the numbers of lines in the log."""
    thread: str
    text: str
    began: int
    ended: int

    @property
    def name(self):
        return self.text.split("(")[0]


def parse(log):
    """The calls of a log in the order in which they ended; those that never did come last."""
    unfinished, calls = {}, []
    for number, line in enumerate(log.splitlines()):
        thread, text = LINE.fullmatch(line).groups()
        if text.startswith(("---", "+++")):
            continue
        if begin := UNFINISHED.fullmatch(text):
            unfinished[thread] = Call(thread, begin.group(1), number, number)
        elif (end := RESUMED.fullmatch(text)) and thread in unfinished:
            call = unfinished.pop(thread)
            calls.append(Call(thread, call.text + end.group(1), call.began, number))
        else:
            calls.append(Call(thread, text, number, number))
    return calls + list(unfinished.values())


def concerning(calls, folder):
    """The calls that name the folder or a file in it, as a path or as a descriptor."""
    mention = re.compile(r'["<]' + re.escape(folder) + r'(?=["/>])')
    return [call for call in calls if mention.search(call.text)]


def offences(log, folder):
    """What the process did that could disturb the apps in the folder: one line each."""
    calls = parse(log)
    watched = concerning(calls, folder)
    return [call.text for call in watched if not is_allowed(call)] + kept_open(calls, watched)


def is_allowed(call):
    if call.name not in ALLOWED:
        return False
    if call.name == "fcntl":
        return ", F_GETLK," in call.text
    if call.name in ("open", "openat"):
        return set(re.findall(r"\bO_\w+", call.text)) <= HARMLESS_FLAGS
    return True


def kept_open(calls, watched):
    """Descriptors that were never closed, or that a thread kept while it slept."""
    concerned = {id(call) for call in watched}
    found, held = [], {}

    def when(call):  # a number is free again before close() returns
        return call.began if call.name == "close" or WAITS.match(call.text) else call.ended

    for call in sorted(calls, key=when):
        if id(call) in concerned:
            if closed := CLOSED.match(call.text):
                held.pop(closed.group(1), None)
            elif opened := OPENED.match(call.text):
                held[opened.group(1)] = call
        elif WAITS.match(call.text):
            found += [f"open while waiting: {opening.text}" for opening in held.values()
                      if opening.thread == call.thread]
    return found + [f"never closed: {opening.text}" for opening in held.values()]

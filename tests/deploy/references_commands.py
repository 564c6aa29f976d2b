"""Finds flags that a document, manifest or script names and that the program does not have: those
of a command go by its program, all others have to be litewatch's or litetool's."""
import os
import re

import yaml

import facts
import references_allowed as allowed
from references_allowed import is_allowed
from texts import mappings, program_of

def commands(text):
    """(line number, words) of each command and of each other piece of text with flags."""
    joined = re.sub(r"\\\n", lambda _: " \0", text.content)
    number = 1
    for line in joined.split("\n"):
        for piece in re.split(r"\||&&|;|\$\(|`|\(|\)", line.replace("\0", "")):
            yield number, re.findall(r"[^\s\"',\[\]]+", piece)
        number += 1 + line.count("\0")


def split_command(words):
    """(program, its words): behind a runner's image or "--" where there is one."""
    words = [word for word in words if not re.fullmatch(r"\$|#|-|[A-Z_]+=\S*|sudo", word)]
    words = [re.sub(r"^Exec\w+=[-+!:@]*", "", word) for word in words]
    if words[:1] == ["CMD"] and words[1].startswith("-"):  # of an image
        return "litewatch", words[1:]
    for position, word in enumerate(words):
        program = program_of(word)
        if program in ("litewatch", "litetool"):
            return program, words[position + 1:]
        if program in allowed.RUNNERS:
            return runner_command(program, words[position + 1:])
        if program in allowed.PROGRAMS or program.endswith((".sh", ".py")):
            return word if "/" in word else program, words[position + 1:]
    return "", words


def runner_command(program, words):
    if "--" in words:
        return split_command(words[words.index("--") + 1:])
    if program == "kubectl":
        return program, words
    for position, word in enumerate(words):
        if not word.startswith("-") and "=" not in word and \
                program_of(word) in ("litewatch", "litetool") and position + 1 < len(words):
            return program_of(word), words[position + 1:]
    return program, words


def wrong_flags(text):
    theirs = flags_of_other_images(text)
    for number, words in commands(text):
        if not facts.flags_of(" ".join(words)) or calls_function(text, words):
            continue
        program, rest = split_command(words)
        for flag in sorted(facts.flags_of(" ".join(rest))):
            if not flag_exists(text, program, rest, flag) and flag not in theirs and \
                    not is_allowed("FLAGS", flag):
                yield number, f"{program or 'neither program'} has no flag {flag}"


def calls_function(text, words):
    """Whether a script's line is a call of a function of its own."""
    return text.is_script() and re.search(rf"^{re.escape(words[0])}\(\)", text.content, re.M)


def flag_exists(text, program, words, flag):
    if program == "litewatch":
        return flag in facts.litewatch_flags() | {"--version"}
    if program == "litetool":
        command = words[0] if words else ""
        return flag in facts.litetool_commands().get(command, {"--help", "--version"})
    if program.endswith((".sh", ".py")):
        return script_has(text, program, flag)
    if program in allowed.PROGRAMS or program in allowed.RUNNERS:
        return True
    return text.is_script() or flag in facts.own_flags() or script_flag(text, flag)


def script_has(text, script, flag):
    for path in (script, os.path.join(text.folder, script)):
        if facts.file_exists(path):
            return flag in facts.flags_of(facts.read(os.path.normpath(path)))
    return text.is_script()  # $0 and the like


def script_flag(text, flag):
    """Of a script that the text names."""
    return any(flag in facts.flags_of(facts.read(path)) for path in facts.files()
               if path.endswith(".sh") and os.path.basename(path) in text.content)


def flags_of_other_images(text):
    """Of containers in a manifest or compose file that run something else."""
    found = set()
    for value in mappings(text):
        image = value.get("image")
        if isinstance(image, str) and program_of(image) != "litewatch":
            found |= facts.flags_of(yaml.safe_dump(value, width=1000))
    return found

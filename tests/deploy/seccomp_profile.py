"""Turns the container engines' default profile into a filter for the kernel:
/usr/bin/python3 -I seccomp_profile.py PROFILE.json OUT [CAPABILITY...]

RuntimeDefault is this profile in containerd, CRI-O and Docker alike; what it allows depends on the
capabilities that the container has. System calls that the machine's libseccomp does not know stay
forbidden, as in an engine with that libseccomp. -I, lest the neighbours shadow a module.
"""
import json
import os
import sys

import seccomp

ARCHITECTURES = {"x86_64": ("amd64", ("X86", "X32")), "aarch64": ("arm64", ("ARM",))}
ACTIONS = {"SCMP_ACT_ALLOW": lambda rule: seccomp.ALLOW,
           "SCMP_ACT_ERRNO": lambda rule: seccomp.ERRNO(rule.get("errnoRet", 1))}
OPERATORS = {"SCMP_CMP_EQ": seccomp.EQ, "SCMP_CMP_NE": seccomp.NE, "SCMP_CMP_LT": seccomp.LT,
             "SCMP_CMP_LE": seccomp.LE, "SCMP_CMP_GT": seccomp.GT, "SCMP_CMP_GE": seccomp.GE,
             "SCMP_CMP_MASKED_EQ": seccomp.MASKED_EQ}


def version(text):
    return tuple(int(part) for part in text.split(".")[:2])


def applies(rule, architecture, capabilities):
    """As the engines decide it: all of `includes` must fit, none of `excludes` may."""
    wanted, unwanted = rule.get("includes", {}), rule.get("excludes", {})
    if architecture in unwanted.get("arches", []) or capabilities & {*unwanted.get("caps", [])}:
        return False
    return (architecture in wanted.get("arches", [architecture])
            and capabilities >= {*wanted.get("caps", [])}
            and version(os.uname().release) >= version(wanted.get("minKernel", "0.0")))


def argument(condition):
    operator = OPERATORS[condition["op"]]
    values = [condition["value"]]
    if operator == seccomp.MASKED_EQ:
        values.append(condition.get("valueTwo", 0))
    return seccomp.Arg(condition["index"], operator, *values)


def known(name):
    """libseccomp's -1; those that only other architectures have are numbers below that."""
    return seccomp.resolve_syscall(seccomp.Arch(), name) != -1


def compile_profile(profile, capabilities):
    architecture, others = ARCHITECTURES[os.uname().machine]
    result = seccomp.SyscallFilter(seccomp.ERRNO(profile["defaultErrnoRet"]))
    for other in others:
        result.add_arch(getattr(seccomp.Arch, other))
    for rule in profile["syscalls"]:
        if not applies(rule, architecture, capabilities):
            continue
        conditions = [argument(condition) for condition in rule.get("args", [])]
        for name in filter(known, rule["names"]):
            result.add_rule(ACTIONS[rule["action"]](rule), name, *conditions)
    return result


def main():
    with open(sys.argv[1]) as file:
        profile = json.load(file)
    with open(sys.argv[2], "wb") as out:
        compile_profile(profile, set(sys.argv[3:])).export_bpf(out)


if __name__ == "__main__":
    main()

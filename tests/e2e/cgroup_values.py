"""What the kernel writes into the files of a cgroup, by its version: made up, but the same each
time, and different for each container and key, so that a mix-up shows.

Container number N used N01 seconds of CPU; all else is told apart by its last digits.
Source of files, keys and versions: kernel Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/,
and the releases in which they appeared.
"""

KERNELS = ("4.18", "5.4", "5.15", "6.1", "6.18")
ALWAYS, NEVER = (0, 0), (99, 0)
MIB, PAGE = 1 << 20, 4096

# Key, first kernel, per container, offset, per tick; where the key was dropped, the kernel.
CPU_STAT = (
    ("usage_usec", ALWAYS, 100_000_000, 1_000_000, 500_000),
    ("user_usec", ALWAYS, 60_000_000, 600_000, 300_000),
    ("system_usec", ALWAYS, 40_000_000, 400_000, 200_000),
    ("nice_usec", (6, 12), 1_000_000, 0, 0),
    ("core_sched.force_idle_usec", (6, 0), 0, 0, 0),
)
CPU_BANDWIDTH = (
    ("nr_periods", ALWAYS, 1000, 10, 10),
    ("nr_throttled", ALWAYS, 100, 11, 5),
    ("throttled_usec", ALWAYS, 10_000_000, 120_000, 100_000),
    ("nr_bursts", (5, 16), 10, 13, 1),
    ("burst_usec", (5, 16), 1_000_000, 140_000, 1_000),
)
MEMORY_STAT = (
    ("anon", ALWAYS, 40 * MIB, 1 * PAGE, 0),
    ("file", ALWAYS, 30 * MIB, 2 * PAGE, 0),
    ("kernel", (5, 18), 5 * MIB, 3 * PAGE, 0),
    ("kernel_stack", ALWAYS, MIB, 4 * PAGE, 0),
    ("pagetables", (5, 11), MIB, 5 * PAGE, 0),
    ("percpu", (5, 9), 0, 960, 0),
    ("sock", ALWAYS, 0, 6 * PAGE, 0),
    ("zswap", (5, 19), 0, 0, 0),
    ("shmem", ALWAYS, MIB, 7 * PAGE, 0),
    ("file_mapped", ALWAYS, 8 * MIB, 8 * PAGE, 0),
    ("file_dirty", ALWAYS, 0, 9 * PAGE, 0),
    ("file_writeback", ALWAYS, 0, 10 * PAGE, 0),
    ("swapcached", (5, 13), 0, 11 * PAGE, 0),
    ("anon_thp", (5, 6), 0, 0, 0),
    ("inactive_anon", ALWAYS, 10 * MIB, 12 * PAGE, 0),
    ("active_anon", ALWAYS, 30 * MIB, 13 * PAGE, 0),
    ("inactive_file", ALWAYS, 20 * MIB, 14 * PAGE, 0),
    ("active_file", ALWAYS, 9 * MIB, 15 * PAGE, 0),
    ("unevictable", ALWAYS, 0, 0, 0),
    ("slab_reclaimable", ALWAYS, MIB, 16 * PAGE, 0),
    ("slab_unreclaimable", ALWAYS, MIB, 17 * PAGE, 0),
    ("slab", ALWAYS, 2 * MIB, 33 * PAGE, 0),
    ("workingset_refault", ALWAYS, 2000, 18, 3, (5, 9)),
    ("workingset_refault_anon", (5, 9), 1000, 19, 2),
    ("workingset_refault_file", (5, 9), 2000, 18, 3),
    ("workingset_activate_file", (5, 9), 0, 20, 0),
    ("pgfault", ALWAYS, 10000, 21, 100),
    ("pgmajfault", ALWAYS, 100, 22, 1),
    ("pgrefill", ALWAYS, 0, 23, 0),
    ("pgscan", ALWAYS, 5000, 24, 5),
    ("pgscan_kswapd", (6, 1), 0, 25, 0),
    ("pgsteal", ALWAYS, 4000, 26, 4),
    ("pgsteal_kswapd", (6, 1), 0, 27, 0),
)
MEMORY_EVENTS = (
    ("low", ALWAYS, 10, 1, 0),
    ("high", ALWAYS, 20, 2, 0),
    ("max", ALWAYS, 30, 3, 1),
    ("oom", ALWAYS, 0, 2, 0),
    ("oom_kill", ALWAYS, 0, 1, 0),
    ("oom_group_kill", (5, 17), 0, 0, 0),
)
NOTHING_HAPPENED = tuple((key, since, 0, 0, 0) for key, since, *_ in MEMORY_EVENTS)
CGROUP_STAT = (
    ("nr_descendants", ALWAYS, 0, 0, 0),
    ("nr_subsys_memory", (6, 14), 0, 1, 0),
    ("nr_dying_descendants", ALWAYS, 0, 4, 0),
    ("nr_dying_subsys_memory", (6, 14), 0, 5, 0),
)
CGROUP_EVENTS = (("populated", ALWAYS, 0, 1, 0), ("frozen", (5, 2), 0, 0, 0))
IO_STAT = (
    ("rbytes", ALWAYS, 10 * MIB, 1 * PAGE, PAGE),
    ("wbytes", ALWAYS, 20 * MIB, 2 * PAGE, PAGE),
    ("rios", ALWAYS, 1000, 3, 1),
    ("wios", ALWAYS, 2000, 4, 1),
    ("dbytes", (4, 19), MIB, 5 * PAGE, 0),
    ("dios", (4, 19), 10, 6, 0),
)
MEMORY_STAT_V1 = (
    ("cache", 30 * MIB, 2 * PAGE, 0),
    ("rss", 40 * MIB, 1 * PAGE, 0),
    ("shmem", MIB, 7 * PAGE, 0),
    ("mapped_file", 8 * MIB, 8 * PAGE, 0),
    ("dirty", 0, 9 * PAGE, 0),
    ("writeback", 0, 10 * PAGE, 0),
    ("swap", MIB, 34 * PAGE, 0),
    ("pgpgin", 0, 30, 0),
    ("pgfault", 10000, 21, 100),
    ("pgmajfault", 100, 22, 1),
    ("inactive_file", 20 * MIB, 14 * PAGE, 0),
    ("active_file", 9 * MIB, 15 * PAGE, 0),
)
UNLIMITED_V1 = 0x7FFFFFFFFFFFF000


def version(kernel):
    return tuple(int(part) for part in kernel.split("."))


def numbers(rows, kernel, number, tick):
    """[(key, value)] that the kernel has."""
    now = version(kernel)
    return [(key, per * number + offset + tick * step)
            for key, since, per, offset, step, *until in rows
            if since <= now and (not until or now < until[0])]


def flat(pairs):
    return "".join(f"{key} {value}\n" for key, value in pairs)


def nested(device, pairs):
    return device + "".join(f" {key}={value}" for key, value in pairs) + "\n"


def pressure(number, tick, offset, kinds):
    lines = []
    for position, kind in enumerate(kinds, 1):
        total = number * 1_000_000 * (len(kinds) + 1 - position) + offset + tick * 10_000
        lines.append(f"{kind} avg10=0.10 avg60=0.20 avg300=0.30 total={total}\n")
    return "".join(lines)


def pressures(kernel, number, tick):
    """cpu.pressure and the others; PSI came with 4.20, cpu's "full" with 5.13."""
    if version(kernel) < (4, 20):
        return {}
    cpu = ("some", "full") if version(kernel) >= (5, 13) else ("some",)
    files = {"cpu.pressure": pressure(number, tick, 10_000, cpu),
             "memory.pressure": pressure(number, tick, 20_000, ("some", "full")),
             "io.pressure": pressure(number, tick, 30_000, ("some", "full"))}
    if version(kernel) >= (6, 1):
        files["cgroup.pressure"] = "1\n"
    return files


def base_files(kernel, number, tick, processes):
    """What a cgroup of v2 has without any controller."""
    files = {"cgroup.procs": "".join(f"{pid}\n" for pid in processes),
             "cgroup.type": "domain\n", "cgroup.controllers": "",
             "cgroup.events": flat(numbers(CGROUP_EVENTS, kernel, number, tick)),
             "cgroup.stat": flat(numbers(CGROUP_STAT, kernel, number, tick)),
             "cpu.stat": flat(numbers(CPU_STAT, kernel, number, tick))}
    files.update(pressures(kernel, number, tick))
    return files


def unified_files(kernel, number, tick, processes):
    """A container of v2 with all controllers; number 0 is a slice: without limits and events."""
    now = version(kernel)
    events = MEMORY_EVENTS if number else NOTHING_HAPPENED
    quota = 50_000 * number or "max"
    files = base_files(kernel, number, tick, processes)
    files["cpu.stat"] += flat(numbers(CPU_BANDWIDTH, kernel, number, tick))
    files.update({
        "cgroup.controllers": "cpu io memory pids\n",
        "cpu.max": f"{quota} 100000\n",
        "cpu.weight": f"{100 + number}\n",
        "io.stat": nested("8:0", numbers(IO_STAT, kernel, number, tick)),
        "memory.current": f"{100 * MIB * number}\n",
        "memory.events": flat(numbers(events, kernel, number, tick)),
        "memory.high": "max\n",
        "memory.low": f"{32 * MIB * number}\n",
        "memory.max": f"{256 * MIB * number or 'max'}\n",
        "memory.min": "0\n",
        "memory.stat": flat(numbers(MEMORY_STAT, kernel, number, tick)),
        "memory.swap.current": f"{MIB * number + 34 * PAGE}\n",
        "memory.swap.max": f"{64 * MIB * number or 'max'}\n",
        "pids.current": f"{10 * number + 1}\n",
        "pids.events": f"max {number}\n",
        "pids.max": f"{100 * number or 'max'}\n",
    })
    if now >= (5, 0):
        files["cpuset.cpus.effective"] = "0-3\n"
    if now >= (5, 19):
        files["memory.peak"] = f"{150 * MIB * number}\n"
    if now >= (6, 1):
        files["pids.peak"] = f"{20 * number + 2}\n"
    return files


def root_files(kernel, unified):
    """The root cgroup of v2 has no limits, no events and no cgroup.type."""
    files = base_files(kernel, 0, 0, [1])
    for name in ("cgroup.events", "cgroup.type"):
        del files[name]
    if unified:
        files["cgroup.controllers"] = "cpuset cpu io memory pids\n"
        files["cpuset.cpus.effective"] = "0-3\n"
        files["memory.stat"] = flat(numbers(MEMORY_STAT, kernel, 0, 0))
    return files


def memory_stat_v1(number, tick):
    own = [(key, 0) for key, *_ in MEMORY_STAT_V1]
    total = [("total_" + key, per * number + offset + tick * step)
             for key, per, offset, step in MEMORY_STAT_V1]
    return flat(own + [("hierarchical_memory_limit", UNLIMITED_V1)] + total)


def legacy_cpu(kernel, number, tick):
    used = dict(numbers(CPU_STAT, kernel, number, tick))
    units = {"throttled_usec": ("throttled_time", 1000), "burst_usec": ("burst_time", 1000)}
    bandwidth = [(units.get(key, (key, 1))[0], value * units.get(key, (key, 1))[1])
                 for key, value in numbers(CPU_BANDWIDTH, kernel, number, tick)]
    return {"cpu.cfs_quota_us": f"{50_000 * number or -1}\n", "cpu.cfs_period_us": "100000\n",
            "cpu.shares": f"{1024 + number}\n", "cpu.stat": flat(bandwidth),
            "cpuacct.usage": f"{used['usage_usec'] * 1000}\n",
            "cpuacct.stat": f"user {used['user_usec'] // 10_000}\n"
                            f"system {used['system_usec'] // 10_000}\n"}


def legacy_memory(number, tick):
    limit = 256 * MIB * number
    return {"memory.usage_in_bytes": f"{100 * MIB * number}\n",
            "memory.max_usage_in_bytes": f"{150 * MIB * number}\n",
            "memory.limit_in_bytes": f"{limit or UNLIMITED_V1}\n",
            "memory.memsw.limit_in_bytes": f"{limit + 64 * MIB * number or UNLIMITED_V1}\n",
            "memory.memsw.usage_in_bytes": f"{101 * MIB * number}\n",
            "memory.soft_limit_in_bytes": f"{32 * MIB * number or UNLIMITED_V1}\n",
            "memory.kmem.usage_in_bytes": f"{5 * MIB * number + 3 * PAGE}\n",
            "memory.failcnt": f"{30 * number + 3 + tick}\n",
            "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n"
                                  f"oom_kill {1 if number else 0}\n",
            "memory.stat": memory_stat_v1(number, tick)}


def legacy_files(kernel, number, tick, processes):
    """{hierarchy: {file: text}} of v1."""
    hierarchies = {
        "cpu,cpuacct": legacy_cpu(kernel, number, tick),
        "cpuset": {"cpuset.cpus": "0-3\n", "cpuset.effective_cpus": "0-3\n"},
        "memory": legacy_memory(number, tick),
        "pids": {"pids.current": f"{10 * number + 1}\n", "pids.max": f"{100 * number or 'max'}\n",
                 "pids.events": f"max {number}\n"},
        "blkio": {"blkio.throttle.io_service_bytes_recursive":
                  f"8:0 Read {10 * MIB * number}\n8:0 Write {20 * MIB * number}\nTotal 0\n"},
    }
    for files in hierarchies.values():
        files["cgroup.procs"] = "".join(f"{pid}\n" for pid in processes)
    return hierarchies

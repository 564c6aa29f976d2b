#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "read/cgroup_files.h"

namespace litewatch {

/// How many processes cgroup.procs of a cgroup's folder lists, however many there are. nullopt: not
/// there, or of a threaded cgroup.
std::optional<std::uint64_t> count_own_processes(int folder, CgroupScratch scratch);

/// How many processes are in the cgroups below a folder that has none itself, as in containers that
/// crun makes or that run systemd. Allocates nothing.
std::uint64_t count_processes_below(int folder, CgroupScratch scratch);

/// The processes in a cgroup and, where it has none itself, in the cgroups below it, ascending.
/// Those that another PID namespace hides (0 in cgroup.procs) are left out. Allocates.
std::vector<int> list_cgroup_processes(int folder, CgroupScratch scratch);

}  // namespace litewatch

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/cgroup_layout.h"
#include "read/mountinfo.h"

namespace litewatch {

/// /proc/PID/cgroup: where a process is in each hierarchy, seen from litewatch's cgroup namespace.
struct ProcessCgroups {
  std::string unified;                        ///< empty: no v2 hierarchy
  std::map<std::string, std::string> legacy;  ///< v1 controller to path
};
ProcessCgroups parse_process_cgroups(std::string_view text);
/// nullopt: the process is gone or hidden.
std::optional<ProcessCgroups> read_process_cgroups(const std::string& procfs, int pid);

/// All process ids under `procfs`, ascending.
std::vector<int> list_processes(const std::string& procfs);

/// /proc/PID/comm; empty where it is gone.
std::string process_name(const std::string& procfs, int pid);

/// The folders of a process's cgroup within its own mount namespace, from what its /proc/PID/cgroup
/// and mountinfo say: a mount's root and the process's path are both seen from litewatch's cgroup
/// namespace. Hierarchies that are not mounted there, or of which another part is, stay empty.
CgroupLayout find_own_folders(const ProcessCgroups& cgroups, const std::vector<Mount>& mounts);

/// The cgroup of another container's process as that process itself sees it: a layout whose "mount
/// points" are the cgroup's own folders below /proc/PID/root, so that CgroupFolder::open(layout,
/// "") opens it. This is how a sidecar in a shared PID namespace reads the app's cgroup, with the
/// app's user id and no access to the host. nullopt: gone, not readable (another user), or not
/// mounted.
std::optional<CgroupLayout> cgroup_through_root(const std::string& procfs, int pid);

}  // namespace litewatch

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "read/cgroup_stats.h"

namespace litewatch {

/// Where files of cgroups are read into, shared by all of a worker's cgroups. A longer file is cut
/// after its last whole line.
inline constexpr std::size_t kCgroupScratchSize = 64 << 10;
using CgroupScratch = std::span<char>;

/// A file of a cgroup's folder by openat, read and close: a descriptor kept open costs 4.7 KB of
/// kernel memory, and opening anew 5 us. nullopt: not there, or not readable. The text is valid
/// until the scratch is used again.
std::optional<std::string_view> read_cgroup_file(int folder, const char* name,
                                                 CgroupScratch scratch);

/// Descriptors of the folders of one cgroup on v1, one per hierarchy; -1 where it has none.
struct LegacyFolders {
  int cpu = -1;
  int cpuacct = -1;
  int cpuset = -1;
  int memory = -1;
  int pids = -1;
};

/// Reads each interface file once. False: the cgroup is gone. `stats` is cleared first. The root
/// cgroup's memory.stat is never read: on machines with many cgroups that takes the kernel seconds.
bool read_cgroup_v2(int folder, CgroupScratch scratch, CgroupStats& stats);
bool read_cgroup_v1(const LegacyFolders& folders, CgroupScratch scratch, CgroupStats& stats);

/// The limits alone, for the ancestors of a cgroup. False: gone.
bool read_cgroup_limits_v2(int folder, CgroupScratch scratch, CgroupStats& stats);
bool read_cgroup_limits_v1(const LegacyFolders& folders, CgroupScratch scratch, CgroupStats& stats);

}  // namespace litewatch

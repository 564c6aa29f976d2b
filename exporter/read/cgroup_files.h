#pragma once

#include <cstddef>
#include <cstdint>
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

/// Descriptors of the folders of one cgroup: of v2, and on v1 one per hierarchy; -1 where it has
/// none. A controller that has a v1 folder is read there, any other in v2's.
struct CgroupFolders {
  int unified = -1;
  int cpu = -1;
  int cpuacct = -1;
  int cpuset = -1;
  int memory = -1;
  int pids = -1;
  /// The machine's root cgroup: its memory.stat, which takes the kernel seconds where there are
  /// many cgroups, is never read.
  bool root = false;

  /// The one whose inode is the cgroup's and whose cgroup.procs counts.
  int home() const;
};

/// Reads each interface file once. False: the cgroup is gone. `stats` is cleared first.
bool read_cgroup(const CgroupFolders& folders, CgroupScratch scratch, CgroupStats& stats);

/// The limits alone, for the ancestors of a cgroup. False: gone.
bool read_cgroup_limits(const CgroupFolders& folders, CgroupScratch scratch, CgroupStats& stats);

}  // namespace litewatch

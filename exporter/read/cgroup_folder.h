#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "read/cgroup_files.h"
#include "read/cgroup_layout.h"
#include "read/cgroup_stats.h"

namespace litewatch {

/// The open folders of one cgroup: on v2 one, on v1 one for each hierarchy, on hybrid those of v1
/// and, where it is there under the same path, that of v2 for what only v2 tells (pressure,
/// cgroup.events). Held by O_PATH descriptors, which cost the kernel little and do not keep a
/// removed cgroup alive.
class CgroupFolder {
 public:
  /// The cgroup `path`, e.g. "/docker/4f…", below the layout's mount points. nullopt: there is
  /// none.
  static std::optional<CgroupFolder> open(const CgroupLayout& layout, const std::string& path);

  /// Reads each file once. False: the cgroup is gone. No allocation once `stats.io` has grown.
  bool read(CgroupScratch scratch, CgroupStats& stats) const;
  /// The limits alone, for the ancestors of a container. False: gone.
  bool read_limits(CgroupScratch scratch, CgroupStats& stats) const;

  /// Another one under the same path means that the cgroup was made anew.
  std::uint64_t inode() const { return inode_; }
  /// When the cgroup was made, by its folder's change time; Unix time.
  double made_unix_s() const { return made_unix_s_; }

  /// The processes in it and, where it has none itself, in the cgroups below it; those that another
  /// PID namespace hides (0 in cgroup.procs) are left out. Allocates.
  std::vector<int> processes(CgroupScratch scratch) const;

 private:
  Fd unified_;
  Fd cpu_, cpuacct_, cpuset_, memory_, pids_;
  std::uint64_t inode_ = 0;
  double made_unix_s_ = 0;
};

}  // namespace litewatch

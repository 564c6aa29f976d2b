#pragma once

#include <array>
#include <cstddef>
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
/// removed cgroup alive: six at most.
class CgroupFolder {
 public:
  /// The cgroup `path`, e.g. "/docker/4f…", below the layout's mount points. nullopt: there is
  /// none, or no descriptor is left to open it with.
  static std::optional<CgroupFolder> open(const CgroupLayout& layout, const std::string& path);

  /// What stays of a cgroup that is gone: inode and time, and of the descriptors the one that keeps
  /// the inode's number from being given to another folder. Nothing can be read from it.
  CgroupFolder remains() const;

  /// Reads each file once. False: the cgroup is gone. No allocation once `stats.io` has grown.
  bool read(CgroupScratch scratch, CgroupStats& stats) const;
  /// The limits alone, for the ancestors of a container. False: gone.
  bool read_limits(CgroupScratch scratch, CgroupStats& stats) const;

  /// Another one under the same path means that the cgroup was made anew.
  std::uint64_t inode() const { return inode_; }
  /// When the cgroup was made, by its folder's change time; Unix time. The kernel keeps it as long
  /// as it remembers the folder's inode, which it does while this object is there.
  double made_unix_s() const { return made_unix_s_; }
  /// The machine's root cgroup, as opposed to the root of a namespace.
  bool is_root() const { return folders_.root; }

  /// The processes in it and, where it has none itself, in the cgroups below it, ascending; those
  /// that another PID namespace hides (0 in cgroup.procs) are left out. Allocates.
  std::vector<int> processes(CgroupScratch scratch) const;

 private:
  int open_one(const std::string& mount_point, const std::string& path);

  std::array<Fd, 6> open_;
  std::size_t opened_ = 0;
  CgroupFolders folders_;  ///< of open_; hierarchies mounted together share one
  std::uint64_t inode_ = 0;
  double made_unix_s_ = 0;
};

}  // namespace litewatch

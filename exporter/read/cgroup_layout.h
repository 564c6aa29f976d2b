#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/mountinfo.h"

namespace litewatch {

/// Where the hierarchies of control groups are mounted.
struct CgroupLayout {
  enum class Kind : unsigned char {
    kNone,     ///< no cgroup file system is mounted
    kUnified,  ///< v2 alone
    kHybrid,   ///< v2 beside v1; the controllers are bound to v1
    kLegacy,   ///< v1 alone
  };
  Kind kind = Kind::kNone;
  std::string unified;                        ///< mount point of v2; empty: none
  std::map<std::string, std::string> legacy;  ///< v1 controller to mount point: "cpu", "memory"...

  /// The mount point of a v1 controller; empty where it has none.
  const std::string& legacy_of(const std::string& controller) const;
  /// Sets `kind` to what the other fields say.
  void set_kind();
};

/// Whether a mount is that of the v1 hierarchy which a controller is bound to.
bool mounts_controller(const Mount& mount, std::string_view controller);

/// Tells from the mounts, never from a habit such as /sys/fs/cgroup, what the layout is. Only
/// mounts at or below `root` count, e.g. "/sys/fs/cgroup" or "/host/sys/fs/cgroup"; of several of
/// one kind the one with the shortest path.
CgroupLayout find_cgroup_layout(const std::vector<Mount>& mounts, const std::string& root);

}  // namespace litewatch

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "read/cgroup_path.h"

namespace litewatch {

/// A container or service found by the path of its cgroup.
struct FoundCgroup {
  std::string path;  ///< below the root of the hierarchy: "/system.slice/docker-4f….scope"
  CgroupIdentity identity;
};

struct CgroupSearchResult {
  std::vector<FoundCgroup> found;    ///< by path
  std::vector<std::string> parents;  ///< absolute folders in which containers may come and go
  bool complete = true;              ///< false: there are more folders than `max_folders`
};

/// Walks a hierarchy from its mount point. Folders that vanish meanwhile are skipped; those of
/// containers are not entered. Costs about 15 us a folder.
CgroupSearchResult search_cgroups(const std::string& mount_point, std::size_t max_folders = 20'000);

}  // namespace litewatch

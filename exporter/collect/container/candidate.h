#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "read/cgroup_layout.h"
#include "read/cgroup_path.h"

namespace litewatch {

/// A container or service that was found, before its folders are opened.
struct ContainerCandidate {
  CgroupIdentity identity;
  std::string path;                     ///< see LiveContainer::path
  std::uint64_t inode = 0;              ///< of its folder in the hierarchy it was found in
  int pid = 0;                          ///< the process it was found by; else 0
  std::string process_name;             ///< of that process
  std::optional<CgroupLayout> folders;  ///< its own folders, where it was found by a process
};

/// The hierarchy that tells most of a machine's containers: v2 where that has the controllers, else
/// memory's, cpu's or pids' of v1; empty where nothing is mounted.
const std::string& main_hierarchy(const CgroupLayout& layout);

/// Whether the layout begins at the machine's root cgroup; in a cgroup namespace or a bind mount it
/// begins below.
bool begins_at_root(const CgroupLayout& layout);

/// The inode of a folder; 0: there is none.
std::uint64_t folder_inode(const std::string& folder);

/// All below the mount points of the layout: on hybrid v1's, and what only v2 has. By path.
struct HostSearch {
  std::vector<ContainerCandidate> found;
  std::vector<std::string> parents;  ///< folders in which containers may come and go
  bool complete = true;              ///< false: there were too many folders
};
HostSearch search_host(const CgroupLayout& layout);

/// The cgroups of all processes under `procfs` that can be seen through /proc/PID/root, but
/// litewatch's own: each once, with its lowest process id that is not an init's such as tini. By
/// path.
std::vector<ContainerCandidate> search_processes(const std::string& procfs);

/// litewatch's own cgroup; nullopt: it is not mounted.
std::optional<ContainerCandidate> find_own_container(const std::string& procfs);

}  // namespace litewatch

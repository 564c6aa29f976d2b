#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "collect/container/candidate.h"
#include "read/mountinfo.h"
#include "read/process_cgroup.h"
#include "read/text_fields.h"
#include "read/whole_file.h"

namespace litewatch {
namespace {

constexpr std::size_t kMaxSize = 1 << 20;
/// The process that holds a pod's namespaces and does nothing else.
constexpr std::string_view kSandbox = "pause";
/// They pass signals on and reap, ahead of the process that a container is there for: of `--init`
/// of Docker and Podman, and what images bring for it.
constexpr std::array<std::string_view, 6> kInits = {"docker-init", "podman-init", "catatonit",
                                                    "tini",        "tini-static", "dumb-init"};

/// The process that `procfs`/self stands for, in the PID namespace of that mount; 0: not told.
int own_pid(const std::string& procfs) {
  std::array<char, 32> target;
  const auto size = ::readlink((procfs + "/self").c_str(), target.data(), target.size());
  if (size <= 0) return 0;
  return parse_integer<int>({target.data(), static_cast<std::size_t>(size)}).value_or(0);
}

/// All processes, ascending, but inits last: a container is told by one only where it has no other.
std::vector<int> processes_inits_last(const std::string& procfs) {
  std::vector<int> pids = list_processes(procfs);
  std::stable_partition(pids.begin(), pids.end(), [&](int pid) {
    return std::find(kInits.begin(), kInits.end(), process_name(procfs, pid)) == kInits.end();
  });
  return pids;
}

/// The path in the hierarchy that main_hierarchy() stands for.
std::string main_path(const ProcessCgroups& cgroups) {
  for (const char* const controller : {"memory", "cpu", "pids"}) {
    const auto found = cgroups.legacy.find(controller);
    if (found != cgroups.legacy.end()) return found->second;
  }
  return cgroups.unified;
}

/// A process may be in a cgroup within its container's: then `inner` is the end of the path.
CgroupIdentity identify_above(std::string_view path, std::string_view& inner) {
  for (auto outer = path; outer.size() > 1; outer = outer.substr(0, outer.rfind('/'))) {
    CgroupIdentity identity = identify_cgroup(outer);
    if (identity.kind == CgroupIdentity::Kind::kNone) continue;
    inner = path.substr(outer.size());
    return identity;
  }
  CgroupIdentity unknown;
  unknown.kind = CgroupIdentity::Kind::kContainer;
  return unknown;
}

/// Without the "/.." with which a cgroup namespace shows what is outside of it.
std::string without_up(std::string_view path) {
  while (path == "/.." || path.starts_with("/../")) path.remove_prefix(3);
  return path.empty() ? "/" : std::string(path);
}

void take_suffix(std::string& folder, std::string_view suffix) {
  if (folder.ends_with(suffix)) folder.resize(folder.size() - suffix.size());
}

std::optional<ContainerCandidate> candidate_of(const std::string& procfs, int pid,
                                               const std::string& path) {
  auto folders = cgroup_through_root(procfs, pid);
  if (!folders || begins_at_root(*folders)) return std::nullopt;
  ContainerCandidate candidate;
  std::string_view inner;
  candidate.identity = identify_above(path, inner);
  if (candidate.identity.kind == CgroupIdentity::Kind::kHidden) return std::nullopt;
  take_suffix(folders->unified, inner);
  for (auto& [controller, folder] : folders->legacy) take_suffix(folder, inner);
  candidate.inode = folder_inode(main_hierarchy(*folders));
  if (candidate.inode == 0) return std::nullopt;
  candidate.path = without_up(std::string_view(path).substr(0, path.size() - inner.size()));
  candidate.pid = pid;
  candidate.process_name = process_name(procfs, pid);
  if (candidate.process_name == kSandbox) return std::nullopt;
  candidate.folders = std::move(folders);
  return candidate;
}

}  // namespace

std::vector<ContainerCandidate> search_processes(const std::string& procfs) {
  const int self = own_pid(procfs);
  std::set<std::string> seen_paths;
  std::set<std::uint64_t> seen_inodes;
  if (const auto own = find_own_container(procfs)) seen_inodes.insert(own->inode);
  std::vector<ContainerCandidate> found;
  for (const int pid : processes_inits_last(procfs)) {
    const auto cgroups = pid == self ? std::nullopt : read_process_cgroups(procfs, pid);
    if (!cgroups) continue;
    const std::string path = main_path(*cgroups);
    if (seen_paths.contains(path)) continue;
    auto candidate = candidate_of(procfs, pid, path);
    // Another process of the same cgroup may be one that litewatch may look at.
    if (!candidate) continue;
    seen_paths.insert(path);
    if (seen_inodes.insert(candidate->inode).second) found.push_back(std::move(*candidate));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.path != b.path ? a.path < b.path : a.pid < b.pid;
  });
  return found;
}

std::optional<ContainerCandidate> find_own_container(const std::string& procfs) {
  const auto text = read_whole_file(procfs + "/self/cgroup", kMaxSize);
  const auto mounts = read_mountinfo(procfs + "/self/mountinfo");
  if (!text || !mounts) return std::nullopt;
  const ProcessCgroups cgroups = parse_process_cgroups(*text);
  ContainerCandidate own;
  own.folders = find_own_folders(cgroups, *mounts);
  own.inode = folder_inode(main_hierarchy(*own.folders));
  if (own.inode == 0) return std::nullopt;
  std::string_view inner;
  own.identity = identify_above(main_path(cgroups), inner);
  own.identity.kind = CgroupIdentity::Kind::kContainer;
  own.path = "/";
  own.pid = own_pid(procfs);
  if (own.pid > 0) own.process_name = process_name(procfs, own.pid);
  return own;
}

}  // namespace litewatch

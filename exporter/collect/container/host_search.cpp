#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "collect/container/candidate.h"
#include "read/cgroup_folder.h"
#include "read/cgroup_search.h"

namespace litewatch {
namespace {

bool by_path(const ContainerCandidate& a, const ContainerCandidate& b) { return a.path < b.path; }

/// Adds what `result.found`, which is by path, does not have yet.
void add_hierarchy(const std::string& mount_point, HostSearch& result) {
  CgroupSearchResult more = search_cgroups(mount_point);
  const auto known = static_cast<std::ptrdiff_t>(result.found.size());
  for (FoundCgroup& one : more.found) {
    ContainerCandidate candidate;
    candidate.path = std::move(one.path);
    if (std::binary_search(result.found.begin(), result.found.begin() + known, candidate,
                           by_path)) {
      continue;
    }
    candidate.inode = folder_inode(mount_point + candidate.path);
    if (candidate.inode == 0) continue;
    candidate.identity = std::move(one.identity);
    result.found.push_back(std::move(candidate));
  }
  std::sort(result.found.begin(), result.found.end(), by_path);
  std::move(more.parents.begin(), more.parents.end(), std::back_inserter(result.parents));
  result.complete = result.complete && more.complete;
}

}  // namespace

const std::string& main_hierarchy(const CgroupLayout& layout) {
  for (const char* const controller : {"memory", "cpu", "pids"}) {
    const std::string& mount_point = layout.legacy_of(controller);
    if (!mount_point.empty()) return mount_point;
  }
  return layout.unified;
}

bool begins_at_root(const CgroupLayout& layout) {
  const auto top = CgroupFolder::open(layout, "");
  return top && top->is_root();
}

std::uint64_t folder_inode(const std::string& folder) {
  struct stat stat {};
  return ::stat(folder.c_str(), &stat) == 0 ? stat.st_ino : 0;
}

HostSearch search_host(const CgroupLayout& layout) {
  HostSearch result;
  const std::string& main = main_hierarchy(layout);
  if (main.empty()) return result;
  add_hierarchy(main, result);
  if (!layout.unified.empty() && layout.unified != main) add_hierarchy(layout.unified, result);
  return result;
}

}  // namespace litewatch

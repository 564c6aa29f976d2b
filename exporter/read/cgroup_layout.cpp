#include "read/cgroup_layout.h"

#include <array>
#include <string_view>

#include "read/text_fields.h"

namespace litewatch {
namespace {

constexpr std::array<std::string_view, 6> kControllers = {"cpu",    "cpuacct", "cpuset",
                                                          "memory", "pids",    "blkio"};

bool lies_under(std::string_view path, std::string_view root) {
  while (root.ends_with('/')) root.remove_suffix(1);
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

void keep_shorter(std::string& kept, const std::string& path) {
  if (kept.empty() || path.size() < kept.size()) kept = path;
}

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    if (take_until(options, ',') == wanted) return true;
  }
  return false;
}

}  // namespace

const std::string& CgroupLayout::legacy_of(const std::string& controller) const {
  static const std::string kNowhere;
  const auto found = legacy.find(controller);
  return found == legacy.end() ? kNowhere : found->second;
}

CgroupLayout find_cgroup_layout(const std::vector<Mount>& mounts, const std::string& root) {
  CgroupLayout layout;
  for (const Mount& mount : mounts) {
    if (!lies_under(mount.mount_point, root)) continue;
    if (mount.fs_type == "cgroup2") keep_shorter(layout.unified, mount.mount_point);
    if (mount.fs_type != "cgroup") continue;
    for (const std::string_view controller : kControllers) {
      if (!has_option(mount.super_options, controller)) continue;
      keep_shorter(layout.legacy[std::string(controller)], mount.mount_point);
    }
  }
  using enum CgroupLayout::Kind;
  if (layout.legacy.empty()) {
    layout.kind = layout.unified.empty() ? kNone : kUnified;
  } else {
    layout.kind = layout.unified.empty() ? kLegacy : kHybrid;
  }
  return layout;
}

}  // namespace litewatch

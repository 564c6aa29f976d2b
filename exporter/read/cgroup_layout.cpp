#include "read/cgroup_layout.h"

#include <array>

#include "read/path_text.h"
#include "read/text_fields.h"

namespace litewatch {
namespace {

constexpr std::array<std::string_view, 6> kControllers = {"cpu",    "cpuacct", "cpuset",
                                                          "memory", "pids",    "blkio"};

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

bool mounts_controller(const Mount& mount, std::string_view controller) {
  return mount.fs_type == "cgroup" && has_option(mount.super_options, controller);
}

void CgroupLayout::set_kind() {
  if (legacy.empty()) {
    kind = unified.empty() ? Kind::kNone : Kind::kUnified;
  } else {
    kind = unified.empty() ? Kind::kLegacy : Kind::kHybrid;
  }
}

const std::string& CgroupLayout::legacy_of(const std::string& controller) const {
  static const std::string kNowhere;
  const auto found = legacy.find(controller);
  return found == legacy.end() ? kNowhere : found->second;
}

CgroupLayout find_cgroup_layout(const std::vector<Mount>& mounts, const std::string& root) {
  CgroupLayout layout;
  for (const Mount& mount : mounts) {
    if (!below_folder(mount.mount_point, root)) continue;
    if (mount.fs_type == "cgroup2") keep_shorter(layout.unified, mount.mount_point);
    for (const std::string_view controller : kControllers) {
      if (!mounts_controller(mount, controller)) continue;
      keep_shorter(layout.legacy[std::string(controller)], mount.mount_point);
    }
  }
  layout.set_kind();
  return layout;
}

}  // namespace litewatch

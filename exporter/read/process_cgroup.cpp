#include "read/process_cgroup.h"

#include <algorithm>
#include <utility>

#include "base/fd.h"
#include "read/directory.h"
#include "read/path_text.h"
#include "read/text_fields.h"
#include "read/whole_file.h"

// 4:memory:/docker/4f...     hierarchy, its controllers, the path below the root of the namespace
// 3:cpu,cpuacct:/docker/4f...
// 0::/system.slice/docker-4f....scope      v2; "/../x" lies beside the root of the namespace
namespace litewatch {
namespace {

constexpr std::size_t kMaxSize = 1 << 20;

std::string process_file(const std::string& procfs, int pid, const char* name) {
  return procfs + "/" + std::to_string(pid) + "/" + name;
}

/// Where in the process's mount namespace its cgroup `path` is, if `mount` shows it: nullopt where
/// it shows another part of the hierarchy, or another mount hides it.
std::optional<std::string> folder_in(const Mount& mount, std::string_view path,
                                     const std::vector<Mount>& mounts) {
  const auto below = below_folder(path, mount.root);
  if (!below || climbs(*below)) return std::nullopt;
  std::string folder = mount.mount_point == "/" ? "" : mount.mount_point;
  folder += *below;
  if (folder.empty() || mount_of(mounts, folder) != &mount) return std::nullopt;
  return folder;
}

void keep_shorter(std::string& kept, std::optional<std::string> folder) {
  if (folder && (kept.empty() || folder->size() < kept.size())) kept = std::move(*folder);
}

/// `folder` as seen through the process's root; empty where it cannot be opened.
std::string through_root(const std::string& root, const std::string& folder) {
  if (folder.empty()) return "";
  std::string path = root + folder;
  return open_folder(AT_FDCWD, path.c_str()).valid() ? path : "";
}

}  // namespace

ProcessCgroups parse_process_cgroups(std::string_view text) {
  constexpr std::string_view kRemoved = " (deleted)";
  ProcessCgroups cgroups;
  while (!text.empty()) {
    std::string_view path = take_until(text, '\n');
    const auto hierarchy = parse_integer<unsigned>(take_until(path, ':'));
    std::string_view controllers = take_until(path, ':');
    if (!hierarchy || !path.starts_with('/') || path.ends_with(kRemoved)) continue;
    if (*hierarchy == 0 && controllers.empty()) cgroups.unified = path;
    while (!controllers.empty()) {
      const std::string_view controller = take_until(controllers, ',');
      if (!controller.empty()) cgroups.legacy[std::string(controller)] = path;
    }
  }
  return cgroups;
}

std::optional<ProcessCgroups> read_process_cgroups(const std::string& procfs, int pid) {
  const auto text = read_whole_file(process_file(procfs, pid, "cgroup"), kMaxSize);
  if (!text) return std::nullopt;
  return parse_process_cgroups(*text);
}

std::vector<int> list_processes(const std::string& procfs) {
  std::vector<int> processes;
  const Fd folder = open_folder(AT_FDCWD, (procfs + "/").c_str());
  if (!folder.valid()) return processes;
  for_each_entry(folder.get(), [&](const char* name, unsigned char) {
    const auto pid = parse_integer<int>(name);
    if (pid && *pid > 0) processes.push_back(*pid);
  });
  std::sort(processes.begin(), processes.end());
  return processes;
}

std::string process_name(const std::string& procfs, int pid) {
  const auto text = read_whole_file(process_file(procfs, pid, "comm"), kMaxSize);
  if (!text) return "";
  // The name may hold newlines itself; the kernel adds one at the end.
  return text->ends_with('\n') ? text->substr(0, text->size() - 1) : *text;
}

CgroupLayout find_own_folders(const ProcessCgroups& cgroups, const std::vector<Mount>& mounts) {
  CgroupLayout own;
  for (const Mount& mount : mounts) {
    if (mount.fs_type == "cgroup2" && !cgroups.unified.empty()) {
      keep_shorter(own.unified, folder_in(mount, cgroups.unified, mounts));
    }
    for (const auto& [controller, path] : cgroups.legacy) {
      if (!mounts_controller(mount, controller)) continue;
      if (auto folder = folder_in(mount, path, mounts)) {
        keep_shorter(own.legacy[controller], std::move(folder));
      }
    }
  }
  own.set_kind();
  return own;
}

std::optional<CgroupLayout> cgroup_through_root(const std::string& procfs, int pid) {
  const auto cgroups = read_process_cgroups(procfs, pid);
  const auto mounts = read_mountinfo(process_file(procfs, pid, "mountinfo"));
  if (!cgroups || !mounts) return std::nullopt;
  CgroupLayout layout = find_own_folders(*cgroups, *mounts);
  const std::string root = process_file(procfs, pid, "root");
  layout.unified = through_root(root, layout.unified);
  for (auto& [controller, folder] : layout.legacy) folder = through_root(root, folder);
  std::erase_if(layout.legacy, [](const auto& entry) { return entry.second.empty(); });
  layout.set_kind();
  if (layout.kind == CgroupLayout::Kind::kNone) return std::nullopt;
  return layout;
}

}  // namespace litewatch

#include "read/container_mounts.h"

#include <algorithm>
#include <array>
#include <optional>

#include "read/path_text.h"
#include "read/text_fields.h"

namespace litewatch {
namespace {

/// The same for all mounts of one file system.
bool same_filesystem(const Mount& a, const Mount& b) {
  return a.major == b.major && a.minor == b.minor;
}

const Mount* root_mount(const std::vector<Mount>& mounts) {
  const Mount* root = mount_of(mounts, "/");
  return root != nullptr && root->mount_point == "/" ? root : nullptr;
}

/// Whether a root file system is the container's alone and is removed with it. A service's is the
/// machine's, on which everything lies.
bool is_layer(const Mount& root) {
  constexpr std::array<std::string_view, 3> kKinds = {"overlay", "fuse.fuse-overlayfs", "aufs"};
  return std::find(kKinds.begin(), kKinds.end(), root.fs_type) != kKinds.end();
}

/// The folder into which an overlay writes, as the machine sees it; empty where it has none.
std::string upper_folder(const Mount& overlay) {
  std::string_view options = overlay.super_options;
  while (!options.empty()) {
    std::string_view value = take_until(options, ',');
    if (take_until(value, '=') == "upperdir") return decode_octal(value);
  }
  return "";
}

/// "/proc/PID/root/a/b" as PID and "/a/b".
struct ProcessPath {
  int pid = 0;
  std::string_view path;
};
std::optional<ProcessPath> process_path(std::string_view path, std::string_view procfs) {
  auto rest = below_folder(path, procfs);
  if (!rest || rest->empty()) return std::nullopt;
  rest->remove_prefix(1);
  const auto pid = parse_integer<int>(take_until(*rest, '/'));
  if (!pid || take_until(*rest, '/') != "root" || rest->empty()) return std::nullopt;
  // Back to the slash before it, so that it is absolute.
  return ProcessPath{*pid, std::string_view(rest->data() - 1, rest->size() + 1)};
}

/// Whether another process sees the same root as the container.
bool shares_root(int pid, const Mount& root, std::string_view procfs) {
  const auto mounts =
      read_mountinfo(std::string(procfs) + "/" + std::to_string(pid) + "/mountinfo");
  const Mount* const other = mounts ? root_mount(*mounts) : nullptr;
  return other != nullptr && same_filesystem(*other, root) && other->root == root.root;
}

/// The place of a path as the container itself sees it.
FilePlace place_within(std::string_view path, const ContainerMounts& container) {
  const Mount* const mount = mount_of(container.mounts, path);
  if (mount == root_mount(container.mounts)) return FilePlace::kWritableLayer;
  return mount->read_only ? FilePlace::kElsewhere : FilePlace::kVolume;
}

/// The place of a file by the file system it lies on and its path there.
FilePlace place_on_device(const Mount& on, std::string_view inner, const Mount* machine_root,
                          const ContainerMounts& container) {
  const Mount* const root = root_mount(container.mounts);
  if (same_filesystem(on, *root)) return FilePlace::kWritableLayer;
  for (const Mount& mount : container.mounts) {
    if (mount.read_only || !same_filesystem(on, mount)) continue;
    // Tools that look after a machine have all of it mounted, and no database for that.
    const bool whole_machine =
        machine_root != nullptr && mount.root == "/" && same_filesystem(mount, *machine_root);
    if (!whole_machine && below_folder(inner, mount.root)) return FilePlace::kVolume;
  }
  return FilePlace::kElsewhere;
}

}  // namespace

FilePlace place_in_container(std::string_view path, const std::vector<Mount>& own,
                             const ContainerMounts& container, std::string_view procfs,
                             std::string_view rootfs) {
  const Mount* const root = root_mount(container.mounts);
  if (root == nullptr || !is_layer(*root)) return FilePlace::kElsewhere;
  if (!path.starts_with('/') || climbs(path)) return FilePlace::kElsewhere;
  if (const auto seen = process_path(path, procfs)) {
    const bool same = seen->pid == container.pid || shares_root(seen->pid, *root, procfs);
    return same ? place_within(seen->path, container) : FilePlace::kElsewhere;
  }
  const auto on_machine = below_folder(path, rootfs);
  const std::string upper = upper_folder(*root);
  if (on_machine && upper.starts_with('/') && below_folder(*on_machine, upper)) {
    return FilePlace::kWritableLayer;
  }
  const Mount* const on = mount_of(own, path);
  const auto below = on == nullptr ? std::nullopt : below_folder(path, on->mount_point);
  if (!below) return FilePlace::kElsewhere;
  const std::string inner = (on->root == "/" ? "" : on->root) + std::string(*below);
  return place_on_device(*on, inner, mount_of(own, rootfs), container);
}

}  // namespace litewatch

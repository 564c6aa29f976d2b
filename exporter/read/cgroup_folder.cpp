#include "read/cgroup_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/clock.h"
#include "read/cgroup_processes.h"
#include "read/directory.h"

namespace litewatch {
namespace {

bool has_file(int folder, const char* name) { return ::faccessat(folder, name, F_OK, 0) == 0; }

/// Only the machine's root has v1's release_agent, and only it lacks v2's cgroup.events.
bool is_machine_root(const CgroupFolders& folders) {
  if (folders.home() != folders.unified) return has_file(folders.home(), "release_agent");
  return !has_file(folders.unified, "cgroup.events");
}

}  // namespace

int CgroupFolder::open_one(const std::string& mount_point, const std::string& path) {
  if (mount_point.empty()) return -1;
  Fd folder = open_folder(AT_FDCWD, (mount_point + path).c_str());
  if (!folder.valid()) return -1;
  open_[opened_] = std::move(folder);
  return open_[opened_++].get();
}

std::optional<CgroupFolder> CgroupFolder::open(const CgroupLayout& layout,
                                               const std::string& path) {
  CgroupFolder cgroup;
  CgroupFolders& folders = cgroup.folders_;
  folders.unified = cgroup.open_one(layout.unified, path);
  folders.cpu = cgroup.open_one(layout.legacy_of("cpu"), path);
  const bool together = layout.legacy_of("cpuacct") == layout.legacy_of("cpu");
  folders.cpuacct = together ? folders.cpu : cgroup.open_one(layout.legacy_of("cpuacct"), path);
  folders.cpuset = cgroup.open_one(layout.legacy_of("cpuset"), path);
  folders.memory = cgroup.open_one(layout.legacy_of("memory"), path);
  folders.pids = cgroup.open_one(layout.legacy_of("pids"), path);
  struct stat home;
  if (folders.home() < 0 || ::fstat(folders.home(), &home) != 0) return std::nullopt;
  folders.root = is_machine_root(folders);
  cgroup.inode_ = home.st_ino;
  cgroup.made_unix_s_ = in_seconds(home.st_ctim);
  return cgroup;
}

CgroupFolder CgroupFolder::remains() const {
  CgroupFolder gone;
  gone.inode_ = inode_;
  gone.made_unix_s_ = made_unix_s_;
  gone.open_[gone.opened_++] = Fd(::fcntl(folders_.home(), F_DUPFD_CLOEXEC, 0));
  return gone;
}

bool CgroupFolder::read(CgroupScratch scratch, CgroupStats& stats) const {
  return read_cgroup(folders_, scratch, stats);
}

bool CgroupFolder::read_limits(CgroupScratch scratch, CgroupStats& stats) const {
  return read_cgroup_limits(folders_, scratch, stats);
}

std::vector<int> CgroupFolder::processes(CgroupScratch scratch) const {
  return list_cgroup_processes(folders_.home(), scratch);
}

}  // namespace litewatch

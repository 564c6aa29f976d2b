#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "collect/container/settings.h"
#include "support/temp_dir.h"

namespace litewatch {

/// A tree that looks like the file systems of a machine with control groups.
class CgroupTree {
 public:
  CgroupTree() { make("proc/self"); }

  /// Mounts v2 at `place` below the tree's folder for cgroups.
  void mount_v2(const std::string& place = "", const std::string& root = "/") {
    mount(place, root, "cgroup2", "rw");
    write(place, "cgroup.procs", "");
  }
  void mount_v1(const std::string& controllers, const std::string& root = "/") {
    mount("/" + controllers, root, "cgroup", "rw," + controllers);
    if (root == "/") dir_.write("cgroup/" + controllers + "/release_agent", "");
  }

  /// A cgroup at `path` below the folder for cgroups.
  void add(const std::string& path) const {
    write(path, "cgroup.procs", "");
    write(path, "cgroup.events", "populated 1\nfrozen 0\n");
  }
  void write(const std::string& path, const std::string& file, const std::string& text) const {
    dir_.write("cgroup" + path + "/" + file, text);
  }
  void remove(const std::string& path) const {
    std::filesystem::remove_all(dir_.file("cgroup" + path));
  }
  /// Removes and makes anew; file systems like to give the same inode again.
  void renew(const std::string& path) const {
    std::filesystem::rename(dir_.file("cgroup" + path), dir_.file("old"));
    add(path);
    std::filesystem::remove_all(dir_.file("old"));
  }

  /// A process whose container shows its cgroup at /sys/fs/cgroup.
  void add_process(int pid, const std::string& path, const std::string& name,
                   const std::string& mount_root) const {
    const std::string process = "proc/" + std::to_string(pid) + "/";
    dir_.write(process + "cgroup", "0::" + path + "\n");
    dir_.write(process + "comm", name + "\n");
    dir_.write(process + "mountinfo",
               "1 0 0:1 / / rw - overlay overlay rw\n"
               "2 1 0:2 " +
                   mount_root + " /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    const std::string folder = process + "root/sys/fs/cgroup";
    dir_.write(folder + "/cgroup.procs", std::to_string(pid) + "\n");
    dir_.write(folder + "/cgroup.events", "populated 1\n");
  }
  void remove_process(int pid) const {
    std::filesystem::remove_all(dir_.file("proc/" + std::to_string(pid)));
  }
  /// Makes `pid` the process that litewatch is.
  void be(int pid) const {
    std::filesystem::remove_all(dir_.file("proc/self"));
    std::filesystem::create_symlink(std::to_string(pid), dir_.file("proc/self"));
  }

  ContainerSettings settings() const {
    ContainerSettings settings;
    settings.paths = {dir_.path(), dir_.file("proc"), cgroup()};
    return settings;
  }
  std::string cgroup(const std::string& path = "") const { return dir_.file("cgroup") + path; }
  const TempDir& dir() const { return dir_; }

 private:
  void make(const std::string& folder) const {
    std::filesystem::create_directories(dir_.file(folder));
  }
  void mount(const std::string& place, const std::string& root, const std::string& type,
             const std::string& options) {
    make("cgroup" + place);
    mountinfo_ += "31 23 0:28 " + root + " " + cgroup(place) + " rw - " + type + " " + type + " " +
                  options + "\n";
    dir_.write("proc/self/mountinfo", mountinfo_);
  }

  TempDir dir_;
  std::string mountinfo_;
};

}  // namespace litewatch

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "collect/container/discovery.h"
#include "read/net_dev.h"
#include "read/process_files.h"

namespace litewatch {

/// Tells its network namespace from others, without any right: the inode of net/dev is another one
/// in each. Where litewatch may see it, that of ns/net too.
struct NetworkIdentity {
  std::optional<std::uint64_t> device_file;
  std::optional<std::uint64_t> name_space;

  bool same_as(const NetworkIdentity& other) const {
    return (name_space && name_space == other.name_space) ||
           (device_file && device_file == other.device_file);
  }
};

/// A process whose folder below procfs is held open by an O_PATH descriptor, so that another one
/// with the same id is never taken for it. Not thread-safe.
class HeldProcess {
 public:
  /// nullopt: there is no such process.
  static std::optional<HeldProcess> open(const std::string& procfs, int pid);

  int pid() const { return pid_; }
  bool alive() const;
  const NetworkIdentity& network() const { return network_; }

  ProcessFiles read_files(CgroupScratch scratch) const;
  /// False, and no interfaces: not readable, or the process is gone.
  bool read_network(CgroupScratch scratch, std::vector<NetworkInterface>& interfaces) const;

 private:
  int pid_ = 0;
  Fd folder_;
  NetworkIdentity network_;
};

/// Whether a process whose /proc/PID/cgroup says `process_path` is in the cgroup `path` or below
/// it. Where litewatch is in a cgroup namespace of its own, the first path begins with "/.." and
/// lacks the folders above what both have in common.
bool is_in_cgroup(std::string_view process_path, std::string_view path);

/// A container whose main process is looked for.
struct ProcessSearch {
  const LiveContainer* container = nullptr;
  int told_pid = 0;  ///< as the container's runtime says; it may mean another PID namespace
  std::optional<HeldProcess> found;
};

/// Finds the main process of each: what the runtime says, what the container was found by, the
/// first one in its cgroup.procs, whichever is first and is in that cgroup by `procfs`; for those
/// that have none of them, which is so where their processes are in another PID namespace, one scan
/// of `procfs`.
void find_processes(const std::string& procfs, std::span<ProcessSearch> searches,
                    CgroupScratch scratch);

}  // namespace litewatch

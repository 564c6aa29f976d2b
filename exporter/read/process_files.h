#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "read/cgroup_files.h"

namespace litewatch {

/// Descriptors of a process; each absent where litewatch may not see it.
struct ProcessFiles {
  std::optional<std::uint64_t> open_fds;  ///< before 6.2: the same user, or CAP_SYS_PTRACE
  std::optional<std::uint64_t> max_fds;   ///< soft limit, /proc/PID/limits
};

/// Reads below the open folder /proc/PID. Since Linux 6.2 the size of /proc/PID/fd tells the
/// number of descriptors; before, its entries are counted.
ProcessFiles read_process_files(int process_folder, CgroupScratch scratch);

/// "Max open files" of /proc/PID/limits; nullopt where it is unlimited or not there.
std::optional<std::uint64_t> parse_open_files_limit(std::string_view limits);

/// Inode of a network namespace, by /proc/PID/ns/net below the open folder; nullopt: not visible,
/// which needs the same user, or CAP_SYS_PTRACE.
std::optional<std::uint64_t> network_namespace(int process_folder);

}  // namespace litewatch

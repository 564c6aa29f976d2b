#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace litewatch {

/// A process as /proc/PID/stat tells it. Source: proc_pid_stat(5).
struct ProcessStat {
  double cpu_s = 0;  ///< user and system time
  std::uint64_t threads = 0;
  double start_after_boot_s = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_bytes = 0;
};

/// Parses one line of /proc/PID/stat; the command in it may hold blanks and parentheses.
/// `malformed` where fields are missing.
Result<ProcessStat> parse_process_stat(std::string_view line);

/// What litewatch knows of its own process.
struct OwnProcess {
  ProcessStat stat;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;  ///< RLIMIT_NOFILE
  double start_unix_s = 0;
};

/// `boot_unix_s` as read_boot_unix_s() says.
Result<OwnProcess> read_own_process(const std::string& procfs, double boot_unix_s);

/// The Unix time of boot, from the "btime" line of /proc/stat; 0 where it cannot be read. The
/// kernel counts every interrupt to answer, so ask once.
double read_boot_unix_s(const std::string& procfs);

/// How long a process has been running, in seconds; nullopt where it cannot be seen.
std::optional<double> process_age_s(const std::string& procfs, int pid);

}  // namespace litewatch

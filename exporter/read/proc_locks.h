#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "read/sqlite_locks.h"

namespace litewatch {

/// One line of /proc/locks. Source: proc_locks(5). Holders in other PID namespaces are not listed.
struct ProcLock {
  LockMode mode = LockMode::kNone;
  bool posix = false;    ///< POSIX; else OFDLCK, FLOCK or LEASE
  bool waiting = false;  ///< a line that starts with "->": wants the lock and does not have it
  pid_t pid = 0;         ///< -1 for open-file-description locks
  unsigned major = 0;
  unsigned minor = 0;
  std::uint64_t inode = 0;
  std::uint64_t start = 0;
  std::uint64_t end = 0;  ///< inclusive; UINT64_MAX for "EOF"
};

/// Malformed lines are skipped.
std::vector<ProcLock> parse_proc_locks(std::string_view text);

Result<std::vector<ProcLock>> read_proc_locks(const std::string& path);

/// The command line of a process for people, cut at 200 bytes, control characters replaced; its
/// `comm` in brackets where the command line is empty; empty where it cannot be read.
std::string read_command(const std::string& procfs, pid_t pid);

}  // namespace litewatch

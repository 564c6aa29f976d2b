#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// One line of /proc/self/mountinfo. Source: proc_pid_mountinfo(5).
struct Mount {
  unsigned major = 0;
  unsigned minor = 0;
  std::string root;         ///< of the mount within its file system
  std::string mount_point;  ///< octal escapes decoded
  std::string fs_type;      ///< "ext4", "fuse.sshfs", "nfs4"
  std::string source;
  std::string super_options;  ///< of the file system, e.g. "rw,cpu,cpuacct"; escapes kept
  bool read_only = false;     ///< the mount, whatever the file system is
};

/// All mounts in the order of the file; later ones hide earlier ones of the same mount point.
/// A malformed line is skipped.
std::vector<Mount> parse_mountinfo(std::string_view text);

/// Decodes the kernel's escapes: space, tab, newline, backslash and others as \ooo.
std::string decode_octal(std::string_view text);

/// Reads and parses `path`, e.g. "/proc/self/mountinfo".
Result<std::vector<Mount>> read_mountinfo(const std::string& path);

/// The mount that an absolute, normalised path lies on, told from its text alone: it touches no
/// file system, so a dead one cannot hang it. nullptr where `mounts` is empty.
const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path);

}  // namespace litewatch

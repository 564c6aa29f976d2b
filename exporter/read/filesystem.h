#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace litewatch {

/// The file system that an open file lies on, from fstatfs and fstatvfs.
struct Filesystem {
  std::uint64_t magic = 0;        ///< statfs f_type; linux/magic.h
  std::uint64_t avail_bytes = 0;  ///< for unprivileged users
  std::uint64_t total_bytes = 0;
  std::uint64_t files_free = 0;  ///< inodes; 0 where the file system does not count them
  bool counts_files = false;

  /// NFS, SMB, Ceph, 9p, FUSE and their like: locks may hang, WAL mode is unsafe.
  bool network() const;
  bool overlay() const;
};

Result<Filesystem> read_filesystem(int fd);

/// "ext4", "xfs", "nfs", ...; "unknown" for a magic number that is not in the table.
std::string_view filesystem_name(std::uint64_t magic);

}  // namespace litewatch

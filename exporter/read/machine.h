#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace litewatch {

/// The machine that litewatch runs on.
struct Machine {
  std::optional<std::uint64_t> cpus;          ///< online, from /proc/stat
  std::optional<std::uint64_t> memory_bytes;  ///< MemTotal of /proc/meminfo
};
Machine read_machine(const std::string& procfs);

/// "/dev/sda" for a block device, from `sysfs`/dev/block/MAJOR:MINOR/uevent; "MAJOR:MINOR" where
/// that does not tell.
std::string block_device_name(const std::string& sysfs, unsigned major, unsigned minor);

}  // namespace litewatch

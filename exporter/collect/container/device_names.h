#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "read/machine.h"

namespace litewatch {

/// Names of block devices, each looked up once. Not thread-safe.
class DeviceNames {
 public:
  /// "/dev/sda"; valid until the end of the object, or its assignment.
  std::string_view of(const std::string& sysfs, unsigned major, unsigned minor) {
    const auto [known, is_new] = names_.try_emplace({major, minor});
    if (is_new) known->second = block_device_name(sysfs, major, minor);
    return known->second;
  }

 private:
  std::map<std::pair<unsigned, unsigned>, std::string> names_;
};

}  // namespace litewatch

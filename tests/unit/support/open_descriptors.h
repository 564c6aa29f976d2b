#pragma once

#include <filesystem>
#include <iterator>

namespace litewatch {

/// How many descriptors this process has open, and one more for the asking.
inline long open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

}  // namespace litewatch

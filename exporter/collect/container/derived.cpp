#include "collect/container/derived.h"

#include <algorithm>

namespace litewatch {

std::optional<std::uint64_t> working_set_bytes(const CgroupStats& stats) {
  if (!stats.memory_current_bytes) return std::nullopt;
  const std::uint64_t current = *stats.memory_current_bytes;
  // The two come from different files at different moments.
  return current - std::min(current, stats.inactive_file_bytes.value_or(0));
}

std::optional<std::uint64_t> minor_page_faults(const CgroupStats& stats) {
  if (!stats.page_faults || !stats.major_page_faults) return std::nullopt;
  return *stats.page_faults - std::min(*stats.page_faults, *stats.major_page_faults);
}

std::optional<double> memory_ratio(const ContainerReading& reading) {
  const auto used = working_set_bytes(reading.stats);
  if (!used || reading.effective.memory_max_bytes.value_or(0) == 0) return std::nullopt;
  return static_cast<double>(*used) / static_cast<double>(*reading.effective.memory_max_bytes);
}

}  // namespace litewatch

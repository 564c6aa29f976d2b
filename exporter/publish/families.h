#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "catalogue/catalogue.h"
#include "publish/page.h"

namespace litewatch {

/// All metrics in page order: by name, bytewise. Both formats keep it, though OpenMetrics exposes
/// some families under a shorter name.
inline constexpr std::array<Metric, kMetricCount> kPageOrder = [] {
  std::array<Metric, kMetricCount> order{};
  for (std::size_t i = 0; i < kMetricCount; ++i) order[i] = kCatalogue[i].metric;
  std::sort(order.begin(), order.end(),
            [](Metric a, Metric b) { return describe(a).name < describe(b).name; });
  return order;
}();

/// Where a metric stands in kPageOrder.
inline constexpr std::array<std::uint16_t, kMetricCount> kPageRank = [] {
  std::array<std::uint16_t, kMetricCount> rank{};
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    rank[static_cast<std::size_t>(kPageOrder[i])] = static_cast<std::uint16_t>(i);
  }
  return rank;
}();

/// The family's name on a page: in OpenMetrics a counter loses `_total` and an info `_info`, which
/// stay on their samples.
std::string_view family_name(Metric metric, Format format);

/// The HELP, TYPE and, in OpenMetrics, UNIT lines of every family, rendered once. Immutable.
class FamilyHeads {
 public:
  FamilyHeads();

  std::string_view of(Metric metric, Format format) const;
  /// Size of all heads of a format, in bytes.
  std::size_t total_size(Format format) const;

 private:
  std::array<std::array<std::string, kMetricCount>, 2> heads_;
};

}  // namespace litewatch

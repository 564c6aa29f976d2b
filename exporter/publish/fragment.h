#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/metric.h"
#include "publish/status.h"

namespace litewatch {

/// What a series is to its family. A histogram has one kBucket per bound and one of each other.
enum class SeriesPart : std::uint8_t { kValue, kBucket, kSum, kCount };

/// One series with everything that never changes already rendered.
struct RenderedSeries {
  static constexpr std::uint8_t kNotPlain = 0xFF;

  Metric metric;
  SeriesPart part = SeriesPart::kValue;
  std::uint8_t plain_labels = kNotPlain;  ///< labels shown, if no value needed an escape
  std::uint32_t head_offset = 0;          ///< into SeriesLayout::heads
  std::uint32_t head_size = 0;            ///< `name{label="value",...} `, blank included
  std::uint32_t labels_offset = 0;        ///< of the labels in the head; 0 where there are none
  std::uint32_t labels_size = 0;          ///< `label="value",...` without a bucket's `le`
};

/// The series of one table in page order: by family name, then by labels, a histogram's parts
/// together. Immutable and shared by all fragments until the set of series changes.
struct SeriesLayout {
  std::string heads;
  std::vector<RenderedSeries> series;

  std::string_view head(std::size_t i) const {
    return std::string_view(heads).substr(series[i].head_offset, series[i].head_size);
  }
  /// What orders the series of a family, and holds the parts of a histogram together.
  std::string_view labels(std::size_t i) const {
    return head(i).substr(series[i].labels_offset, series[i].labels_size);
  }
};

/// What one collector saw in one run. Immutable once published; safe to read from any thread.
struct Fragment {
  std::shared_ptr<const SeriesLayout> layout;
  std::vector<double> values;  ///< one per series of the layout; NaN: absent this time
  std::vector<StatusRow> status;
};

}  // namespace litewatch

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "catalogue/metric.h"
#include "publish/fragment.h"

namespace litewatch {

/// What tells one series from all others. Borrowed text, valid for the call.
struct SeriesKey {
  Metric metric;
  SeriesPart part = SeriesPart::kValue;
  /// One per label of the family, in the catalogue's order, repaired and escaped as on the page.
  /// Empty values are left out of the head: to Prometheus they mean the same as no label.
  std::span<const std::string_view> labels;
  std::string_view le = {};  ///< of a bucket
};

std::uint32_t hash(const SeriesKey& key);

/// Renders the key's head at the end of `layout`. The head is the key: two keys with equal heads
/// are the same series, because labels come escaped.
void append_series(SeriesLayout& layout, const SeriesKey& key);

/// Whether series `i` of the layout is the key's, without rendering it.
bool is_series(const SeriesLayout& layout, std::size_t i, const SeriesKey& key);

/// The same for a key with labels as they came. False also where one of them may need an escape.
bool is_plain_series(const SeriesLayout& layout, std::size_t i, const SeriesKey& raw_key);

/// Whether series `a` of one layout stands before series `b` of another: by family name, then by
/// labels, then buckets by numeric bound, sum, count.
bool stands_before(const SeriesLayout& layout_a, std::size_t a, const SeriesLayout& layout_b,
                   std::size_t b);

}  // namespace litewatch

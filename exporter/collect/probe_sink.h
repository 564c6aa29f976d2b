#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "catalogue/catalogue.h"
#include "collect/probe_metrics.h"
#include "publish/series_table.h"

namespace litewatch {

/// Sets metrics of one target, so that each line says only what is its own. Absent values are not
/// set. Allocates nothing.
class ProbeSink {
 public:
  using More = std::initializer_list<std::string_view>;

  ProbeSink(const ProbeLabels& labels, SeriesTable& table)
      : table_(table), values_{labels.app, labels.target, labels.module} {}

  void set(Metric metric, double value) { set(metric, More(), value); }
  void set(Metric metric, std::optional<double> value) {
    if (value) set(metric, *value);
  }
  /// `more`: the values of the labels that the family has beside the target's.
  void set(Metric metric, More more, double value) { table_.set(metric, with(more), value); }
  void set_info(Metric metric, More more) { set(metric, more, 1); }
  void set_histogram(Metric metric, const HistogramValue& value) {
    table_.set_histogram(metric, with({}), value);
  }

 private:
  static constexpr std::size_t kOwn = 3;

  std::span<const std::string_view> with(More more) {
    std::copy(more.begin(), more.end(), values_.begin() + kOwn);
    return std::span(values_).first(kOwn + more.size());
  }

  SeriesTable& table_;
  std::array<std::string_view, LabelList::kMax> values_;
};

}  // namespace litewatch

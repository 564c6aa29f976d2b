#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "catalogue/catalogue.h"
#include "publish/series_table.h"

namespace litewatch {

/// Sets metrics of one container, so that each line says only what is its own. Absent values are
/// not set. Allocates nothing.
class ContainerSink {
 public:
  using Labels = std::initializer_list<std::string_view>;

  /// `own`: the values of the labels that all these families begin with.
  ContainerSink(SeriesTable& table, Labels own) : table_(table), own_(own.size()) {
    std::copy(own.begin(), own.end(), values_.begin());
  }

  void set(Metric metric, double value) { set(metric, Labels(), value); }
  /// `more`: the values of the labels that the family has beside those.
  void set(Metric metric, Labels more, double value) {
    std::copy(more.begin(), more.end(), values_.begin() + own_);
    table_.set(metric, std::span(values_).first(own_ + more.size()), value);
  }
  template <class Number>
  void set(Metric metric, const std::optional<Number>& value) {
    if (value) set(metric, Labels(), static_cast<double>(*value));
  }
  template <class Number>
  void set(Metric metric, Labels more, const std::optional<Number>& value) {
    if (value) set(metric, more, static_cast<double>(*value));
  }
  template <class Integer>
  void count(Metric metric, Integer value) {
    set(metric, Labels(), static_cast<double>(value));
  }
  template <class Integer>
  void count(Metric metric, Labels more, Integer value) {
    set(metric, more, static_cast<double>(value));
  }

 private:
  SeriesTable& table_;
  std::size_t own_;
  std::array<std::string_view, LabelList::kMax> values_;
};

}  // namespace litewatch

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/metric.h"
#include "publish/fragment.h"

namespace litewatch {

/// The series that all tables together may hold, and how many did not fit. Thread-safe.
class SeriesBudget {
 public:
  explicit SeriesBudget(std::size_t limit) : limit_(limit) {}

  bool take(std::size_t series = 1);  ///< takes room; false, and takes none, where it is short
  void insist(std::size_t series) { used_ += series; }  ///< takes room even where there is none
  void give(std::size_t series) { used_ -= series; }
  void drop(std::size_t series) { dropped_ += series; }  ///< counts series left out of a run
  /// A limit under what is used keeps the series there are and refuses new ones.
  void set_limit(std::size_t limit) { limit_ = limit; }

  std::size_t limit() const { return limit_; }
  std::size_t used() const { return used_; }
  /// Grows in each run by the number of different series that the run had to leave out.
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

/// A histogram's state, cumulative as on the page.
struct HistogramValue {
  std::span<const double> upper_bounds;              ///< strictly ascending, without +Inf
  std::span<const std::uint64_t> cumulative_counts;  ///< one per bound, and one for +Inf
  double sum = 0;
};

/// Where a collector puts its values. Each series is rendered once, when it first appears; after
/// that a run costs one comparison and one store per value and no heap allocation. (Collecting and
/// rendering with prometheus-cpp's Registry and TextSerializer takes some 20 times the CPU and 4
/// allocations a series: tests/bench/page_bench. They also write invalid pages for label values
/// that are not UTF-8.)
///
/// Between begin() and commit() a run sets each of its series again; the last value set wins, and
/// what it does not set is absent from the fragment. A series absent from kRunsRemembered runs in
/// a row is forgotten and its room given back. Series over the budget are left out; a histogram
/// is left out as a whole. Not thread-safe: one table per collector, used by its own worker only.
class SeriesTable {
 public:
  using LabelValues = std::initializer_list<std::string_view>;
  using LabelSpan = std::span<const std::string_view>;

  static constexpr int kRunsRemembered = 10;

  /// Whether series over the budget are left out; kAlways is for the few that say so.
  enum class Admission { kWithinBudget, kAlways };

  /// `budget` must outlive the table.
  explicit SeriesTable(SeriesBudget& budget, Admission admission = Admission::kWithinBudget);
  ~SeriesTable();
  SeriesTable(const SeriesTable&) = delete;
  SeriesTable& operator=(const SeriesTable&) = delete;

  /// Starts a run, and discards one that was not committed.
  void begin();

  /// Sets one value. `labels` holds the values of the family's labels in the catalogue's order, as
  /// many as the family has; any bytes are allowed (invalid UTF-8 is repaired with U+FFFD). An
  /// empty value leaves the label out, which means the same to Prometheus. NaN means absent.
  void set(Metric metric, LabelSpan labels, double value);
  void set(Metric metric, LabelValues labels, double value) {
    set(metric, LabelSpan(labels.begin(), labels.size()), value);
  }

  /// Sets all series of a histogram.
  void set_histogram(Metric metric, LabelSpan labels, const HistogramValue& value);
  void set_histogram(Metric metric, LabelValues labels, const HistogramValue& value) {
    set_histogram(metric, LabelSpan(labels.begin(), labels.size()), value);
  }

  /// The next status row of this run, recycled from an earlier run: assign every field. The
  /// reference holds until the next call.
  StatusRow& add_status();

  /// Ends the run and returns what it saw.
  std::shared_ptr<const Fragment> commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch

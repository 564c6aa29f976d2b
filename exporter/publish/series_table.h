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

  bool take();  ///< takes room for one series; false and counted as dropped where full
  void give(std::size_t series);
  void set_limit(std::size_t limit) { limit_ = limit; }

  std::size_t limit() const { return limit_; }
  std::size_t used() const { return used_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

/// A histogram's state, cumulative as on the page.
struct HistogramValue {
  std::span<const double> upper_bounds;              ///< ascending, without +Inf
  std::span<const std::uint64_t> cumulative_counts;  ///< one per bound, and one for +Inf
  double sum = 0;
};

/// Where a collector puts its values. Each series is rendered once, when it first appears; after
/// that a run costs one hash look-up and one store per value and no heap allocation, measured in
/// tests/bench. (prometheus-cpp's Registry and TextSerializer cost 10 allocations a series and
/// 43 to 69 times the CPU; they also write invalid pages for label values that are not UTF-8.)
///
/// Between begin() and commit() a run sets each of its series again; what it does not set is
/// absent from the fragment, and forgotten after some runs. Not thread-safe: one table per
/// collector, used by its own worker only.
class SeriesTable {
 public:
  using LabelValues = std::initializer_list<std::string_view>;

  /// `budget` must outlive the table.
  explicit SeriesTable(SeriesBudget& budget);
  ~SeriesTable();
  SeriesTable(const SeriesTable&) = delete;
  SeriesTable& operator=(const SeriesTable&) = delete;

  /// Starts a run.
  void begin();

  /// Sets one value. `labels` holds the values of the family's labels in the catalogue's order;
  /// any bytes are allowed (invalid UTF-8 is repaired with U+FFFD). NaN means absent.
  void set(Metric metric, LabelValues labels, double value);

  /// Sets all series of a histogram.
  void set_histogram(Metric metric, LabelValues labels, const HistogramValue& value);

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

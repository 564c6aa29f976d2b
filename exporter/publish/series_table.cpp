#include "publish/series_table.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "catalogue/catalogue.h"
#include "publish/escape.h"
#include "publish/number.h"
#include "publish/recycler.h"
#include "publish/series_key.h"
#include "publish/series_set.h"

namespace litewatch {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

/// A collector's fragment is held by the board and by the pages under way; the rest is idle.
constexpr std::size_t kIdleFragments = 3;

/// An idle fragment keeps its buffers, but not a layout that nobody needs any more.
void retire(Fragment& fragment) { fragment.layout.reset(); }

/// The label values of one call as they stand on the page.
class EscapedLabels {
 public:
  std::span<const std::string_view> escape(Metric metric,
                                           std::span<const std::string_view> labels) {
    const LabelList& names = describe(metric).labels;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const bool as_is = is_rendered(names[i]) || is_plain(labels[i]);
      views_[i] = as_is ? labels[i] : repaired(i, labels[i]);
    }
    return std::span(views_).first(labels.size());
  }

 private:
  std::string_view repaired(std::size_t i, std::string_view value) {
    texts_[i].clear();
    append_label_value(texts_[i], value);
    return texts_[i];
  }

  std::array<std::string_view, LabelList::kMax> views_;
  std::array<std::string, LabelList::kMax> texts_;
};

bool is_complete(const HistogramValue& value) {
  const auto& bounds = value.upper_bounds;
  const auto not_ascending = [](double a, double b) { return !(a < b); };
  return value.cumulative_counts.size() == bounds.size() + 1 &&
         (bounds.empty() || std::isfinite(bounds.back())) &&
         std::adjacent_find(bounds.begin(), bounds.end(), not_ascending) == bounds.end();
}

/// The texts of bounds, which are the same for one histogram after another.
class BoundTexts {
 public:
  /// Valid until the next call.
  std::span<const std::string> of(std::span<const double> bounds) {
    if (std::ranges::equal(bounds, bounds_)) return texts_;
    bounds_.assign(bounds.begin(), bounds.end());
    texts_.resize(bounds.size());
    std::ranges::transform(bounds, texts_.begin(), canonical_bound);
    return texts_;
  }

 private:
  std::vector<double> bounds_;
  std::vector<std::string> texts_;
};

/// `le` are the texts of the bounds.
template <class Use>
void for_each_part(Metric metric, std::span<const std::string_view> labels,
                   const HistogramValue& value, std::span<const std::string> le, Use use) {
  const auto count = [&](std::size_t i) { return static_cast<double>(value.cumulative_counts[i]); };
  const std::size_t bounds = value.upper_bounds.size();
  for (std::size_t i = 0; i < bounds; ++i) {
    use(SeriesKey{metric, SeriesPart::kBucket, labels, le[i]}, count(i));
  }
  use(SeriesKey{metric, SeriesPart::kBucket, labels, "+Inf"}, count(bounds));
  use(SeriesKey{metric, SeriesPart::kSum, labels}, value.sum);
  use(SeriesKey{metric, SeriesPart::kCount, labels}, count(bounds));
}

}  // namespace

bool SeriesBudget::take(std::size_t series) {
  std::size_t used = used_;
  do {
    const std::size_t limit = limit_;
    if (used > limit || series > limit - used) return false;
  } while (!used_.compare_exchange_weak(used, used + series));
  return true;
}

struct SeriesTable::State {
  State(SeriesBudget& series_budget, Admission admits) : budget(series_budget), admission(admits) {}

  void put(std::uint32_t slot, double value) { fragment->values[slot] = value; }
  void add(const SeriesKey& key, double value);
  bool take(std::size_t count);
  void refuse(const SeriesKey& key) { refused.push_back(hash(key)); }
  void store(const SeriesKey& key, double value);
  void store_histogram(Metric metric, LabelSpan labels, const HistogramValue& value);
  void count_refused();
  void settle();

  SeriesBudget& budget;
  const Admission admission;
  Recycler<Fragment> fragments{kIdleFragments, retire};
  SeriesSet series;
  EscapedLabels escaped;
  BoundTexts bound_texts;
  std::vector<std::uint32_t> part_slots;  ///< of the histogram being stored

  // Of the run under way.
  std::shared_ptr<Fragment> fragment;  ///< its values are by slot, fresh series included
  std::size_t status_rows = 0;
  std::vector<std::uint32_t> refused;  ///< hashes of the series left out
};

void SeriesTable::State::add(const SeriesKey& key, double value) {
  series.add(key);
  fragment->values.push_back(value);
}

bool SeriesTable::State::take(std::size_t count) {
  if (admission == Admission::kWithinBudget) return budget.take(count);
  budget.insist(count);
  return true;
}

void SeriesTable::State::store(const SeriesKey& key, double value) {
  const std::uint32_t slot = series.find(key);
  if (slot != SeriesSet::kNone) return put(slot, value);
  if (std::isnan(value)) return;
  if (!take(1)) return refuse(key);
  add(key, value);
}

/// Takes room for all missing parts or for none: half a histogram is worse than none.
void SeriesTable::State::store_histogram(Metric metric, LabelSpan labels,
                                         const HistogramValue& value) {
  const auto le = bound_texts.of(value.upper_bounds);
  part_slots.clear();
  for_each_part(metric, labels, value, le,
                [&](const SeriesKey& key, double) { part_slots.push_back(series.find(key)); });
  const auto missing = std::ranges::count(part_slots, SeriesSet::kNone);
  const bool fits = missing == 0 || take(static_cast<std::size_t>(missing));
  auto next_slot = part_slots.begin();
  for_each_part(metric, labels, value, le, [&](const SeriesKey& key, double part_value) {
    const std::uint32_t slot = *next_slot++;
    if (slot == SeriesSet::kNone) {
      fits ? add(key, part_value) : refuse(key);
    } else if (fits) {
      put(slot, part_value);
    }
  });
}

void SeriesTable::State::count_refused() {
  std::sort(refused.begin(), refused.end());
  const auto end = std::unique(refused.begin(), refused.end());
  budget.drop(static_cast<std::size_t>(end - refused.begin()));
  refused.clear();
}

/// Renumbers the series, and the run's values with them.
void SeriesTable::State::settle() {
  const std::size_t before = series.size();
  const std::vector<std::uint32_t> old_slots = series.settle();
  std::vector<double> values;
  values.reserve(old_slots.size());
  for (const std::uint32_t slot : old_slots) values.push_back(fragment->values[slot]);
  fragment->values = std::move(values);
  budget.give(before - series.size());
}

SeriesTable::SeriesTable(SeriesBudget& budget, Admission admission)
    : state_(std::make_unique<State>(budget, admission)) {}

SeriesTable::~SeriesTable() { state_->budget.give(state_->series.size()); }

void SeriesTable::begin() {
  State& s = *state_;
  if (s.series.needs_settling()) s.settle();
  if (!s.fragment) s.fragment = s.fragments.take();
  s.fragment->values.assign(s.series.size(), kAbsent);
  s.series.rewind();
  s.status_rows = 0;
  s.refused.clear();
}

void SeriesTable::set(Metric metric, LabelSpan labels, double value) {
  State& s = *state_;
  const MetricDesc& row = describe(metric);
  const bool valid = s.fragment != nullptr && labels.size() == row.labels.size() &&
                     row.type != MetricType::kHistogram;
  assert(valid);
  if (!valid) return;
  const std::uint32_t slot = s.series.find_next({metric, SeriesPart::kValue, labels});
  if (slot != SeriesSet::kNone) return s.put(slot, value);
  s.store({metric, SeriesPart::kValue, s.escaped.escape(metric, labels)}, value);
}

void SeriesTable::set_histogram(Metric metric, LabelSpan labels, const HistogramValue& value) {
  State& s = *state_;
  const MetricDesc& row = describe(metric);
  const bool valid = s.fragment != nullptr && labels.size() == row.labels.size() &&
                     row.type == MetricType::kHistogram && is_complete(value);
  assert(valid);
  if (!valid) return;
  s.store_histogram(metric, s.escaped.escape(metric, labels), value);
}

StatusRow& SeriesTable::add_status() {
  std::vector<StatusRow>& rows = state_->fragment->status;
  if (state_->status_rows == rows.size()) rows.emplace_back();
  return rows[state_->status_rows++];
}

std::shared_ptr<const Fragment> SeriesTable::commit() {
  State& s = *state_;
  if (!s.fragment) begin();
  s.series.age(s.fragment->values, kRunsRemembered);
  if (s.series.needs_settling()) s.settle();
  s.count_refused();
  s.fragment->layout = s.series.layout();
  s.fragment->status.resize(s.status_rows);
  return std::exchange(s.fragment, nullptr);
}

}  // namespace litewatch

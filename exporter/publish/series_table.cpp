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
#include "publish/series_index.h"
#include "publish/series_key.h"

namespace litewatch {
namespace {

constexpr std::uint32_t kNone = SeriesIndex::kNone;
constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

/// A collector's fragment is held by the board and by the pages under way; the rest is idle.
constexpr std::size_t kIdleFragments = 3;

/// An idle fragment keeps its buffers, but not a layout that nobody needs any more.
void retire(Fragment& fragment) { fragment.layout.reset(); }

/// The label values of one call as they stand on the page.
class EscapedLabels {
 public:
  std::span<const std::string_view> escape(std::span<const std::string_view> labels) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      views_[i] = is_plain(labels[i]) ? labels[i] : repaired(i, labels[i]);
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

template <class Use>
void for_each_part(Metric metric, std::span<const std::string_view> labels,
                   const HistogramValue& value, Use use) {
  const auto count = [&](std::size_t i) { return static_cast<double>(value.cumulative_counts[i]); };
  const std::size_t bounds = value.upper_bounds.size();
  for (std::size_t i = 0; i < bounds; ++i) {
    const std::string le = canonical_bound(value.upper_bounds[i]);
    use(SeriesKey{metric, SeriesPart::kBucket, labels, le}, count(i));
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

/// Series have slots: those of the layout come first and in page order, those that appeared in this
/// run follow. Commit renumbers them all when any appeared or was forgotten.
struct SeriesTable::State {
  explicit State(SeriesBudget& series_budget) : budget(series_budget) {}

  std::size_t known() const { return layout->series.size(); }
  std::size_t size() const { return known() + fresh.series.size(); }

  bool is_slot(std::uint32_t slot, const SeriesKey& key) const {
    return slot < known() ? is_series(*layout, slot, key) : is_series(fresh, slot - known(), key);
  }
  bool before(std::uint32_t a, std::uint32_t b) const {
    const SeriesLayout& layout_a = a < known() ? *layout : fresh;
    const SeriesLayout& layout_b = b < known() ? *layout : fresh;
    return stands_before(layout_a, a < known() ? a : a - known(), layout_b,
                         b < known() ? b : b - known());
  }

  std::uint32_t guess() const { return previous == kNone ? kNone : successor[previous]; }
  bool store_at_guess(const SeriesKey& raw_key, double value);
  std::uint32_t find(const SeriesKey& key);
  std::uint32_t add(const SeriesKey& key);
  void refuse(const SeriesKey& key) { refused.push_back(hash(key)); }
  void store(const SeriesKey& key, double value);
  void store_histogram(Metric metric, LabelSpan labels, const HistogramValue& value);

  bool age();
  void count_refused();
  std::vector<std::uint32_t> order_slots();
  void renumber();

  SeriesBudget& budget;
  Recycler<Fragment> fragments{kIdleFragments, retire};
  EscapedLabels escaped;

  std::shared_ptr<const SeriesLayout> layout = std::make_shared<SeriesLayout>();
  SeriesLayout fresh;  ///< series that appeared in this run, in order of appearance
  SeriesIndex index;
  std::vector<std::uint8_t> absent_runs;  ///< per slot of the layout; kRunsRemembered: forget
  std::vector<std::uint32_t> successor;   ///< per slot: the slot that was set after it

  std::shared_ptr<Fragment> fragment;  ///< of the run under way; its values cover fresh series too
  std::size_t status_rows = 0;
  std::uint32_t previous = kNone;      ///< the slot set last in this run
  std::vector<std::uint32_t> refused;  ///< hashes of the series left out of this run
};

/// Collectors set their series in the same order run after run, so that the slot that followed the
/// previous one the last time is mostly right, and neither an escape nor a hash is needed.
bool SeriesTable::State::store_at_guess(const SeriesKey& raw_key, double value) {
  const std::uint32_t slot = guess();
  if (slot >= known() || !is_plain_series(*layout, slot, raw_key)) return false;
  fragment->values[slot] = value;
  previous = slot;
  return true;
}

std::uint32_t SeriesTable::State::find(const SeriesKey& key) {
  std::uint32_t slot = guess();
  if (slot == kNone || !is_slot(slot, key)) {
    slot = index.find(hash(key), [&](std::uint32_t candidate) { return is_slot(candidate, key); });
    if (slot == kNone) return kNone;
    if (previous != kNone) successor[previous] = slot;
  }
  previous = slot;
  return slot;
}

std::uint32_t SeriesTable::State::add(const SeriesKey& key) {
  const auto slot = static_cast<std::uint32_t>(size());
  append_series(fresh, key);
  index.insert(hash(key), slot);
  fragment->values.push_back(kAbsent);
  successor.push_back(kNone);
  return slot;
}

void SeriesTable::State::store(const SeriesKey& key, double value) {
  std::uint32_t slot = find(key);
  if (slot == kNone) {
    if (std::isnan(value)) return;
    if (!budget.take()) return refuse(key);
    slot = add(key);
  }
  fragment->values[slot] = value;
}

/// Takes room for all missing parts or for none: half a histogram is worse than none.
void SeriesTable::State::store_histogram(Metric metric, LabelSpan labels,
                                         const HistogramValue& value) {
  std::size_t missing = 0;
  for_each_part(metric, labels, value, [&](const SeriesKey& key, double) {
    if (find(key) == kNone) ++missing;
  });
  const bool fits = missing == 0 || budget.take(missing);
  for_each_part(metric, labels, value, [&](const SeriesKey& key, double part_value) {
    const std::uint32_t slot = find(key);
    if (!fits) {
      if (slot == kNone) refuse(key);
      return;
    }
    fragment->values[slot == kNone ? add(key) : slot] = part_value;
  });
}

/// Counts the runs that each series has been absent. True where one has to be forgotten.
bool SeriesTable::State::age() {
  bool any = false;
  for (std::size_t slot = 0; slot < known(); ++slot) {
    if (!std::isnan(fragment->values[slot])) {
      absent_runs[slot] = 0;
    } else if (++absent_runs[slot] >= kRunsRemembered) {
      any = true;
    }
  }
  return any;
}

void SeriesTable::State::count_refused() {
  std::sort(refused.begin(), refused.end());
  const auto end = std::unique(refused.begin(), refused.end());
  budget.drop(static_cast<std::size_t>(end - refused.begin()));
  refused.clear();
}

/// All slots that stay, in page order.
std::vector<std::uint32_t> SeriesTable::State::order_slots() {
  std::vector<std::uint32_t> order;
  order.reserve(size());
  for (std::uint32_t slot = 0; slot < known(); ++slot) {
    if (absent_runs[slot] < kRunsRemembered) order.push_back(slot);
  }
  const auto middle = static_cast<std::ptrdiff_t>(order.size());
  for (std::size_t slot = known(); slot < size(); ++slot) {
    order.push_back(static_cast<std::uint32_t>(slot));
  }
  const auto is_before = [this](std::uint32_t a, std::uint32_t b) { return before(a, b); };
  std::sort(order.begin() + middle, order.end(), is_before);
  std::inplace_merge(order.begin(), order.begin() + middle, order.end(), is_before);
  return order;
}

void SeriesTable::State::renumber() {
  const std::vector<std::uint32_t> order = order_slots();
  auto next = std::make_shared<SeriesLayout>();
  next->heads.reserve(layout->heads.size() + fresh.heads.size());
  next->series.reserve(order.size());
  std::vector<std::uint32_t> renamed(size(), kNone);
  std::vector<std::uint8_t> next_absent_runs(order.size(), 0);
  std::vector<double> values(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    const std::uint32_t slot = order[i];
    const SeriesLayout& from = slot < known() ? *layout : fresh;
    const std::size_t at = slot < known() ? slot : slot - known();
    RenderedSeries series = from.series[at];
    series.head_offset = static_cast<std::uint32_t>(next->heads.size());
    next->heads += from.head(at);
    next->series.push_back(series);
    if (slot < known()) next_absent_runs[i] = absent_runs[slot];
    values[i] = fragment->values[slot];
    renamed[slot] = i;
  }
  budget.give(size() - order.size());
  index.rename(renamed);
  layout = std::move(next);
  std::exchange(fresh, {});  // a plain assignment would keep the string's memory
  absent_runs = std::move(next_absent_runs);
  fragment->values = std::move(values);
  successor.assign(order.size(), kNone);
}

SeriesTable::SeriesTable(SeriesBudget& budget) : state_(std::make_unique<State>(budget)) {}

SeriesTable::~SeriesTable() { state_->budget.give(state_->size()); }

void SeriesTable::begin() {
  State& s = *state_;
  if (!s.fresh.series.empty()) s.renumber();
  if (!s.fragment) s.fragment = s.fragments.take();
  s.fragment->values.assign(s.known(), kAbsent);
  s.status_rows = 0;
  s.previous = kNone;
  s.refused.clear();
}

void SeriesTable::set(Metric metric, LabelSpan labels, double value) {
  const MetricDesc& row = describe(metric);
  const bool valid = state_->fragment != nullptr && labels.size() == row.labels.size() &&
                     row.type != MetricType::kHistogram;
  assert(valid);
  if (!valid) return;
  if (state_->store_at_guess({metric, SeriesPart::kValue, labels}, value)) return;
  state_->store({metric, SeriesPart::kValue, state_->escaped.escape(labels)}, value);
}

void SeriesTable::set_histogram(Metric metric, LabelSpan labels, const HistogramValue& value) {
  State& s = *state_;
  const MetricDesc& row = describe(metric);
  const bool valid = s.fragment != nullptr && labels.size() == row.labels.size() &&
                     row.type == MetricType::kHistogram && is_complete(value);
  assert(valid);
  if (!valid) return;
  s.store_histogram(metric, s.escaped.escape(labels), value);
}

StatusRow& SeriesTable::add_status() {
  std::vector<StatusRow>& rows = state_->fragment->status;
  if (state_->status_rows == rows.size()) rows.emplace_back();
  return rows[state_->status_rows++];
}

std::shared_ptr<const Fragment> SeriesTable::commit() {
  State& s = *state_;
  if (!s.fragment) begin();
  const bool forget = s.age();
  if (forget || !s.fresh.series.empty()) s.renumber();
  s.count_refused();
  s.fragment->layout = s.layout;
  s.fragment->status.resize(s.status_rows);
  return std::exchange(s.fragment, nullptr);
}

}  // namespace litewatch

#include "publish/series_set.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace litewatch {

SeriesSet::Place SeriesSet::place(std::uint32_t slot) const {
  return slot < settled() ? Place{*layout_, slot} : Place{fresh_, slot - settled()};
}

bool SeriesSet::is_slot(std::uint32_t slot, const SeriesKey& key) const {
  const Place found = place(slot);
  return is_series(found.layout, found.at, key);
}

bool SeriesSet::stands_before(std::uint32_t a, std::uint32_t b) const {
  const Place place_a = place(a);
  const Place place_b = place(b);
  return litewatch::stands_before(place_a.layout, place_a.at, place_b.layout, place_b.at);
}

std::uint32_t SeriesSet::find_next(const SeriesKey& raw_key) {
  const std::uint32_t slot = guess();
  if (slot >= settled() || !is_plain_series(*layout_, slot, raw_key)) return kNone;
  return previous_ = slot;
}

std::uint32_t SeriesSet::find(const SeriesKey& key) {
  std::uint32_t slot = guess();
  if (slot == kNone || !is_slot(slot, key)) {
    slot = index_.find(hash(key), [&](std::uint32_t candidate) { return is_slot(candidate, key); });
    if (slot == kNone) return kNone;
    if (previous_ != kNone) successor_[previous_] = slot;
  }
  return previous_ = slot;
}

std::uint32_t SeriesSet::add(const SeriesKey& key) {
  const auto slot = static_cast<std::uint32_t>(size());
  append_series(fresh_, key);
  index_.insert(hash(key), slot);
  successor_.push_back(kNone);
  return slot;
}

void SeriesSet::age(std::span<const double> values, int runs_remembered) {
  for (std::size_t slot = 0; slot < settled(); ++slot) {
    if (!std::isnan(values[slot])) {
      absent_runs_[slot] = 0;
    } else if (++absent_runs_[slot] >= runs_remembered) {
      absent_runs_[slot] = kForgotten;
      forgetting_ = true;
    }
  }
}

/// All slots that stay, in page order.
std::vector<std::uint32_t> SeriesSet::page_order() const {
  std::vector<std::uint32_t> order;
  order.reserve(size());
  for (std::uint32_t slot = 0; slot < settled(); ++slot) {
    if (absent_runs_[slot] != kForgotten) order.push_back(slot);
  }
  const auto middle = static_cast<std::ptrdiff_t>(order.size());
  for (auto slot = static_cast<std::uint32_t>(settled()); slot < size(); ++slot) {
    order.push_back(slot);
  }
  const auto before = [this](std::uint32_t a, std::uint32_t b) { return stands_before(a, b); };
  std::sort(order.begin() + middle, order.end(), before);
  std::inplace_merge(order.begin(), order.begin() + middle, order.end(), before);
  return order;
}

std::vector<std::uint32_t> SeriesSet::settle() {
  std::vector<std::uint32_t> order = page_order();
  auto next = std::make_shared<SeriesLayout>();
  next->heads.reserve(layout_->heads.size() + fresh_.heads.size());
  next->series.reserve(order.size());
  std::vector<std::uint32_t> renamed(size(), kNone);
  std::vector<std::uint8_t> absent_runs(order.size(), 0);
  for (std::uint32_t slot = 0; slot < order.size(); ++slot) {
    const std::uint32_t old_slot = order[slot];
    const Place from = place(old_slot);
    RenderedSeries series = from.layout.series[from.at];
    series.head_offset = static_cast<std::uint32_t>(next->heads.size());
    next->heads += from.layout.head(from.at);
    next->series.push_back(series);
    if (old_slot < settled()) absent_runs[slot] = absent_runs_[old_slot];
    renamed[old_slot] = slot;
  }
  index_.rename(renamed);
  layout_ = std::move(next);
  std::exchange(fresh_, {});  // a plain assignment would keep the string's memory
  absent_runs_ = std::move(absent_runs);
  successor_.assign(order.size(), kNone);
  previous_ = kNone;
  forgetting_ = false;
  return order;
}

}  // namespace litewatch

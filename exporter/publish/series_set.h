#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "publish/fragment.h"
#include "publish/series_index.h"
#include "publish/series_key.h"

namespace litewatch {

/// The series of one table, by slot. The slots of the layout come first and are in page order;
/// those of series that were added since follow, until settle() renumbers them all.
class SeriesSet {
 public:
  static constexpr std::uint32_t kNone = SeriesIndex::kNone;

  /// Series, settled or not.
  std::size_t size() const { return settled() + fresh_.series.size(); }
  const std::shared_ptr<const SeriesLayout>& layout() const { return layout_; }

  /// The next find is the first one of a run.
  void rewind() { previous_ = kNone; }

  /// The slot that followed the previous one the last time, if it is the key's. Collectors set
  /// their series in the same order run after run, so that this is mostly right, and neither an
  /// escape nor a hash is needed. kNone: ask find(). The key's labels are as they came.
  std::uint32_t find_next(const SeriesKey& raw_key);
  /// The key's slot; kNone where there is none. The key's labels are escaped.
  std::uint32_t find(const SeriesKey& key);
  /// Adds a series that find() does not find, in slot size() - 1.
  std::uint32_t add(const SeriesKey& key);

  /// Counts the runs in a row for which each series was absent, its value being NaN; after
  /// `runs_remembered` of them settle() forgets it.
  void age(std::span<const double> values, int runs_remembered);
  bool needs_settling() const { return forgetting_ || !fresh_.series.empty(); }
  /// Makes a new layout of what is neither forgotten nor fresh any more. Returns for each of its
  /// slots the one that the series had before.
  std::vector<std::uint32_t> settle();

 private:
  static constexpr std::uint8_t kForgotten = 0xFF;

  struct Place {
    const SeriesLayout& layout;
    std::size_t at;
  };

  std::size_t settled() const { return layout_->series.size(); }
  Place place(std::uint32_t slot) const;
  std::uint32_t guess() const { return previous_ == kNone ? kNone : successor_[previous_]; }
  bool is_slot(std::uint32_t slot, const SeriesKey& key) const;
  bool stands_before(std::uint32_t a, std::uint32_t b) const;
  std::vector<std::uint32_t> page_order() const;

  std::shared_ptr<const SeriesLayout> layout_ = std::make_shared<SeriesLayout>();
  SeriesLayout fresh_;  ///< in order of appearance
  SeriesIndex index_;
  std::vector<std::uint8_t> absent_runs_;  ///< per slot of the layout
  std::vector<std::uint32_t> successor_;   ///< per slot: the slot that was found after it
  std::uint32_t previous_ = kNone;         ///< the slot found last in this run
  bool forgetting_ = false;
};

}  // namespace litewatch

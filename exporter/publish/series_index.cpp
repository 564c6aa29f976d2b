#include "publish/series_index.h"

#include <bit>
#include <utility>

namespace litewatch {

void SeriesIndex::insert(std::uint32_t hash, std::uint32_t slot) {
  if ((count_ + 1) * 4 > entries_.size() * 3) resize_for((count_ + 1) * 2);
  place({hash, slot});
}

void SeriesIndex::rename(std::span<const std::uint32_t> renamed) {
  std::vector<Entry> old = std::exchange(entries_, {});
  std::size_t kept = 0;
  for (Entry& entry : old) {
    if (entry.slot == kNone) continue;
    entry.slot = renamed[entry.slot];
    if (entry.slot != kNone) ++kept;
  }
  count_ = 0;
  resize_for(kept);
  for (const Entry& entry : old) {
    if (entry.slot != kNone) place(entry);
  }
}

void SeriesIndex::resize_for(std::size_t count) {
  std::vector<Entry> old(std::bit_ceil(count * 4 / 3 + 1));
  old.swap(entries_);
  count_ = 0;
  for (const Entry& entry : old) {
    if (entry.slot != kNone) place(entry);
  }
}

void SeriesIndex::place(Entry entry) {
  std::size_t i = entry.hash & mask();
  while (entries_[i].slot != kNone) i = (i + 1) & mask();
  entries_[i] = entry;
  ++count_;
}

}  // namespace litewatch

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace litewatch {

/// Finds a series' slot by its key's hash: open addressing with linear probing, eight bytes an
/// entry. The caller compares the keys, so that hashes may collide.
class SeriesIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  /// The first slot entered under `hash` for which `is_match(slot)` holds; kNone if there is none.
  template <class IsMatch>
  std::uint32_t find(std::uint32_t hash, IsMatch is_match) const {
    if (entries_.empty()) return kNone;
    for (std::size_t i = hash & mask(); entries_[i].slot != kNone; i = (i + 1) & mask()) {
      if (entries_[i].hash == hash && is_match(entries_[i].slot)) return entries_[i].slot;
    }
    return kNone;
  }

  void insert(std::uint32_t hash, std::uint32_t slot);

  /// Gives every slot the number `renamed[slot]`, and forgets it where that is kNone.
  void rename(std::span<const std::uint32_t> renamed);

 private:
  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t slot = kNone;
  };

  std::size_t mask() const { return entries_.size() - 1; }
  void resize_for(std::size_t count);
  void place(Entry entry);

  std::vector<Entry> entries_;  ///< a power of two in number, at most three quarters taken
  std::size_t count_ = 0;
};

}  // namespace litewatch

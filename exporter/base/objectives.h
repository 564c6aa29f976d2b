#pragma once

#include <cstdint>
#include <optional>

namespace litewatch {

/// What is good enough for one database. Published as series, so that rules compare with them and
/// nobody edits a rule to change a threshold.
struct SqliteObjectives {
  std::uint64_t wal_bytes = 256ull << 20;             ///< live WAL bytes
  std::uint64_t checkpoint_lag_bytes = 64ull << 20;   ///< WAL bytes not yet in the database
  double oldest_reader_s = 300;                       ///< age of a reader that pins the WAL
  double write_lock_held_s = 30;                      ///< length of one write transaction
  double write_lock_occupancy_ratio = 0.7;            ///< share of the time the lock is held
  double freelist_ratio = 0.4;                        ///< free pages over all pages
  std::uint64_t filesystem_avail_bytes = 1ull << 30;  ///< least space left
  std::optional<double> write_age_s;                  ///< longest time without a write

  bool operator==(const SqliteObjectives&) const = default;
};

}  // namespace litewatch

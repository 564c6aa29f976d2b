#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "read/sqlite_database.h"
#include "read/sqlite_state.h"

namespace litewatch {

/// What several readings of one database, one after the other, say together: counters that survive
/// the resets of the numbers they come from, ages that are lower bounds, and alarms confirmed by a
/// second look. About 400 bytes; allocates nothing. Not thread-safe.
class SqliteHistory {
 public:
  /// Takes in the next reading. `now` must not go back.
  void observe(const SqliteReading& reading, Moment now);

  /// Takes in a look of the lock sampler.
  void sample(const SqliteLockStates& locks);

  // Counters since the first reading.
  std::uint64_t write_transactions = 0;
  std::uint64_t schema_changes = 0;
  std::uint64_t wal_frames_written = 0;
  std::uint64_t wal_frames_backfilled = 0;
  std::uint64_t wal_resets = 0;
  std::uint64_t wal_index_read_retries = 0;
  std::uint64_t file_replaced = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(SqliteOp::kCount_)> read_errors{};
  std::uint64_t lock_samples = 0;
  std::array<std::uint64_t, kSqliteLockCount> lock_held_samples{};

  // Alarms, confirmed by a second reading at least 10 ms after the first: an app that opens or
  // closes the database passes through these states for microseconds.
  bool posix_locks_lost = false;
  bool sidecar_missing = false;
  bool exclusive_mode = false;
  bool file_truncated = false;

  // Ages; 0 where there is nothing to age.
  double oldest_reader_s = 0;    ///< the reader that pins the WAL
  double write_lock_held_s = 0;  ///< the write transaction under way

  std::optional<double> last_full_checkpoint_unix_s;
  std::optional<double> last_read_unix_s;

  /// Share of the sampler's last looks (about 100, older ones fading) at which a write transaction
  /// was open.
  double recent_write_occupancy_ratio = 0;

 private:
  struct ReaderPin {
    std::uint32_t mark = 0;
    std::uint32_t salt1 = 0;
    std::uint32_t salt2 = 0;
    double since_s = 0;
    bool pins = false;
  };
  struct OpenWrite {
    pid_t pid = 0;
    std::uint32_t change = 0;
    double modified_s = 0;  ///< of the file, where that shows a commit
    double since_s = 0;
    bool held = false;
  };
  struct Alarm {
    std::optional<double> since_s;
    bool confirm(bool seen, double now_s);
  };
  /// What of the last reading the next one is compared with.
  struct Previous {
    dev_t device = 0;
    ino_t inode = 0;
    ino_t shm_inode = 0;
    bool rollback_header = false;
    std::uint32_t change_counter = 0;
    std::optional<std::uint32_t> schema_cookie;
    std::optional<WalIndex> wal_index;
    bool wal_closed = false;  ///< in WAL mode, nobody uses a wal-index: the next counts from 0
  };

  void forget_state();
  void observe_identity(const SqliteReading& reading);
  void count_transactions(const SqliteReading& reading);
  void count_schema_changes(const SqliteReading& reading);
  void count_wal(const SqliteReading& reading, double unix_s);
  void age_readers(const SqliteReading& reading, double monotonic_s);
  void age_write(const SqliteReading& reading, double monotonic_s);

  std::optional<Previous> previous_;
  std::array<ReaderPin, WalIndex::kReaders> pins_{};
  OpenWrite write_;
  Alarm locks_lost_alarm_, sidecar_alarm_, exclusive_alarm_, truncated_alarm_;
};

}  // namespace litewatch

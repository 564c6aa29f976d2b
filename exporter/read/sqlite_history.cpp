#include "read/sqlite_history.h"

namespace litewatch {
namespace {

/// A WAL reset raises salt-1 by one; a salt-1 further on than this was drawn at random.
constexpr std::uint32_t kMaxResetsBetweenReadings = 4096;

/// Weight of one look in the fading share of the write lock.
constexpr double kSampleWeight = 0.01;

bool same_salts(const WalIndex& a, const WalIndex& b) {
  return a.salt1 == b.salt1 && a.salt2 == b.salt2;
}

/// How often the WAL began anew between two readings of one wal-index with different salts.
std::uint32_t resets_between(const WalIndex& before, const WalIndex& after) {
  if (before.salt1 == 0 && before.salt2 == 0) return 0;  // never written to
  const std::uint32_t steps = after.salt1 - before.salt1;
  if (steps > 0 && steps < kMaxResetsBetweenReadings) return steps;
  // A connection that has not reset a WAL before draws both salts of an empty one.
  return before.frames > 0 ? 1 : 0;
}

}  // namespace

bool SqliteHistory::Alarm::confirm(bool seen, double now_s) {
  constexpr double kLooksApart_s = 0.01;
  if (!seen) {
    since_s.reset();
  } else if (!since_s) {
    since_s = now_s;
  }
  return seen && now_s - *since_s >= kLooksApart_s;
}

void SqliteHistory::observe(const SqliteReading& reading, Moment now) {
  for (std::size_t op = 0; op < read_errors.size(); ++op) {
    if (reading.errors[op]) ++read_errors[op];
  }
  if (!reading.exists) {
    forget_state();
    return;  // previous_ stays: a file that comes back as another one was replaced
  }
  last_read_unix_s = now.unix_s;
  observe_identity(reading);
  count_transactions(reading);
  count_schema_changes(reading);
  count_wal(reading, now.unix_s);
  age_readers(reading, now.monotonic_s);
  age_write(reading, now.monotonic_s);
  posix_locks_lost = locks_lost_alarm_.confirm(looks_locks_lost(reading), now.monotonic_s);
  sidecar_missing = sidecar_alarm_.confirm(looks_sidecar_missing(reading), now.monotonic_s);
  exclusive_mode = exclusive_alarm_.confirm(looks_exclusive(reading), now.monotonic_s);
  file_truncated = truncated_alarm_.confirm(looks_truncated(reading), now.monotonic_s);

  Previous& next = previous_ ? *previous_ : previous_.emplace(Previous{});
  next.device = reading.file.device;
  next.inode = reading.file.inode;
  next.shm_inode = reading.shm_file ? reading.shm_file->inode : 0;
  next.rollback_header = !reading.wal_mode && reading.header.has_value();
  if (reading.header) {
    next.change_counter = reading.header->change_counter;
    next.schema_cookie = reading.header->schema_cookie;
  }
  // A reading that failed to get the wal-index tells nothing: compare with the last one that did.
  if (reading.wal_index || !reading.shm_file) next.wal_index = reading.wal_index;
  const bool unused = reading.wal_index && !reading.wal_index_in_use();
  next.wal_closed = reading.wal_mode && (!reading.shm_file || unused);
}

/// Drops everything that holds only as long as the file is there and is the same one.
void SqliteHistory::forget_state() {
  pins_ = {};
  write_ = {};
  locks_lost_alarm_ = sidecar_alarm_ = exclusive_alarm_ = truncated_alarm_ = {};
  posix_locks_lost = sidecar_missing = exclusive_mode = file_truncated = false;
  oldest_reader_s = write_lock_held_s = 0;
}

void SqliteHistory::observe_identity(const SqliteReading& reading) {
  if (!previous_) return;
  if (previous_->device == reading.file.device && previous_->inode == reading.file.inode) return;
  ++file_replaced;
  previous_.reset();  // nothing of the old file compares with the new one
  forget_state();
}

void SqliteHistory::count_transactions(const SqliteReading& reading) {
  if (!previous_) return;
  if (reading.wal_index) {
    const std::uint32_t change = reading.wal_index->change;
    const auto& old = previous_->wal_index;
    // Who first opens a wal-index that nobody uses throws it away, if perhaps not its inode.
    const bool opened_anew = previous_->wal_closed && reading.wal_index_in_use();
    const bool same_index = old && !opened_anew && previous_->shm_inode == reading.shm_file->inode;
    if (same_index && change >= old->change) {
      write_transactions += change - old->change;
    } else if (old || previous_->wal_closed || previous_->rollback_header) {
      write_transactions += change;  // recovered or made anew: it counts from 0 again
    }
    return;
  }
  if (!reading.wal_mode && reading.header && previous_->rollback_header) {
    // Unsigned, so that it is right across 2^32.
    write_transactions +=
        static_cast<std::uint32_t>(reading.header->change_counter - previous_->change_counter);
  }
}

void SqliteHistory::count_schema_changes(const SqliteReading& reading) {
  if (!previous_ || !previous_->schema_cookie || !reading.header) return;
  const std::uint32_t cookie = reading.header->schema_cookie;
  const std::uint32_t before = *previous_->schema_cookie;
  if (cookie > before) {
    schema_changes += cookie - before;
  } else if (cookie < before) {
    ++schema_changes;  // set by hand, or the file was restored in place
  }
}

void SqliteHistory::count_wal(const SqliteReading& reading, double unix_s) {
  wal_index_read_retries += reading.wal_index ? reading.wal_index->retries : 0;
  if (!reading.wal_index) return;
  const WalIndex& index = *reading.wal_index;
  bool full_checkpoint = index.backfilled_frames == index.frames;
  if (previous_) {
    const auto& old = previous_->wal_index;
    if (old && same_salts(*old, index)) {
      if (index.frames > old->frames) wal_frames_written += index.frames - old->frames;
      if (index.backfilled_frames > old->backfilled_frames) {
        wal_frames_backfilled += index.backfilled_frames - old->backfilled_frames;
      }
    } else if (old || previous_->wal_closed || previous_->rollback_header) {
      wal_frames_written += index.frames;
      wal_frames_backfilled += index.backfilled_frames;
      const bool same_index = old && previous_->shm_inode == reading.shm_file->inode;
      const std::uint32_t resets = same_index ? resets_between(*old, index) : 0;
      if (resets > 0) {
        wal_resets += resets;
        // A WAL is only ever reset when all of it has been copied.
        if (old->frames > old->backfilled_frames) {
          wal_frames_backfilled += old->frames - old->backfilled_frames;
        }
        full_checkpoint = true;
      }
    }
  }
  if (full_checkpoint) last_full_checkpoint_unix_s = unix_s;
}

void SqliteHistory::age_readers(const SqliteReading& reading, double monotonic_s) {
  oldest_reader_s = 0;
  if (!reading.wal_index || !reading.wal_index_locks) {
    if (!reading.shm_file) pins_ = {};
    return;
  }
  const WalIndex& index = *reading.wal_index;
  for (std::size_t slot = 0; slot < pins_.size(); ++slot) {
    ReaderPin& pin = pins_[slot];
    // What a checkpoint can copy up to: in slot 0, nothing more than what it has.
    const std::uint32_t mark = slot == 0 ? index.backfilled_frames : index.read_marks[slot];
    const bool held = reading.wal_index_locks->read[slot].mode == LockMode::kRead;
    const ReaderPin now{mark, index.salt1, index.salt2, monotonic_s, held && mark < index.frames};
    // New readers take the last frame's mark, and slot 0 only where all is copied. So who pins at
    // both readings, with the same mark, has done so all the time.
    const bool same = pin.pins && now.pins && pin.mark == now.mark && pin.salt1 == now.salt1 &&
                      pin.salt2 == now.salt2;
    if (!same) pin = now;
  }
  const int slot = pinning_slot(reading);
  if (slot >= 0) oldest_reader_s = monotonic_s - pins_[static_cast<std::size_t>(slot)].since_s;
}

void SqliteHistory::age_write(const SqliteReading& reading, double monotonic_s) {
  const KnownLock lock =
      lock_states(reading.locks, reading.wal_index_locks,
                  reading.wal_mode)[static_cast<std::size_t>(SqliteLock::kWrite)];
  // A commit between two readings means that this is another transaction.
  const std::uint32_t change = reading.wal_index ? reading.wal_index->change
                               : reading.header  ? reading.header->change_counter
                                                 : 0;
  // locking_mode=EXCLUSIVE keeps the lock between transactions and the change counter as it is: a
  // file written to without a journal that could be rolled back had a commit.
  const double modified_s =
      looks_exclusive(reading) && !journal_in_use(reading) ? reading.file.modified_s : 0;
  const OpenWrite now{lock.state.pid, change, modified_s, monotonic_s,
                      lock.known && lock.state.held()};
  const bool same = write_.held && now.held && write_.pid == now.pid &&
                    write_.change == now.change && write_.modified_s == now.modified_s;
  if (!same) write_ = now;
  write_lock_held_s = write_.held ? monotonic_s - write_.since_s : 0;
}

void SqliteHistory::sample(const SqliteLockStates& locks) {
  ++lock_samples;
  for (std::size_t lock = 0; lock < locks.size(); ++lock) {
    if (locks[lock].known && locks[lock].state.held()) ++lock_held_samples[lock];
  }
  const KnownLock& write = locks[static_cast<std::size_t>(SqliteLock::kWrite)];
  if (write.known && !write.state.held()) write_ = {};  // what is seen next is another transaction
  const double held = write.known && write.state.held() ? 1 : 0;
  recent_write_occupancy_ratio += (held - recent_write_occupancy_ratio) * kSampleWeight;
}

}  // namespace litewatch

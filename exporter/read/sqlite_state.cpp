#include "read/sqlite_state.h"

#include <algorithm>
#include <cstdio>

namespace litewatch {
namespace {

bool shared_is(const SqliteReading& reading, LockMode mode) {
  return reading.locks && reading.locks->shared.mode == mode;
}

bool dms_held(const SqliteReading& reading) {
  return reading.wal_index_locks && reading.wal_index_locks->dms.held();
}

bool failed(const SqliteReading& reading, SqliteOp op) {
  return reading.errors[static_cast<std::size_t>(op)].has_value();
}

bool wal_absent(const SqliteReading& reading) {
  return !reading.wal_file && !failed(reading, SqliteOp::kWal);
}

bool shm_absent(const SqliteReading& reading) {
  return !reading.shm_file && !failed(reading, SqliteOp::kWalIndex);
}

/// True where the write permissions that `file` grants are also granted by its sidecar.
bool sidecar_fits(const FileFacts& file, const std::optional<FileFacts>& sidecar) {
  if (!sidecar) return true;
  return sidecar->uid == file.uid && (file.mode & 0222 & ~sidecar->mode) == 0;
}

void put(SqliteLockStates& states, SqliteLock lock, const LockState& state) {
  states[static_cast<std::size_t>(lock)] = {true, state};
}

}  // namespace

std::string_view to_string(SqliteLock lock) {
  switch (lock) {
    case SqliteLock::kWrite:
      return "write";
    case SqliteLock::kCheckpoint:
      return "checkpoint";
    case SqliteLock::kRecover:
      return "recover";
    case SqliteLock::kRead0:
      return "read0";
    case SqliteLock::kShared:
      return "shared";
    case SqliteLock::kReserved:
      return "reserved";
    case SqliteLock::kPending:
      return "pending";
    case SqliteLock::kCount_:
      break;
  }
  return "";
}

SqliteLockStates lock_states(const std::optional<DatabaseLocks>& database,
                             const std::optional<WalIndexLocks>& wal_index, bool wal_mode) {
  SqliteLockStates states;
  if (database) {
    put(states, SqliteLock::kShared, database->shared);
    put(states, SqliteLock::kReserved, database->reserved);
    put(states, SqliteLock::kPending, database->pending);
    if (!wal_mode) put(states, SqliteLock::kWrite, database->reserved);
  }
  if (wal_index && wal_mode) {
    put(states, SqliteLock::kWrite, wal_index->write);
    put(states, SqliteLock::kCheckpoint, wal_index->checkpoint);
    put(states, SqliteLock::kRecover, wal_index->recover);
    put(states, SqliteLock::kRead0, wal_index->read[0]);
  }
  return states;
}

std::string_view journal_mode(const SqliteReading& reading) {
  if (reading.wal_mode) return "wal";
  return reading.header ? "rollback" : "";
}

bool locks_known(const SqliteReading& reading) { return reading.locks.has_value(); }

bool all_locks_known(const SqliteReading& reading) {
  return locks_known(reading) &&
         (!reading.wal_mode || reading.wal_index_locks || shm_absent(reading));
}

bool sidecars_known(const SqliteReading& reading) {
  const bool both_there = reading.wal_file && reading.shm_file;
  return !reading.wal_mode || both_there || wal_absent(reading) || shm_absent(reading);
}

bool journal_known(const SqliteReading& reading) { return !failed(reading, SqliteOp::kJournal); }

bool database_open(const SqliteReading& reading) {
  if (!reading.locks) return false;
  return reading.locks->shared.held() || reading.locks->reserved.held() ||
         reading.locks->pending.held() || dms_held(reading) || reading.unlocked_writer;
}

bool looks_locks_lost(const SqliteReading& reading) {
  const bool only_of_file = dms_held(reading) && shared_is(reading, LockMode::kNone);
  return reading.wal_mode && (only_of_file || reading.unlocked_writer);
}

bool looks_sidecar_missing(const SqliteReading& reading) {
  return reading.wal_mode && shared_is(reading, LockMode::kRead) &&
         (wal_absent(reading) || shm_absent(reading));
}

bool looks_exclusive(const SqliteReading& reading) { return shared_is(reading, LockMode::kWrite); }

bool looks_truncated(const SqliteReading& reading) {
  if (!reading.main_header || !reading.main_header->pages_valid() || hot_journal(reading)) {
    return false;
  }
  if (shared_is(reading, LockMode::kWrite)) return false;
  if (reading.shm_file && !reading.wal_index && database_open(reading)) return false;
  if (reading.wal_index_locks && reading.wal_index_locks->checkpoint.held()) return false;
  if (reading.wal_index &&
      reading.wal_index->backfill_attempted_frames != reading.wal_index->backfilled_frames) {
    return false;
  }
  const auto expected_bytes =
      static_cast<std::uint64_t>(reading.main_header->pages) * reading.main_header->page_size_bytes;
  return reading.file.size_bytes < expected_bytes;
}

bool recovery_pending(const SqliteReading& reading) {
  if (!reading.wal_mode || !reading.locks || database_open(reading)) return false;
  if (!reading.wal_file || reading.wal_file->size_bytes <= WalHeader::kSize) return false;
  if (wal_frames(reading) == 0) return false;  // no frame that recovery would find
  // SQLITE_FCNTL_PERSIST_WAL leaves a WAL behind on purpose; then all of it has been copied.
  const bool all_copied =
      reading.wal_index && reading.wal_index->backfilled_frames == reading.wal_index->frames;
  return !all_copied;
}

bool journal_in_use(const SqliteReading& reading) {
  return reading.journal_header && !reading.journal_header->first_byte_zero();
}

bool hot_journal(const SqliteReading& reading) {
  return journal_in_use(reading) && reading.file.size_bytes > 0 && reading.journal_stable &&
         !reading.super_journal_missing && reading.locks && !reading.locks->reserved.held() &&
         !reading.locks->pending.held() && !shared_is(reading, LockMode::kWrite);
}

bool misaligned(const SqliteReading& reading) {
  const std::uint32_t page_size_bytes = reading.page_size_bytes();
  return page_size_bytes != 0 && reading.file.size_bytes % page_size_bytes != 0;
}

bool checkpoint_interrupted(const SqliteReading& reading) {
  return reading.wal_index && reading.wal_index_locks && reading.wal_index_in_use() &&
         reading.wal_index->backfill_attempted_frames > reading.wal_index->backfilled_frames &&
         !reading.wal_index_locks->checkpoint.held();
}

bool sidecar_owner_mismatch(const SqliteReading& reading) {
  return reading.exists && !(sidecar_fits(reading.file, reading.wal_file) &&
                             sidecar_fits(reading.file, reading.shm_file) &&
                             sidecar_fits(reading.file, reading.journal_file));
}

bool wal_reset_bug(const SqliteReading& reading) {
  if (!reading.wal_mode || !reading.header) return false;
  const std::uint32_t version = reading.header->writer_version;
  const bool backported =
      (version >= 3044006 && version < 3045000) || (version >= 3050007 && version < 3051000);
  return version >= 3007000 && version <= 3051002 && !backported;
}

double modified_unix_s(const SqliteReading& reading) {
  return reading.wal_file ? std::max(reading.file.modified_s, reading.wal_file->modified_s)
                          : reading.file.modified_s;
}

std::optional<std::uint32_t> wal_frames(const SqliteReading& reading) {
  if (!reading.wal_mode) return std::nullopt;
  if (reading.wal_index_in_use() || reading.wal_extent) return reading.wal_frames();
  // Who has a wal-index open that we cannot read goes by it, whatever the WAL says for itself.
  const bool hidden = dms_held(reading) && failed(reading, SqliteOp::kWalIndex);
  if (hidden || failed(reading, SqliteOp::kWal)) return std::nullopt;
  return 0;
}

std::optional<std::uint64_t> wal_live_bytes(const SqliteReading& reading) {
  const auto frames = wal_frames(reading);
  if (!frames) return std::nullopt;
  return *frames == 0 ? 0 : wal_frame_offset(*frames + 1, reading.page_size_bytes());
}

std::optional<std::uint64_t> wal_checkpoint_lag_bytes(const SqliteReading& reading) {
  const auto all = wal_frames(reading);
  const bool hidden = !reading.wal_index && failed(reading, SqliteOp::kWalIndex);
  if (!all || (hidden && *all > 0)) return std::nullopt;
  const std::uint32_t backfilled =
      reading.wal_index_in_use() ? reading.wal_index->backfilled_frames : 0;
  const std::uint64_t frames = *all > backfilled ? *all - backfilled : 0;
  return frames * (reading.page_size_bytes() + WalFrame::kHeaderSize);
}

std::optional<unsigned> reader_slots_in_use(const SqliteReading& reading) {
  if (!reading.wal_mode || !all_locks_known(reading)) return std::nullopt;
  unsigned slots = 0;
  if (reading.wal_index_locks) {
    for (const LockState& lock : reading.wal_index_locks->read) slots += lock.held() ? 1 : 0;
  }
  return slots;
}

int pinning_slot(const SqliteReading& reading) {
  if (!reading.wal_index || !reading.wal_index_locks) return -1;
  const WalIndex& index = *reading.wal_index;
  const auto& locks = reading.wal_index_locks->read;
  // A reader in slot 0 reads the database file alone: nothing new may be copied into it.
  if (locks[0].mode == LockMode::kRead && index.backfilled_frames < index.frames) return 0;
  int oldest = -1;
  for (std::size_t slot = 1; slot < WalIndex::kReaders; ++slot) {
    // A write lock is a reader or checkpointer moving the mark, for a moment.
    if (locks[slot].mode != LockMode::kRead || index.read_marks[slot] >= index.frames) continue;
    const auto mark = [&](int s) { return index.read_marks[static_cast<std::size_t>(s)]; };
    if (oldest < 0 || index.read_marks[slot] < mark(oldest)) oldest = static_cast<int>(slot);
  }
  return oldest;
}

std::uint32_t pinned_frames(const SqliteReading& reading) {
  const int slot = pinning_slot(reading);
  if (slot < 0) return 0;
  const WalIndex& index = *reading.wal_index;
  const std::uint32_t safe =
      slot == 0 ? index.backfilled_frames : index.read_marks[static_cast<std::size_t>(slot)];
  return index.frames > safe ? index.frames - safe : 0;
}

std::string version_text(std::uint32_t version_number) {
  if (version_number == 0) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%u.%u.%u", version_number / 1000000,
                version_number / 1000 % 1000, version_number % 1000);
  return text;
}

}  // namespace litewatch

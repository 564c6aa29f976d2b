#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "read/sqlite_database.h"

namespace litewatch {

/// The locks as people know them, in the order of SqliteLockModes.
enum class SqliteLock : std::uint8_t {
  kWrite,  ///< a write transaction: WAL_WRITE_LOCK in WAL mode, RESERVED otherwise
  kCheckpoint,
  kRecover,
  kRead0,
  kShared,
  kReserved,
  kPending,
  kCount_,
};
inline constexpr std::size_t kSqliteLockCount = static_cast<std::size_t>(SqliteLock::kCount_);

/// The `lock` label's value.
std::string_view to_string(SqliteLock lock);

/// One lock: whether it could be asked for, and the answer.
struct KnownLock {
  bool known = false;
  LockState state;
};

/// Every lock by name. Unknown: the four of the wal-index where there is none, and all where locks
/// were not asked for.
using SqliteLockStates = std::array<KnownLock, kSqliteLockCount>;
SqliteLockStates lock_states(const std::optional<DatabaseLocks>& database,
                             const std::optional<WalIndexLocks>& wal_index, bool wal_mode);

/// The conclusions that one reading allows on its own; sqlite_history.h adds those that need
/// several. Each rule is a line of the table in https://www.sqlite.org/lockingv3.html or of wal.c's
/// invariants, told beside its function. A bool is false where the reading lacks what it needs: ask
/// the function that its comment names before you show it. A figure is nullopt there.

std::string_view journal_mode(const SqliteReading& reading);  ///< "wal", "rollback"; "" unknown
/// The locks on the database file could be asked for.
bool locks_known(const SqliteReading& reading);
/// And those on the wal-index, where there is one.
bool all_locks_known(const SqliteReading& reading);
/// Whether the WAL and the wal-index are there can be told.
bool sidecars_known(const SqliteReading& reading);
/// The rollback journal could be read, or there is none.
bool journal_known(const SqliteReading& reading);
/// A process has the database open: a lock is held on the file or on the wal-index, or a process is
/// seen to use the wal-index without one. locks_known().
bool database_open(const SqliteReading& reading);
/// The locks on the file or on the wal-index are gone although the wal-index is in use (close() of
/// any descriptor of a file within the app drops all of the app's locks on it). True for a moment
/// while an app opens or closes: confirm by a second look. all_locks_known().
bool looks_locks_lost(const SqliteReading& reading);
/// Open in WAL mode, but the WAL or the wal-index has no name any more. Confirm by a second look.
/// locks_known() and sidecars_known().
bool looks_sidecar_missing(const SqliteReading& reading);
/// Somebody holds the whole file. Confirm by a second look: committing does so for a moment.
bool looks_exclusive(const SqliteReading& reading);
/// Shorter than the main file's own header says, and no checkpoint or commit that would explain it.
/// Confirm by a second look.
bool looks_truncated(const SqliteReading& reading);
/// Frames wait in the WAL and nobody is seen to use it: its last user crashed (kill -9, power
/// loss), or it has lost all its locks and we may not look into it. locks_known().
bool recovery_pending(const SqliteReading& reading);
/// The rollback journal has a synced header: a transaction is under way, or its writer died in it.
/// journal_known().
bool journal_in_use(const SqliteReading& reading);
/// SQLite would roll the journal back before the next read (pager.c, hasHotJournal). locks_known()
/// and journal_known().
bool hot_journal(const SqliteReading& reading);
bool misaligned(const SqliteReading& reading);
/// A checkpoint was interrupted: it had attempted more frames than it noted, and nobody is at it.
bool checkpoint_interrupted(const SqliteReading& reading);
/// A sidecar belongs to another user than the database, or lacks write permissions that it has.
bool sidecar_owner_mismatch(const SqliteReading& reading);
/// The last writer has the WAL-reset bug: 3.7.0 to 3.51.2, but for 3.50.7 and 3.44.6 onwards in
/// their branches; only WAL mode is exposed.
bool wal_reset_bug(const SqliteReading& reading);

/// Unix time of the last write to the database file or its WAL.
double modified_unix_s(const SqliteReading& reading);

/// Valid frames in the WAL; nullopt where neither it nor a wal-index in use can be read, and
/// outside WAL mode.
std::optional<std::uint32_t> wal_frames(const SqliteReading& reading);
/// Bytes of valid frames, the WAL's header included; 0 where there are none.
std::optional<std::uint64_t> wal_live_bytes(const SqliteReading& reading);
/// Bytes of valid frames not yet copied into the database.
std::optional<std::uint64_t> wal_checkpoint_lag_bytes(const SqliteReading& reading);
/// Read marks held, 0 to 5.
std::optional<unsigned> reader_slots_in_use(const SqliteReading& reading);
/// The slot of the oldest reader that keeps a checkpoint from copying frames; -1 where none does.
int pinning_slot(const SqliteReading& reading);
/// Frames that no checkpoint can copy because of that reader.
std::uint32_t pinned_frames(const SqliteReading& reading);

/// 3040001 as "3.40.1"; "" for 0.
std::string version_text(std::uint32_t version_number);

}  // namespace litewatch

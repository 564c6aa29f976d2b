#include "read/sqlite_findings.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdarg>
#include <cstdio>

#include "base/parse.h"

namespace litewatch {
namespace {

using enum SqliteFinding;
using enum Severity;

constexpr std::array<SqliteFindingDesc, kSqliteFindingCount> kFindings = {{
    {kUnreadable, "unreadable", kCritical, "cannot be read",
     "Let litewatch run as the app's user or group, with the folder mounted and searchable."},
    {kMissing, "missing", kCritical, "missing",
     "Check the path in the configuration and that the volume is mounted. Deleted under a running "
     "app? Do not restart it before you have copied its open files from /proc/PID/fd."},
    {kWalIndexInconsistent, "wal_index_inconsistent", kCritical, "likely corruption",
     "Stop the app's writes now, copy the database, -wal and -shm together, run PRAGMA "
     "integrity_check on the copy, upgrade SQLite to 3.51.3, 3.50.7 or 3.44.6."},
    {kPosixLocksLost, "posix_locks_lost", kCritical, "locks lost",
     "Open no other connection to this file (no sqlite3 shell, no backup, no second app): it would "
     "delete the WAL or corrupt it. Stop the app, and start it once it has ended; then find the "
     "code in it that opens and closes the files itself."},
    {kSidecarMissing, "sidecar_missing", kCritical, "writes go to deleted files",
     "Do not restart yet: the app's commits live in deleted files. Copy them out through "
     "/proc/PID/fd of the app, or let the app back itself up; then restart it."},
    {kHeaderInvalid, "header_invalid", kCritical, "not a valid database",
     "Keep the file as it is, copy it, and restore the last good backup."},
    {kFileTruncated, "file_truncated", kCritical, "truncated",
     "Stop the app, copy the files, run PRAGMA integrity_check on the copy, restore a backup."},
    {kWriteLockStuck, "write_lock_stuck", kCritical, "a write transaction is stuck",
     "Find the process that holds the write lock (litetool inspect shows it) and end its "
     "transaction; all other writers get SQLITE_BUSY meanwhile. If it is meant to stay, raise "
     "objectives.write_lock_held."},
    {kSidecarOwnerMismatch, "sidecar_owner_mismatch", kCritical, "sidecars of another user",
     "Stop whatever opens the database as another user; chown -wal, -shm and -journal to the "
     "database's owner while the app is stopped."},
    {kFilesystemFull, "filesystem_full", kCritical, "disk nearly full",
     "Free space or grow the volume; a full disk fails every commit, and VACUUM needs up to twice "
     "the database's size."},
    {kRecoveryPending, "recovery_pending", kWarning, "waits for recovery",
     "See first whether a process has it open (as root, where the app runs: fuser -v FILE). If one "
     "has, its locks are lost: open no other connection; stop the app, and start it once it has "
     "ended. If none has, start the app: opening the database replays the WAL. Do not delete the "
     "-wal file."},
    {kHotJournal, "hot_journal", kWarning, "waits for rollback",
     "Start the app: opening the database rolls the unfinished transaction back. Do not delete the "
     "-journal file."},
    {kReaderPinsWal, "reader_pins_wal", kWarning, "a reader pins the WAL",
     "End the long read transaction (litetool inspect shows the process): until then the WAL only "
     "grows."},
    {kWalTooLarge, "wal_too_large", kWarning, "the WAL is large",
     "See whether a reader pins it or checkpoints are off; PRAGMA wal_checkpoint(TRUNCATE) in the "
     "app shrinks it."},
    {kCheckpointStalled, "checkpoint_stalled", kWarning, "checkpoints do not run",
     "Check that the app (or Litestream) checkpoints: PRAGMA wal_autocheckpoint should not be 0."},
    {kWriteLockSaturated, "write_lock_saturated", kWarning, "the write lock is saturated",
     "Shorten write transactions or batch them; waiting writers are about to get SQLITE_BUSY."},
    {kNoWrites, "no_writes", kWarning, "no writes",
     "Check the app: it may be wedged, or it writes to another file."},
    {kNetworkFilesystem, "network_filesystem", kWarning, "on a network file system",
     "Move the database to a local disk: WAL mode needs shared memory and locks that work."},
    {kHardLinked, "hard_linked", kWarning, "has several names",
     "Remove all but one hard link: each name gets its own WAL, and the two corrupt the file."},
    {kFileMisaligned, "file_misaligned", kWarning, "odd file size",
     "The size is not a multiple of the page size: copy the file and run PRAGMA integrity_check on "
     "the copy."},
    {kOverlayFilesystem, "overlay_filesystem", kWarning, "dies with its container",
     "Put the database on a volume: it lies on the container's writable layer."},
    {kPartlyUnreadable, "partly_unreadable", kNotice, "partly unreadable",
     "Let litewatch run as the app's user or group so that it can read -wal, -shm and -journal."},
    {kWalResetBug, "wal_reset_bug", kNotice, "exposed to the WAL-reset bug",
     "Upgrade the app's SQLite to 3.51.3, 3.50.7 or 3.44.6, or later."},
    {kCheckpointInterrupted, "checkpoint_interrupted", kNotice, "a checkpoint was interrupted",
     "The next checkpoint finishes it; if this stays, see whether the checkpointing process dies."},
    {kCorruptCopies, "corrupt_copies", kNotice, "has corrupt copies beside it",
     "An app set a corrupt database aside: find out when, then check backups from before."},
    {kFreelistLarge, "freelist_large", kNotice, "much free space inside",
     "VACUUM, or PRAGMA incremental_vacuum, gives it back to the file system."},
}};

consteval bool in_order() {
  for (std::size_t i = 0; i < kFindings.size(); ++i) {
    if (static_cast<std::size_t>(kFindings[i].finding) != i) return false;
  }
  return true;
}
static_assert(in_order(), "kFindings follows the order of SqliteFinding");

/// Below this no freelist is worth a word.
constexpr std::uint64_t kFreelistWorthMentioning_bytes = 1ull << 30;
/// Below this lag a checkpoint that has not run is SQLite's normal waiting for 1000 pages.
constexpr double kCheckpointStalledAfter_s = 900;

const std::optional<Error>* first_error(const SqliteReading& reading) {
  for (const auto& error : reading.errors) {
    if (error) return &error;
  }
  return nullptr;
}

double write_age_s(const SqliteSubject& subject) {
  return subject.now.unix_s - modified_unix_s(*subject.reading);
}

std::uint64_t freelist_bytes(const SqliteReading& reading) {
  return std::uint64_t{reading.header->freelist_pages} * reading.page_size_bytes();
}

/// Since when the last full checkpoint is overdue; only meaningful while there is a lag.
bool checkpoint_overdue(const SqliteSubject& subject) {
  const auto& last_unix_s = subject.history.last_full_checkpoint_unix_s;
  return !last_unix_s || subject.now.unix_s - *last_unix_s > kCheckpointStalledAfter_s;
}

void find_in_file(const SqliteSubject& subject, SqliteFindings& found) {
  const SqliteReading& reading = *subject.reading;
  if (reading.content == SqliteContent::kMalformed ||
      reading.content == SqliteContent::kNotADatabase) {
    found.add(kHeaderInvalid);
  }
  if (subject.history.file_truncated) found.add(kFileTruncated);
  if (misaligned(reading) && !subject.history.file_truncated) found.add(kFileMisaligned);
  if (sidecar_owner_mismatch(reading)) found.add(kSidecarOwnerMismatch);
  if (reading.file.links > 1) found.add(kHardLinked);
  if (subject.corrupt_copies > 0) found.add(kCorruptCopies);
  if (reading.filesystem) {
    if (reading.filesystem->network()) found.add(kNetworkFilesystem);
    if (reading.filesystem->overlay()) found.add(kOverlayFilesystem);
    if (reading.filesystem->avail_bytes < subject.objectives.filesystem_avail_bytes) {
      found.add(kFilesystemFull);
    }
  }
  if (reading.header && freelist_bytes(reading) > kFreelistWorthMentioning_bytes &&
      reading.header->freelist_pages >
          subject.objectives.freelist_ratio * static_cast<double>(reading.pages())) {
    found.add(kFreelistLarge);
  }
  if (subject.objectives.write_age_s && write_age_s(subject) > *subject.objectives.write_age_s) {
    found.add(kNoWrites);
  }
}

void find_in_wal_and_locks(const SqliteSubject& subject, SqliteFindings& found) {
  const SqliteReading& reading = *subject.reading;
  const SqliteHistory& history = subject.history;
  const SqliteObjectives& limits = subject.objectives;
  if (reading.wal_index && reading.wal_index->inconsistent) found.add(kWalIndexInconsistent);
  if (history.posix_locks_lost) found.add(kPosixLocksLost);
  if (history.sidecar_missing) found.add(kSidecarMissing);
  if (history.write_lock_held_s > limits.write_lock_held_s) found.add(kWriteLockStuck);
  if (recovery_pending(reading)) found.add(kRecoveryPending);
  if (hot_journal(reading)) found.add(kHotJournal);
  if (history.oldest_reader_s > limits.oldest_reader_s) found.add(kReaderPinsWal);
  if (wal_live_bytes(reading) > limits.wal_bytes) found.add(kWalTooLarge);
  if (wal_checkpoint_lag_bytes(reading) > limits.checkpoint_lag_bytes &&
      pinning_slot(reading) < 0 && checkpoint_overdue(subject)) {
    found.add(kCheckpointStalled);
  }
  if (history.recent_write_occupancy_ratio > limits.write_lock_occupancy_ratio) {
    found.add(kWriteLockSaturated);
  }
  if (wal_reset_bug(reading)) found.add(kWalResetBug);
  if (checkpoint_interrupted(reading)) found.add(kCheckpointInterrupted);
}

__attribute__((format(printf, 2, 3))) void write(std::string& out, const char* pattern, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, pattern);
  const int size = std::vsnprintf(text, sizeof text, pattern, arguments);
  va_end(arguments);
  out.assign(text,
             std::min<std::size_t>(size < 0 ? 0 : static_cast<std::size_t>(size), sizeof text - 1));
}

std::string bytes(std::uint64_t count) { return human_bytes(static_cast<double>(count)); }

void explain_pin(const SqliteSubject& subject, std::string& out) {
  const SqliteReading& reading = *subject.reading;
  const int slot = pinning_slot(reading);
  const pid_t pid =
      slot < 0 ? 0 : reading.wal_index_locks->read[static_cast<std::size_t>(slot)].pid;
  const std::string holder = pid > 0 ? "Process " + std::to_string(pid) : std::string("A process");
  write(out, "%s has read from one snapshot for at least %s; %u of %u WAL frames cannot be copied.",
        holder.c_str(), human_duration(subject.history.oldest_reader_s).c_str(),
        pinned_frames(reading), reading.wal_frames());
}

void explain_write(const SqliteSubject& subject, std::string& out) {
  const bool exclusive = subject.history.exclusive_mode && !subject.reading->wal_mode;
  const char* const pattern =
      exclusive ? "A connection has locked the database exclusively for at least %s: by a write "
                  "transaction, or by PRAGMA locking_mode=EXCLUSIVE. The limit is %s."
                : "One write transaction has been open for at least %s; the limit is %s.";
  write(out, pattern, human_duration(subject.history.write_lock_held_s).c_str(),
        human_duration(subject.objectives.write_lock_held_s).c_str());
}

void explain_recovery(const SqliteReading& reading, std::string& out) {
  constexpr char kNotClosed[] = "Nobody holds a lock on it, and its WAL was not closed";
  const auto frames = wal_frames(reading);
  if (frames) {
    write(out, "%s: %u %s.", kNotClosed, *frames, *frames == 1 ? "frame waits" : "frames wait");
  } else {
    write(out, "%s: how many frames wait in its %s cannot be read.", kNotClosed,
          bytes(reading.wal_file->size_bytes).c_str());
  }
}

}  // namespace

const SqliteFindingDesc& describe(SqliteFinding finding) {
  return kFindings[static_cast<std::size_t>(finding)];
}

SqliteFinding SqliteFindings::worst() const {
  return static_cast<SqliteFinding>(std::countr_zero(bits_));
}

SqliteFindings find(const SqliteSubject& subject) {
  SqliteFindings found;
  if (!subject.reading.ok()) {
    found.add(kUnreadable);
  } else if (!subject.reading->exists) {
    found.add(kMissing);
  } else {
    find_in_file(subject, found);
    find_in_wal_and_locks(subject, found);
    // A header that is no header says so itself.
    if (first_error(*subject.reading) != nullptr && !found.has(kHeaderInvalid)) {
      found.add(kPartlyUnreadable);
    }
  }
  return found;
}

bool is_healthy(SqliteFindings findings) {
  return findings.empty() || describe(findings.worst()).severity == Severity::kNotice;
}

void explain(SqliteFinding finding, const SqliteSubject& subject, std::string& out) {
  if (finding == kUnreadable) {
    out = subject.reading.error().message();
    return;
  }
  const SqliteReading& reading = *subject.reading;
  const SqliteHistory& history = subject.history;
  const SqliteObjectives& limits = subject.objectives;
  switch (finding) {
    case kMissing:
      out = "There is no such file.";
      break;
    case kWalIndexInconsistent:
      write(out, "The wal-index says %u frames are copied of %u there are, which SQLite forbids.",
            reading.wal_index->backfilled_frames, reading.wal_index->frames);
      break;
    case kPosixLocksLost:
      if (reading.unlocked_writer) {
        write(out, "Process %d uses the wal-index, but nobody holds a lock on it.",
              *reading.unlocked_writer);
      } else {
        out = "A process uses the wal-index but no longer holds its lock on the database file.";
      }
      break;
    case kSidecarMissing:
      write(out, "The database is open in WAL mode, but its %s no longer exists.",
            reading.wal_file ? "-shm file" : "-wal file");
      break;
    case kHeaderInvalid:
      out = reading.content == SqliteContent::kMalformed
                ? "The header is damaged although it starts like a database."
                : "The file does not start with \"SQLite format 3\".";
      break;
    case kFileTruncated:
      write(out, "The file has %s, its header says %s.", bytes(reading.file.size_bytes).c_str(),
            bytes(std::uint64_t{reading.main_header->pages} * reading.page_size_bytes()).c_str());
      break;
    case kWriteLockStuck:
      explain_write(subject, out);
      break;
    case kSidecarOwnerMismatch:
      write(out, "The database belongs to uid %u, but a file beside it does not, or is read-only.",
            reading.file.uid);
      break;
    case kFilesystemFull:
      write(out, "%s are left; the limit is %s.", bytes(reading.filesystem->avail_bytes).c_str(),
            bytes(limits.filesystem_avail_bytes).c_str());
      break;
    case kRecoveryPending:
      explain_recovery(reading, out);
      break;
    case kHotJournal:
      write(out, "A writer died within a transaction; its journal of %s waits.",
            bytes(reading.journal_file ? reading.journal_file->size_bytes : 0).c_str());
      break;
    case kReaderPinsWal:
      explain_pin(subject, out);
      break;
    case kWalTooLarge:
      write(out, "The WAL holds %s of frames; the limit is %s.",
            bytes(*wal_live_bytes(reading)).c_str(), bytes(limits.wal_bytes).c_str());
      break;
    case kCheckpointStalled:
      write(out,
            "%s of WAL frames are not copied into the database, and no reader stands in the way.",
            bytes(*wal_checkpoint_lag_bytes(reading)).c_str());
      break;
    case kWriteLockSaturated:
      write(out, "A write transaction is open %.0f %% of the time; the limit is %.0f %%.",
            history.recent_write_occupancy_ratio * 100, limits.write_lock_occupancy_ratio * 100);
      break;
    case kNoWrites:
      write(out, "The last write was %s ago; the limit is %s.",
            human_duration(write_age_s(subject)).c_str(),
            human_duration(*limits.write_age_s).c_str());
      break;
    case kNetworkFilesystem:
      write(out, "It lies on %s.", filesystem_name(reading.filesystem->magic).data());
      break;
    case kHardLinked:
      write(out, "The file has %llu names.", static_cast<unsigned long long>(reading.file.links));
      break;
    case kFileMisaligned:
      write(out, "The size, %llu bytes, is not a multiple of the page size, %u.",
            static_cast<unsigned long long>(reading.file.size_bytes), reading.page_size_bytes());
      break;
    case kOverlayFilesystem:
      out = "It lies on a container's writable layer (overlay).";
      break;
    case kWalResetBug:
      write(out, "It was last written by SQLite %s, in WAL mode.",
            version_text(reading.header->writer_version).c_str());
      break;
    case kCheckpointInterrupted:
      write(out, "A checkpoint began to copy %u frames and noted %u.",
            reading.wal_index->backfill_attempted_frames, reading.wal_index->backfilled_frames);
      break;
    case kCorruptCopies:
      write(out, "%llu files beside it are named like it with .corrupt appended.",
            static_cast<unsigned long long>(subject.corrupt_copies));
      break;
    case kFreelistLarge:
      write(out, "%u of %llu pages are free (%s).", reading.header->freelist_pages,
            static_cast<unsigned long long>(reading.pages()),
            bytes(freelist_bytes(reading)).c_str());
      break;
    case kPartlyUnreadable:
      out = (*first_error(reading))->message();
      break;
    case kUnreadable:
    case kCount_:
      break;
  }
}

std::string_view next_step(SqliteFinding finding, const SqliteSubject& subject) {
  const bool no_file = finding == kUnreadable && !subject.reading.ok() &&
                       subject.reading.error().kind == ErrorKind::kUnsupported;
  if (no_file)
    return "Name the database file itself, or search the folder: discovery: in the configuration.";
  return describe(finding).next;
}

}  // namespace litewatch

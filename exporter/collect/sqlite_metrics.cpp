#include "collect/sqlite_metrics.h"

#include <charconv>
#include <limits>
#include <optional>
#include <string>

namespace litewatch {
namespace {

/// Sets metrics of one database, so that each line says only what is its own.
class DatabaseSink {
 public:
  DatabaseSink(const SqliteLabels& labels, SeriesTable& sink) : labels_(labels), sink_(sink) {}

  void set(Metric metric, double value) { sink_.set(metric, {labels_.app, labels_.db}, value); }
  void set(Metric metric, std::string_view third, double value) {
    sink_.set(metric, {labels_.app, labels_.db, third}, value);
  }
  template <class Integer>
  void count(Metric metric, Integer value) {
    set(metric, static_cast<double>(value));
  }
  template <class Integer>
  void count_known(Metric metric, const std::optional<Integer>& value) {
    if (value) count(metric, *value);
  }

 private:
  const SqliteLabels& labels_;
  SeriesTable& sink_;
};

/// A small number as text without a heap allocation.
class NumberText {
 public:
  explicit NumberText(std::uint64_t number) {
    end_ = std::to_chars(text_, text_ + sizeof text_, number).ptr;
  }
  operator std::string_view() const { return {text_, static_cast<std::size_t>(end_ - text_)}; }

 private:
  char text_[20];
  char* end_;
};

void set_info(const SqliteLabels& labels, const SqlitePaths& paths, const SqliteReading& reading,
              SeriesTable& sink) {
  const auto& header = reading.header;
  const NumberText page_size(reading.page_size_bytes());
  sink.set(
      Metric::kSqliteDatabaseInfo,
      {labels.app, labels.db, paths.database, journal_mode(reading),
       header ? header->encoding() : "", header ? header->auto_vacuum() : "",
       reading.page_size_bytes() != 0 ? std::string_view(page_size) : "",
       reading.filesystem ? filesystem_name(reading.filesystem->magic) : "",
       header ? version_text(header->writer_version) : "", reading.litestream ? "litestream" : ""},
      1);
}

void set_file(const SqliteReading& reading, const SqliteSubject& subject, DatabaseSink& db) {
  using enum Metric;
  db.count(kSqliteDatabaseSizeBytes, reading.file.size_bytes);
  db.count(kSqliteDatabaseAllocatedBytes, reading.file.allocated_bytes);
  db.set(kSqliteDatabaseModifiedTimestampSeconds, modified_unix_s(reading));
  db.count(kSqliteJournalSizeBytes, reading.journal_file ? reading.journal_file->size_bytes : 0);
  db.count(kSqliteFileHardLinks, reading.file.links);
  db.set(kSqliteSidecarOwnerMismatch, sidecar_owner_mismatch(reading));
  db.count(kSqliteCorruptCopies, subject.corrupt_copies);
  const bool encrypted = reading.content == SqliteContent::kEncrypted;
  const bool valid =
      reading.content == SqliteContent::kDatabase || reading.content == SqliteContent::kEmpty;
  db.set(kSqliteEncrypted, encrypted);
  if (!encrypted) db.set(kSqliteHeaderValid, valid);
  if (reading.filesystem) {
    const Filesystem& filesystem = *reading.filesystem;
    db.count(kSqliteFilesystemAvailBytes, filesystem.avail_bytes);
    if (filesystem.counts_files) db.count(kSqliteFilesystemFilesFree, filesystem.files_free);
    db.set(kSqliteNetworkFilesystem, filesystem.network());
    db.set(kSqliteOverlayFilesystem, filesystem.overlay());
  }
}

void set_header(const SqliteReading& reading, const SqliteHistory& history, DatabaseSink& db) {
  using enum Metric;
  if (!reading.header) return;
  const SqliteHeader& header = *reading.header;
  db.count(kSqliteDatabasePages, reading.pages());
  db.count(kSqlitePageSizeBytes, header.page_size_bytes);
  db.count(kSqliteFreelistPages, header.freelist_pages);
  db.count(kSqliteWriteTransactionsTotal, history.write_transactions);
  db.count(kSqliteSchemaChangesTotal, history.schema_changes);
  db.count(kSqliteSchemaCookie, header.schema_cookie);
  db.count(kSqliteUserVersion, header.user_version);
  db.count(kSqliteApplicationId, header.application_id);
  db.count(kSqliteWriterVersionNumber, header.writer_version);
  db.set(kSqliteVersionVulnerable, "wal_reset", wal_reset_bug(reading));
  db.set(kSqliteFileTruncated, history.file_truncated);
  db.set(kSqliteFileMisaligned, misaligned(reading));
}

void set_wal(const SqliteReading& reading, const SqliteHistory& history, DatabaseSink& db) {
  using enum Metric;
  if (!reading.wal_mode) return;
  db.count(kSqliteWalSizeBytes, reading.wal_file ? reading.wal_file->size_bytes : 0);
  if (history.last_full_checkpoint_unix_s) {
    db.set(kSqliteWalLastFullCheckpointTimestampSeconds, *history.last_full_checkpoint_unix_s);
  }
  db.count(kSqliteWalFramesWrittenTotal, history.wal_frames_written);
  db.count(kSqliteWalFramesBackfilledTotal, history.wal_frames_backfilled);
  db.count(kSqliteWalResetsTotal, history.wal_resets);
  db.count(kSqliteWalIndexReadRetriesTotal, history.wal_index_read_retries);
  // A wal-index that nobody has open still shows what went wrong before.
  if (reading.wal_index) db.set(kSqliteWalIndexInconsistent, reading.wal_index->inconsistent);
  db.count_known(kSqliteWalFrames, wal_frames(reading));
  db.count_known(kSqliteWalLiveBytes, wal_live_bytes(reading));
  db.count_known(kSqliteWalCheckpointLagBytes, wal_checkpoint_lag_bytes(reading));
  if (!reading.wal_index_in_use()) return;
  db.count(kSqliteWalBackfilledFrames, reading.wal_index->backfilled_frames);
  if (!reading.wal_index_locks) return;
  db.set(kSqliteWalCheckpointInterrupted, checkpoint_interrupted(reading));
  db.count_known(kSqliteWalReaderSlotsInUse, reader_slots_in_use(reading));
  db.count(kSqliteWalPinnedFrames, pinned_frames(reading));
  db.set(kSqliteWalOldestReaderSeconds, history.oldest_reader_s);
}

void set_locks(const SqliteReading& reading, const SqliteHistory& history, DatabaseSink& db) {
  using enum Metric;
  if (!locks_known(reading)) return;
  db.set(kSqliteDatabaseOpen, database_open(reading));
  db.set(kSqliteExclusiveMode, history.exclusive_mode);
  if (sidecars_known(reading)) db.set(kSqliteSidecarMissing, history.sidecar_missing);
  db.set(kSqliteRecoveryPending, recovery_pending(reading));
  if (journal_known(reading)) db.set(kSqliteHotJournal, hot_journal(reading));
  const bool all_known = all_locks_known(reading);
  if (all_known) {
    db.set(kSqlitePosixLocksLost, history.posix_locks_lost);
    db.set(kSqliteWriteLockHeldSeconds, history.write_lock_held_s);
  }
  db.count(kSqliteLockSamplesTotal, history.lock_samples);
  const SqliteLockStates states =
      lock_states(reading.locks, reading.wal_index_locks, reading.wal_mode);
  for (std::size_t i = 0; i < kSqliteLockCount; ++i) {
    const auto name = to_string(static_cast<SqliteLock>(i));
    if (states[i].known) db.set(kSqliteLockHeld, name, states[i].state.held());
    if (states[i].known || all_known) {
      db.set(kSqliteLockHeldSamplesTotal, name, static_cast<double>(history.lock_held_samples[i]));
    }
  }
}

Health health_of(SqliteFindings findings) {
  if (findings.empty()) return Health::kOk;
  switch (describe(findings.worst()).severity) {
    case Severity::kNotice:
      return Health::kNotice;
    case Severity::kWarning:
      return Health::kWarning;
    case Severity::kCritical:
      return Health::kCritical;
  }
  return Health::kUnknown;
}

}  // namespace

void set_sqlite_metrics(const SqliteLabels& labels, const SqlitePaths& paths,
                        const SqliteSubject& subject, SeriesTable& sink) {
  DatabaseSink db(labels, sink);
  const SqliteHistory& history = subject.history;
  for (std::size_t op = 0; op < history.read_errors.size(); ++op) {
    db.set(Metric::kSqliteReadErrorsTotal, to_string(static_cast<SqliteOp>(op)),
           static_cast<double>(history.read_errors[op]));
  }
  db.count(Metric::kSqliteFileReplacedTotal, history.file_replaced);
  if (history.last_read_unix_s) {
    db.set(Metric::kSqliteLastReadTimestampSeconds, *history.last_read_unix_s);
  }
  if (!subject.reading.ok() || !subject.reading->exists) return;
  const SqliteReading& reading = *subject.reading;
  set_info(labels, paths, reading, sink);
  set_file(reading, subject, db);
  set_header(reading, history, db);
  set_wal(reading, history, db);
  set_locks(reading, history, db);
}

void set_sqlite_objectives(const SqliteLabels& labels, const SqliteObjectives& objectives,
                           SeriesTable& sink) {
  using enum Metric;
  DatabaseSink db(labels, sink);
  db.count(kSqliteWalLimitBytes, objectives.wal_bytes);
  db.count(kSqliteWalCheckpointLagLimitBytes, objectives.checkpoint_lag_bytes);
  db.set(kSqliteWalOldestReaderLimitSeconds, objectives.oldest_reader_s);
  db.set(kSqliteWriteLockHeldLimitSeconds, objectives.write_lock_held_s);
  db.set(kSqliteWriteLockOccupancyLimitRatio, objectives.write_lock_occupancy_ratio);
  db.set(kSqliteFreelistLimitRatio, objectives.freelist_ratio);
  db.count(kSqliteFilesystemAvailLimitBytes, objectives.filesystem_avail_bytes);
  if (objectives.write_age_s) db.set(kSqliteWriteAgeLimitSeconds, *objectives.write_age_s);
}

void write_status(const SqliteLabels& labels, const SqlitePaths& paths,
                  const SqliteSubject& subject, SqliteFindings findings, StatusRow& row) {
  row.kind = "database";
  row.app = labels.app;
  row.name = labels.db;
  row.detail = paths.database;
  row.health = health_of(findings);
  row.state = findings.empty() ? "healthy" : describe(findings.worst()).state;
  row.why.clear();
  row.next.clear();
  if (!findings.empty()) {
    explain(findings.worst(), subject, row.why);
    row.next = next_step(findings.worst(), subject);
  }
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const SqliteReading* reading =
      subject.reading.ok() && subject.reading->exists ? &*subject.reading : nullptr;
  const auto known = [&](auto of) {
    const auto figure = reading ? of(*reading) : decltype(of(*reading))();
    return figure ? static_cast<double>(*figure) : kNone;
  };
  row.cells = {{
      {"size", CellKind::kBytes, reading ? static_cast<double>(reading->file.size_bytes) : kNone},
      {"WAL", CellKind::kBytes, known(wal_live_bytes)},
      {"checkpoint lag", CellKind::kBytes, known(wal_checkpoint_lag_bytes)},
      {"readers", CellKind::kNumber, known(reader_slots_in_use)},
      {"oldest reader", CellKind::kDurationSeconds,
       reading && pinning_slot(*reading) >= 0 ? subject.history.oldest_reader_s : kNone},
      {"last write", CellKind::kPastTimestampSeconds, reading ? modified_unix_s(*reading) : kNone},
  }};
  row.cell_count = 6;
}

}  // namespace litewatch

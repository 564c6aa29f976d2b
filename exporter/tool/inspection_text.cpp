#include "base/parse.h"
#include "read/process.h"
#include "tool/inspection.h"
#include "tool/report.h"

namespace litewatch {
namespace {

const char* style_of(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
      return "1;31";
    case Severity::kWarning:
      return "1;33";
    case Severity::kNotice:
      return "1;36";
  }
  return "1";
}

const char* word_of(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
      return "CRITICAL";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kNotice:
      return "NOTICE";
  }
  return "";
}

std::string bytes(std::uint64_t count) { return human_bytes(static_cast<double>(count)); }

std::string since(double age_s) { return "at least " + human_duration(age_s); }

/// A command line that fits beside the other columns.
std::string shorten(const std::string& command) {
  constexpr std::size_t kLongest = 58;
  return command.size() <= kLongest ? command : command.substr(0, kLongest - 3) + "...";
}

/// Whether the lock is seen to be held.
bool held(const SqliteReading& reading, SqliteLock lock) {
  const auto states = lock_states(reading.locks, reading.wal_index_locks, reading.wal_mode);
  return states[static_cast<std::size_t>(lock)].state.held();
}

/// What the database is doing, in one sentence.
std::string activity(const SqliteReading& reading) {
  if (!locks_known(reading)) {
    return reading.errors[static_cast<std::size_t>(SqliteOp::kLocks)]
               ? "its locks cannot be asked for"
               : "locks are not asked for on a network file system";
  }
  if (reading.unlocked_writer) return "open, but without locks";
  if (!database_open(reading)) return "nobody holds a lock on it";
  if (looks_exclusive(reading)) return "held exclusively";
  if (held(reading, SqliteLock::kRecover)) return "recovering its WAL";
  if (held(reading, SqliteLock::kCheckpoint)) return "a checkpoint is running";
  if (held(reading, SqliteLock::kWrite)) return "a write transaction is open";
  if (!all_locks_known(reading)) return "open; whether a write transaction is open cannot be seen";
  return "open, no write transaction at the moment";
}

void add_head(const Inspection& inspection, Report& report) {
  const SqliteFindings findings = inspection.findings();
  const SqliteReading& reading = inspection.reading();
  const bool pinned = pinning_slot(reading) >= 0;
  // What is well for a moment, and not for long: one look cannot tell which.
  const bool lasting = inspection.healthy() && (pinned || held(reading, SqliteLock::kWrite));
  const std::string healthy = report.paint("1;32", lasting ? "healthy at this moment" : "healthy");
  std::string state = healthy;
  if (!findings.empty()) {
    const SqliteFindingDesc& worst = describe(findings.worst());
    state = report.paint(style_of(worst.severity), std::string(worst.state));
    if (inspection.healthy()) state = healthy + ", but " + state;
  }
  report.line("%s: %s", inspection.paths().database.c_str(), state.c_str());
  report.line("%s%s", activity(reading).c_str(), pinned ? "; a reader pins the WAL" : "");
  if (lasting) report.line("for how long: --watch tells, and litewatch's page");
}

void add_findings(const Inspection& inspection, Report& report) {
  if (inspection.findings().empty()) return;
  report.title("What is wrong, and what to do next");
  for (std::size_t i = 0; i < kSqliteFindingCount; ++i) {
    const auto finding = static_cast<SqliteFinding>(i);
    if (!inspection.findings().has(finding)) continue;
    const SqliteFindingDesc& row = describe(finding);
    std::string why;
    explain(finding, inspection.subject(), why);
    report.line("  %s %s", report.paint(style_of(row.severity), word_of(row.severity)).c_str(),
                std::string(row.state).c_str());
    report.paragraph("    ", why);
    report.paragraph("    -> ", next_step(finding, inspection.subject()));
  }
}

void add_pin(const Inspection& inspection, const std::string& procfs, Report& report) {
  const SqliteReading& reading = inspection.reading();
  const int slot = pinning_slot(reading);
  if (slot < 0) return;
  report.title("What pins the WAL");
  const std::string name = "read " + std::to_string(slot);
  report.line("  a reader in slot %d; %u of %u frames cannot be copied into the database", slot,
              pinned_frames(reading), reading.wal_frames());
  report.line("  since %s ago (as long as this command has watched: --watch goes on)",
              since(inspection.history().oldest_reader_s).c_str());
  for (const HeldLock& lock : inspection.locks()) {
    if (lock.name != name || lock.pid <= 0) continue;
    const auto age_s = process_age_s(procfs, lock.pid);
    report.line("  held by pid %d%s  %s", lock.pid,
                age_s ? (", running for " + human_duration(*age_s)).c_str() : "",
                lock.command.c_str());
  }
}

void add_locks(const Inspection& inspection, const std::string& procfs, Report& report) {
  report.title("Who holds which lock");
  const SqliteReading& reading = inspection.reading();
  if (!locks_known(reading)) {
    report.line("  unknown");
  } else if (!all_locks_known(reading)) {
    report.line("  those on the -shm file are unknown");
  } else if (inspection.locks().empty()) {
    report.line("  nobody holds a lock");
  }
  if (const auto writer = reading.unlocked_writer) {
    report.line("  pid %d has the -shm file open without a lock  %s", *writer,
                shorten(read_command(procfs, *writer)).c_str());
  }
  for (const HeldLock& lock : inspection.locks()) {
    const std::string pid = lock.pid > 0    ? "pid " + std::to_string(lock.pid)
                            : lock.pid == 0 ? "in another PID namespace"
                                            : "an open-file-description lock";
    report.line("  %-15s %-6s %-11s %s", lock.name.c_str(),
                lock.mode == LockMode::kWrite ? "write" : "read", pid.c_str(),
                shorten(lock.command).c_str());
  }
  if (inspection.history().write_lock_held_s > 0) {
    report.line("  the write transaction has been open for %s",
                since(inspection.history().write_lock_held_s).c_str());
  }
}

void add_wal(const SqliteReading& reading, Report& report) {
  if (!reading.wal_mode) return;
  const auto frames = wal_frames(reading);
  const auto lag_bytes = wal_checkpoint_lag_bytes(reading);
  const auto readers = reader_slots_in_use(reading);
  const std::string live =
      frames ? bytes(*wal_live_bytes(reading)) + " live in " + counted(*frames, "frame")
             : "unknown how much is live";
  report.line("  WAL           %s, the file has %s", live.c_str(),
              bytes(reading.wal_file ? reading.wal_file->size_bytes : 0).c_str());
  const std::string lag = lag_bytes ? bytes(*lag_bytes) : "unknown how much is";
  const std::string slots = readers ? counted(*readers, "reader slot") + " in use"
                                    : "unknown how many reader slots are in use";
  report.line("  checkpoint    %s not yet copied into the database; %s", lag.c_str(),
              slots.c_str());
}

void add_figures(const SqliteReading& reading, double unix_now_s, Report& report) {
  report.title("Figures");
  report.line("  size          %s%s", bytes(reading.file.size_bytes).c_str(),
              reading.litestream ? ", replicated by Litestream" : "");
  if (reading.content == SqliteContent::kEmpty) {
    report.line("  content       none: nobody has written to it yet");
  } else if (reading.content == SqliteContent::kEncrypted) {
    report.line("  content       looks encrypted; whether it is sound cannot be seen");
  }
  if (reading.header) {
    const SqliteHeader& header = *reading.header;
    report.line("  pages         %llu of %u bytes, %u free",
                static_cast<unsigned long long>(reading.pages()), header.page_size_bytes,
                header.freelist_pages);
    report.line("  journal mode  %s; last written by SQLite %s",
                std::string(journal_mode(reading)).c_str(),
                version_text(header.writer_version).c_str());
    report.line("  schema        cookie %u, user_version %d", header.schema_cookie,
                header.user_version);
  }
  add_wal(reading, report);
  report.line("  last write    %s ago",
              human_duration(unix_now_s - modified_unix_s(reading)).c_str());
  if (reading.filesystem) {
    report.line("  space left    %s on %s", bytes(reading.filesystem->avail_bytes).c_str(),
                std::string(filesystem_name(reading.filesystem->magic)).c_str());
  }
}

void add_unreadable(const Inspection& inspection, Report& report) {
  const SqliteFindingDesc& row = describe(inspection.findings().worst());
  std::string why;
  explain(row.finding, inspection.subject(), why);
  report.line("%s: %s", inspection.paths().database.c_str(),
              report.paint(style_of(row.severity), std::string(row.state)).c_str());
  report.paragraph("  ", why);
  report.paragraph("  -> ", next_step(row.finding, inspection.subject()));
}

}  // namespace

std::string to_text(const Inspection& inspection, const std::string& procfs, bool color) {
  Report report(color);
  if (!inspection.readable()) {
    add_unreadable(inspection, report);
    return report.take();
  }
  add_head(inspection, report);
  add_findings(inspection, report);
  add_pin(inspection, procfs, report);
  add_locks(inspection, procfs, report);
  add_figures(inspection.reading(), inspection.subject().now.unix_s, report);
  return report.take();
}

}  // namespace litewatch

#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/objectives.h"
#include "read/proc_locks.h"
#include "read/sqlite_findings.h"

namespace litewatch {

/// A lock that is held, and by whom as far as it can be seen.
struct HeldLock {
  std::string name;  ///< "write", "shared", "read 2", ...
  LockMode mode = LockMode::kNone;
  pid_t pid = 0;        ///< 0: not visible from here; -1: an open-file-description lock
  std::string command;  ///< empty: not visible
};

/// Several looks at one database, for `litetool inspect`. Not thread-safe.
class Inspection {
 public:
  Inspection(std::string real_path, std::string procfs);

  void look();

  /// The database could be read.
  bool readable() const { return reading_.ok() && reading_->exists; }
  /// Nothing worse than a notice was found.
  bool healthy() const;

  const SqlitePaths& paths() const { return paths_; }
  const SqliteHistory& history() const { return history_; }
  const std::vector<HeldLock>& locks() const { return locks_; }
  SqliteFindings findings() const { return findings_; }
  double watched_s() const { return last_look_.monotonic_s - first_look_.monotonic_s; }

  /// REQUIRES: readable().
  const SqliteReading& reading() const { return *reading_; }
  /// Everything at the last look, for find() and explain().
  SqliteSubject subject() const;

 private:
  void list_locks();
  void list_locks_of(const FileFacts& file, std::uint64_t first_byte, std::uint64_t last_byte,
                     const std::string& name, const LockState& asked,
                     const std::vector<ProcLock>& all);

  const SqlitePaths paths_;
  const std::string procfs_;
  const SqliteObjectives objectives_;
  Result<SqliteReading> reading_{SqliteReading{}};
  SqliteHistory history_;
  SqliteFindings findings_;
  std::vector<HeldLock> locks_;
  Moment first_look_;
  Moment last_look_;
};

/// The report as a person under pressure reads it: the state first, the cause next, the figures
/// last.
std::string to_text(const Inspection& inspection, const std::string& procfs, bool color);

/// The same as one JSON object and a line feed.
std::string to_json(const Inspection& inspection);

}  // namespace litewatch

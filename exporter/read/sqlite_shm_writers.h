#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "read/sqlite_database.h"

namespace litewatch {

/// Which processes have a -shm file open for writing, as /proc/PID/fd tells: of the processes that
/// it lists and that we may look into (the same user and dumpable, or CAP_SYS_PTRACE). That none is
/// found proves nothing. It looks through /proc once, at the first question: make one for a round.
/// Not thread-safe.
class SqliteShmWriters {
 public:
  explicit SqliteShmWriters(std::string procfs) : procfs_(std::move(procfs)) {}

  /// One of the processes that have `file`, which lies at `path`, open for writing.
  std::optional<pid_t> find(const std::string& path, const FileFacts& file);

 private:
  struct Descriptor {
    pid_t pid = 0;
    std::string number;
    std::string name;  ///< the file's, without its folder
  };

  void look_through_procfs();
  void look_through_process(int procfs, const char* pid);

  const std::string procfs_;
  bool looked_ = false;
  std::vector<Descriptor> descriptors_;
};

/// Sets `reading.unlocked_writer`. SQLite locks a wal-index as soon as it has opened it, until it
/// closes it: who has one open for writing while nobody holds a lock on it has lost its locks.
void look_for_unlocked_writer(const SqlitePaths& paths, SqliteShmWriters& writers,
                              SqliteReading& reading);

}  // namespace litewatch

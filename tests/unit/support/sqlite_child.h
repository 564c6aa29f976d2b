#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace litewatch {

/// A child process with SQLite in it: the app that a test watches. The commands are listed at the
/// top of tests/sqlite_child/sqlite_child.cpp.
///
/// Tests never use libsqlite in their own process: opening and closing a database file raw, as
/// litewatch does, drops the locks that the same process holds on it.
class SqliteChild {
 public:
  SqliteChild();
  /// Kills the process if it still runs, and reaps it.
  ~SqliteChild();
  SqliteChild(const SqliteChild&) = delete;
  SqliteChild& operator=(const SqliteChild&) = delete;

  /// Sends one line and returns its answer: "ok", "row ...", "err CODE text". Throws
  /// std::runtime_error where there is none within 30 s, or where the child is gone.
  std::string send(std::string_view line);

  /// send(), where anything but "ok" or a row throws. Returns the row without its "row ".
  std::string must(std::string_view line);

  /// SIGKILL, as a crash or the OOM killer would; returns when the process is gone.
  void kill9();

  /// Closes its standard input, so that it closes its connections and exits; waits for that.
  void quit();

  pid_t pid() const { return pid_; }

 private:
  void spawn(int child_in, int child_out);
  void reap();

  pid_t pid_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string buffer_;
};

}  // namespace litewatch

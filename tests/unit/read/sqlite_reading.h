#pragma once

#include <optional>
#include <string>

#include "catch.h"
#include "read/sqlite_database.h"
#include "sqlite_bytes.h"
#include "support/sqlite_child.h"
#include "support/temp_dir.h"

namespace litewatch {

/// A reading that must succeed.
inline SqliteReading read_database(const std::string& path) {
  const auto reading = read_sqlite_database(SqlitePaths(path), SqliteReadOptions());
  if (!reading.ok()) FAIL(reading.error().message());
  return *reading;
}

inline const std::optional<Error>& error_of(const SqliteReading& reading, SqliteOp op) {
  return reading.errors[static_cast<std::size_t>(op)];
}

inline bool failed(const SqliteReading& reading) {
  for (const auto& error : reading.errors) {
    if (error) return true;
  }
  return false;
}

/// An app with one database open. Commits do not wait for the disk.
struct WatchedApp {
  TempDir folder;
  std::string path = folder.file("app.db");
  SqliteChild child;

  explicit WatchedApp(const std::string& sql) {
    child.must("open " + path);
    exec("PRAGMA synchronous=OFF; " + sql);
  }
  void exec(const std::string& sql) { child.must("exec " + sql); }
  SqliteReading read() const { return read_database(path); }
};

}  // namespace litewatch

// A scrape of ten thousand databases must not be ten thousand times malloc: reading a healthy one
// allocates nothing. This file counts every operator new of the test program.
#include <cstdlib>

#include "catch.h"
#include "read/sqlite_database.h"
#include "support/count_allocations.h"
#include "support/sqlite_child.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

std::size_t allocations_of_reading(const SqlitePaths& paths) {
  const std::size_t before = allocations;
  const auto reading = read_sqlite_database(paths, SqliteReadOptions());
  const auto locks = read_sqlite_locks(paths);
  const std::size_t count = allocations - before;
  REQUIRE(reading.ok());
  REQUIRE(reading->header.has_value());
  REQUIRE(locks.ok());
  return count;
}

}  // namespace

TEST_CASE("read_sqlite_database: healthy, in any mode -> no allocation") {
  for (const std::string mode : {"wal", "delete", "truncate", "persist"}) {
    CAPTURE(mode);
    TempDir folder;
    SqliteChild app;
    const SqlitePaths paths(folder.file("a-name-longer-than-any-small-string.db"));
    app.must("open " + paths.database);
    app.must("exec PRAGMA journal_mode=" + mode + "; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    CHECK(allocations_of_reading(paths) == 0);
    app.must("exec BEGIN IMMEDIATE; INSERT INTO t VALUES(2)");
    CHECK(allocations_of_reading(paths) == 0);
  }
  // The counter counts.
  const std::size_t before = allocations;
  const std::string text(1000, 'x');
  CHECK(allocations > before);
}

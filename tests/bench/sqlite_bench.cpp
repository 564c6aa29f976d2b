// Reading a database: litewatch's raw reader beside libsqlite's open, pragmas and close, in turn
// (A B A B ...) on the same files, which another process holds open. The figures to trust are the
// ratios of medians. Nothing here fails on time.

#include <sqlite3.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "read/sqlite_database.h"
#include "support/count_allocations.h"
#include "support/sqlite_child.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

constexpr int kRounds = 41;
constexpr int kReadsPerRound = 200;

double cpu_s() {
  timespec ts;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return static_cast<double>(ts.tv_sec) + static_cast<double>(ts.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

/// CPU of one call, in microseconds.
double measure_us(const std::function<void()>& work) {
  const double start_s = cpu_s();
  for (int i = 0; i < kReadsPerRound; ++i) work();
  return (cpu_s() - start_s) * 1e6 / kReadsPerRound;
}

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "sqlite_bench: %s\n", what);
  std::exit(1);
}

/// What an exporter that uses libsqlite does for the same figures.
void read_with_libsqlite(const std::string& path) {
  sqlite3* db = nullptr;
  check(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK, "open");
  for (const char* pragma : {"PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA user_version",
                             "PRAGMA schema_version", "PRAGMA page_size", "PRAGMA journal_mode"}) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(db, pragma, -1, &statement, nullptr) == SQLITE_OK, pragma);
    check(sqlite3_step(statement) == SQLITE_ROW, pragma);
    sqlite3_finalize(statement);
  }
  sqlite3_close(db);
}

void bench(const char* title, const std::string& path) {
  const SqlitePaths paths(path);
  const auto raw = [&] { check(read_sqlite_database(paths, {}).ok(), "raw reading"); };
  const auto libsqlite = [&] { read_with_libsqlite(path); };
  raw();
  libsqlite();
  const std::size_t before = allocations;
  raw();
  const std::size_t allocated = allocations - before;

  std::vector<double> raw_us, libsqlite_us, ratios;
  for (int round = 0; round < kRounds; ++round) {
    raw_us.push_back(measure_us(raw));
    libsqlite_us.push_back(measure_us(libsqlite));
    ratios.push_back(libsqlite_us.back() / raw_us.back());
  }
  std::printf("  %-24s %8.1f us %10.1f us %9.1fx %12zu\n", title, median(raw_us),
              median(libsqlite_us), median(ratios), allocated);
}

void run() {
  std::printf("Reading one database (CPU, median of %d rounds)\n", kRounds);
  std::printf("  %-24s %11s %13s %10s %12s\n", "", "litewatch", "libsqlite", "ratio",
              "allocations");
  TempDir folder;
  SqliteChild app;
  const auto make = [&](const std::string& name, const char* mode, int rows) {
    const std::string path = folder.path() + "/" + name;
    app.must("open " + name + " " + path);
    app.must("query " + name + " PRAGMA journal_mode=" + mode);
    app.must("exec " + name + " PRAGMA wal_autocheckpoint=0");
    app.must("exec " + name + " CREATE TABLE t(a)");
    app.must("exec " + name +
             " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<" +
             std::to_string(rows) + ") INSERT INTO t SELECT randomblob(500) FROM n");
    return path;
  };
  bench("rollback, 1k rows", make("rollback", "delete", 1000));
  bench("WAL, 1k rows", make("wal", "wal", 1000));
  bench("WAL, 20k rows", make("large", "wal", 20000));
}

}  // namespace
}  // namespace litewatch

int main() {
  litewatch::run();
  return 0;
}

// A scrape of ten thousand databases must not be ten thousand times malloc: reading a healthy one
// allocates nothing. This file counts every operator new of the test program.
#include <fcntl.h>

#include <cstdlib>

#include "base/fd.h"
#include "catch.h"
#include "read/cgroup_folder.h"
#include "read/net_dev.h"
#include "read/process_files.h"
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

TEST_CASE("CgroupFolder: reading a cgroup again -> no allocation") {
  const TempDir folder;
  CgroupLayout layout;
  layout.unified = folder.file("v2");
  layout.legacy = {{"cpu", folder.file("cpu")}, {"memory", folder.file("memory")}};
  const std::string procs = "1\n2\n";
  for (const char* hierarchy : {"v2", "cpu", "memory"}) {
    folder.write(hierarchy + std::string("/web.service/cgroup.procs"), procs);
  }
  folder.write("v2/web.service/io.stat", "8:0 rbytes=1 wbytes=2\n8:16 rbytes=1 wbytes=2\n");
  folder.write("v2/web.service/cpu.pressure", "some avg10=0 total=5\n");
  folder.write("memory/web.service/cgroup.procs", "");
  folder.write("memory/web.service/inner/cgroup.procs", procs);
  folder.write("memory/web.service/memory.stat", "total_rss 1\n");
  folder.write("cpu/web.service/cpu.stat", "nr_periods 1\n");
  const auto cgroup = CgroupFolder::open(layout, "/web.service");
  REQUIRE(cgroup);
  std::vector<char> scratch(kCgroupScratchSize);
  CgroupStats stats;
  REQUIRE(cgroup->read(scratch, stats));
  REQUIRE(stats.processes == 2u);
  REQUIRE(stats.io.size() == 2);
  const std::size_t before = allocations;
  const bool there = cgroup->read(scratch, stats);
  const bool limits = cgroup->read_limits(scratch, stats);
  CHECK(allocations == before);
  CHECK((there && limits));
}

TEST_CASE("net/dev and a process's files: read again -> no allocation") {
  std::vector<NetworkInterface> interfaces;
  const std::string text = "  eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n";
  parse_net_dev(text, interfaces);
  const Fd process(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::vector<char> scratch(kCgroupScratchSize);
  const std::size_t before = allocations;
  parse_net_dev(text, interfaces);
  const ProcessFiles files = read_process_files(process.get(), scratch);
  const auto network = network_namespace(process.get());
  CHECK(allocations == before);
  CHECK(interfaces.size() == 1);
  CHECK((files.open_fds && network));
}

#include <spdlog/spdlog.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/clock.h"
#include "catch.h"
#include "collect/runner.h"
#include "collect/sqlite_fleet.h"
#include "support/count_allocations.h"
#include "support/sqlite_child.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

SqliteTarget target(const std::string& name, const std::string& path) {
  SqliteTarget target;
  target.path = path;
  target.name = name;
  target.app = "an-application-with-a-long-name";
  target.group = "a-group-with-a-long-name";
  target.objectives.filesystem_avail_bytes = 0;
  target.objectives.write_lock_occupancy_ratio = 1;  // the test writes most of the time
  return target;
}

TEST_CASE("steady state: the counter itself -> sees an allocation") {
  const std::size_t before = allocations;
  const std::string text(1000, 'x');
  CHECK(allocations > before);
  CHECK(text.size() == 1000);
}

TEST_CASE("steady state: collect healthy databases and render the page -> no allocation") {
  spdlog::set_level(spdlog::level::off);
  TempDir folder;
  SqliteChild app;
  for (const std::string mode : {"wal", "delete"}) {
    app.must("open " + mode + " " + folder.file(mode + "-of-a-long-name.db"));
    app.must("exec " + mode + " PRAGMA journal_mode=" + mode + "; CREATE TABLE t(a)");
  }
  SeriesBudget budget(10'000);
  SelfMetrics self;
  Runner runner({}, budget, self);
  SqliteFleet fleet(runner, self);
  runner.add_summary(fleet);
  SqliteFleet::Options options;
  options.targets = {target("wal", folder.file("wal-of-a-long-name.db")),
                     target("rollback", folder.file("delete-of-a-long-name.db"))};
  options.limits.rescan_interval_s = 1e6;
  options.limits.lock_samples_per_s = 1000;
  fleet.configure(options);

  std::size_t bytes = 0;
  const auto scrape = [&] {
    const auto page = runner.collect(monotonic_s() + 20);
    for (const Format format : {Format::kText, Format::kOpenMetrics}) {
      bytes += page->body(format).size() + page->gzip(format).size();
    }
  };
  const auto write = [&] {
    app.must("exec wal INSERT INTO t VALUES(1)");
    app.must("exec delete INSERT INTO t VALUES(1)");
  };
  for (int i = 0; i < 20; ++i) {
    write();
    scrape();
  }
  std::size_t allocated = 0;
  for (int i = 0; i < 20; ++i) {
    write();
    const std::size_t before = allocations;
    scrape();
    allocated += allocations - before;
  }
  CHECK(allocated == 0);
  CHECK(bytes > 100'000);
  CHECK(runner.stop(monotonic_s() + 20));
}

}  // namespace
}  // namespace litewatch

#include "collect/self.h"

#include <unistd.h>

#include "base/clock.h"
#include "catch.h"
#include "publish/page.h"
#include "read/process.h"
#include "scene.h"

namespace litewatch {
namespace {

struct Self {
  explicit Self(const std::string& procfs = "/proc") : summary("1.2.3", procfs, budget, metrics) {}

  std::string page(std::span<const CollectorHealth> collectors = {}) {
    SeriesTable table(budget);
    table.begin();
    summary.summarize(collectors, table);
    PageFactory factory;
    return std::string(factory.make(std::vector{table.commit()})->body(Format::kText));
  }

  SeriesBudget budget{1000};
  SelfMetrics metrics;
  SelfSummary summary;
};

bool holds(const std::string& page, const std::string& line) {
  return page.find(line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("self: version, configuration and series -> as they are") {
  Self self;
  std::string page = self.page();
  CHECK(holds(page, "litewatch_build_info{version=\"1.2.3\"} 1"));
  CHECK(holds(page, "litewatch_config_last_reload_successful 0"));
  CHECK(holds(page, "litewatch_series_limit 1000"));
  self.summary.config_loaded(true, 12345);
  self.summary.config_loaded(false, 99999);
  page = self.page();
  CHECK(holds(page, "litewatch_config_last_reload_successful 0"));
  CHECK(holds(page, "litewatch_config_last_reload_success_timestamp_seconds 12345"));
  self.summary.enable(false);
  CHECK(self.page().empty());
}

TEST_CASE("self: collectors -> one series each, and none of what is not known yet") {
  std::vector<CollectorHealth> healths(2);
  healths[0].name = healths[1].name = "sqlite";
  healths[0].mountpoint = "/";
  healths[0].success = true;
  healths[0].duration_s = 0.25;
  healths[0].last_success_unix_s = 1000;
  healths[1].mountpoint = "/nfs";
  healths[1].stale = true;
  const std::string page = Self().page(healths);
  CHECK(holds(page, "litewatch_collector_success{collector=\"sqlite\",mountpoint=\"/\"} 1"));
  CHECK(holds(page, "litewatch_collector_stale{collector=\"sqlite\",mountpoint=\"/\"} 0"));
  CHECK(holds(page,
              "litewatch_collector_duration_seconds{collector=\"sqlite\",mountpoint=\"/\"} 0.25"));
  CHECK(holds(page, "litewatch_collector_stale{collector=\"sqlite\",mountpoint=\"/nfs\"} 1"));
  CHECK(
      page.find("litewatch_collector_duration_seconds{collector=\"sqlite\",mountpoint=\"/nfs\"}") ==
      std::string::npos);
}

TEST_CASE("self: no /proc -> the process's families are absent, the rest is there") {
  const std::string page = Self("/no/such/proc").page();
  CHECK(page.find("process_") == std::string::npos);
  CHECK(holds(page, "litewatch_build_info{version=\"1.2.3\"} 1"));
}

TEST_CASE("process: ourselves -> plausible figures") {
  const auto process = read_own_process("/proc", read_boot_unix_s("/proc"));
  REQUIRE(process.ok());
  CHECK(process->stat.threads >= 1);
  CHECK(process->stat.resident_bytes > 100'000);
  CHECK(process->stat.virtual_bytes > process->stat.resident_bytes);
  CHECK(process->open_fds >= 3);
  CHECK(process->open_fds < process->max_fds);
  CHECK(process->start_unix_s > 1.5e9);
  CHECK(process->start_unix_s <= unix_s() + 1);
  CHECK(process_age_s("/proc", ::getpid()).value() >= 0);
  CHECK(process_age_s("/proc", ::getpid()).value() < 3600);
  CHECK_FALSE(process_age_s("/proc", 0x7ffffff0).has_value());
}

TEST_CASE("process: a line of stat -> its fields, whatever the command is called") {
  const std::string fields =
      " S 1 2 3 4 -1 4194560 5 6 7 8 250 50 0 0 20 0 17 0 30000 8192000 123 18446744073709551615";
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  for (const char* command : {"(app)", "(a b)", "(a) R 9 (b)", "()"}) {
    const auto stat = parse_process_stat("4711 " + std::string(command) + fields + "\n");
    REQUIRE(stat.ok());
    CHECK(stat->cpu_s == Approx(300 / ticks));
    CHECK(stat->threads == 17);
    CHECK(stat->start_after_boot_s == Approx(30000 / ticks));
    CHECK(stat->virtual_bytes == 8192000);
    CHECK(stat->resident_bytes == 123 * static_cast<std::uint64_t>(::getpagesize()));
  }
  CHECK_FALSE(parse_process_stat("").ok());
  CHECK_FALSE(parse_process_stat("4711 app S 1 2").ok());
  CHECK_FALSE(parse_process_stat("4711 (app) S 1 2 3").ok());
}

}  // namespace litewatch

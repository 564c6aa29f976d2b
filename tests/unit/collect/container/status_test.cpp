#include "collect/container/status.h"

#include <cmath>

#include "catch.h"
#include "container_scene.h"

namespace litewatch {

TEST_CASE("container status: all is well -> healthy, with its figures") {
  const ContainerRates rates{0.25, 0.1, 0.01, 0.02, 0.03};
  const StatusRow row = row_of(full_reading(), rates);
  CHECK(row.kind == "container");
  CHECK(row.app == "shop");
  CHECK(row.name == "shop-db");
  CHECK(row.detail == "/docker/" + std::string(64, 'a'));
  CHECK(row.health == Health::kOk);
  CHECK(row.state == "healthy");
  CHECK(row.why.empty());
  CHECK(row.next.empty());
  REQUIRE(row.cell_count == 10);
  CHECK(row.cells[0].value == 0.25);
  CHECK(row.cells[1].value == 0.5);
  CHECK(row.cells[2].value == 650);
  CHECK(row.cells[3].value == Approx(650.0 / 1800));
  CHECK(row.cells[3].kind == CellKind::kRatio);
  CHECK(row.cells[4].value == 0.1);
  CHECK(row.cells[7].value == 0.03);
  CHECK(row.cells[8].value == 6);
  CHECK(row.cells[9].value == 2);
}

TEST_CASE("container status: of a pod -> the pod as detail; without a health check it runs") {
  ContainerReading reading = full_reading();
  reading.labels.pod = "shop-0";
  reading.health.clear();
  const StatusRow row = row_of(reading);
  CHECK(row.detail == "prod/shop-0");
  CHECK(row.state == "running");
  CHECK(std::isnan(row.cells[0].value));  // one collection makes no rate
}

TEST_CASE("container status: OOM-killed within the hour -> critical, older -> no news") {
  ContainerReading reading = full_reading();
  reading.last_oom_kill_unix_s = kNow_s - 120;
  StatusRow row = row_of(reading);
  CHECK(row.health == Health::kCritical);
  CHECK(row.state == "OOM-killed");
  CHECK(row.why.find("2 min") != std::string::npos);
  CHECK(row.why.find("the limit is 1.8 KiB") != std::string::npos);
  CHECK_FALSE(row.next.empty());
  reading.last_oom_kill_unix_s = kNow_s - 3601;
  CHECK(row_of(reading).health == Health::kOk);
}

TEST_CASE("container status: gone -> as bad as what it was for") {
  ContainerReading reading = gone_reading();
  StatusRow row = row_of(reading);
  CHECK(row.health == Health::kWarning);
  CHECK(row.state == "gone");
  CHECK(row.why.find("1 min 5 s") != std::string::npos);
  CHECK(std::isnan(row.cells[2].value));
  CHECK(row.cells[8].value == 6);

  reading.labels.app.clear();
  CHECK(row_of(reading).health == Health::kNotice);
  auto service = std::make_shared<LiveContainer>();
  service->identity.runtime = ContainerRuntime::kSystemd;
  reading.live = service;
  CHECK(row_of(reading).health == Health::kOk);  // a timer's, mostly
  CHECK(row_of(reading).state == "ended");
  reading.last_oom_kill_unix_s = kNow_s - 70;
  CHECK(row_of(reading).state == "gone after an OOM kill");
}

TEST_CASE("container status: memory above its objective -> by the effective limit") {
  ContainerReading reading = full_reading();
  reading.effective.memory_max_bytes = 700;  // 93 %
  const StatusRow row = row_of(reading);
  CHECK(row.health == Health::kWarning);
  CHECK(row.state == "memory near its limit");
  CHECK(row.why == "The working set is 650 B of 700 B (93 %); the objective is 90 %.");
  reading.effective.memory_max_bytes.reset();
  CHECK(row_of(reading).health == Health::kOk);
  CHECK(std::isnan(row_of(reading).cells[3].value));
}

TEST_CASE("container status: throttled or pressed -> what of, and how much") {
  ContainerRates rates;
  rates.throttled_ratio = 0.4;
  StatusRow row = row_of(full_reading(), rates);
  CHECK(row.state == "throttled");
  CHECK(row.why == "Its CPU quota ran out in 40 % of the periods; the objective is 25 %.");
  rates.throttled_ratio = 0.25;
  CHECK(row_of(full_reading(), rates).health == Health::kOk);

  rates.io_pressure_ratio = 0.5;
  rates.cpu_pressure_ratio = 0.3;
  row = row_of(full_reading(), rates);
  CHECK(row.health == Health::kNotice);
  CHECK(row.state == "waits for I/O");
  CHECK(row.why.find("50 %") != std::string::npos);
}

TEST_CASE("container status: processes -> near the limit, or refused") {
  ContainerReading reading = full_reading();
  reading.stats.threads = 58;
  CHECK(row_of(reading).health == Health::kWarning);
  CHECK(row_of(reading).why == "58 of 64 processes and threads are in use.");
  ContainerRates rates;
  rates.pids_limit_hits = 3;
  CHECK(row_of(reading, rates).state == "cannot start processes");
  CHECK(row_of(reading, rates).health == Health::kCritical);
  reading.stats.threads_max.reset();
  CHECK(row_of(reading).health == Health::kOk);
}

TEST_CASE("container status: worse news first") {
  ContainerReading reading = full_reading();
  reading.databases.push_back({"shop", "cache", true});
  CHECK(row_of(reading).state == "database dies with it");
  CHECK(row_of(reading).why.find("cache") != std::string::npos);
  reading.health = "unhealthy";
  CHECK(row_of(reading).state == "unhealthy by its own check");
  reading.stats.frozen = true;
  CHECK(row_of(reading).state == "paused");
  reading.last_oom_kill_unix_s = kNow_s - 1;
  CHECK(row_of(reading).state == "OOM-killed");
  reading.running = false;
  CHECK(row_of(reading).state == "gone after an OOM kill");
}

TEST_CASE("container status: starting by its health check -> says so") {
  ContainerReading reading = full_reading();
  reading.health = "starting";
  CHECK(row_of(reading).state == "starting");
  CHECK(row_of(reading).health == Health::kOk);
}

}  // namespace litewatch

#include "container_scene.h"

#include <sstream>

#include "publish/page.h"

namespace litewatch {
namespace {

const DeviceName kDevice = [](unsigned major, unsigned minor) -> std::string_view {
  return major == 8 && minor == 0 ? "/dev/sda" : "/dev/other";
};

void fill_cpu(CgroupStats& stats) {
  stats.cpu_usage_s = 12.5;
  stats.cpu_user_s = 8.5;
  stats.cpu_system_s = 4;
  stats.cpu_periods = 1000;
  stats.cpu_throttled_periods = 250;
  stats.cpu_throttled_s = 30.5;
  stats.cpu_burst_periods = 3;
  stats.cpu_burst_s = 0.25;
  stats.cpu_quota_us = 50'000;
  stats.cpu_period_us = 100'000;
  stats.cpu_weight = 100;
  stats.cpuset_cpus = 2;
}

void fill_memory(CgroupStats& stats) {
  stats.memory_current_bytes = 1000;
  stats.memory_peak_bytes = 1500;
  stats.memory_max_bytes = 2000;
  stats.memory_high_bytes = 1900;
  stats.memory_low_bytes = 300;
  stats.memory_min_bytes = 200;
  stats.swap_current_bytes = 50;
  stats.swap_max_bytes = 60;
  stats.anon_bytes = 400;
  stats.file_bytes = 500;
  stats.active_file_bytes = 100;
  stats.inactive_file_bytes = 350;
  stats.shmem_bytes = 10;
  stats.file_mapped_bytes = 20;
  stats.file_dirty_bytes = 30;
  stats.file_writeback_bytes = 40;
  stats.kernel_bytes = 70;
  stats.page_faults = 900;
  stats.major_page_faults = 80;
  stats.refaults_file = 11;
  stats.refaults_anon = 12;
  stats.pages_scanned = 13;
  stats.pages_stolen = 14;
  stats.memory_events_low = 1;
  stats.memory_events_high = 2;
  stats.memory_events_max = 3;
  stats.memory_events_oom = 4;
  stats.memory_events_oom_kill = 5;
  stats.memory_events_oom_group_kill = 6;
}

void fill_rest(CgroupStats& stats) {
  stats.cpu_pressure = {1.5, 0.5};
  stats.memory_pressure = {2.5, 1.25};
  stats.io_pressure = {3.5, 2.25};
  stats.io.push_back({8, 0, 4096, 8192, 512, 1, 2, 3});
  stats.threads = 7;
  stats.threads_max = 64;
  stats.threads_peak = 9;
  stats.threads_max_hits = 0;
  stats.processes = 4;
  stats.populated = true;
  stats.frozen = false;
  stats.dying_descendants = 1;
}

}  // namespace

ContainerReading full_reading() {
  auto live = std::make_shared<LiveContainer>();
  live->identity.kind = CgroupIdentity::Kind::kContainer;
  live->identity.runtime = ContainerRuntime::kDocker;
  live->identity.id = std::string(64, 'a');
  live->path = "/docker/" + live->identity.id;
  ContainerReading reading;
  reading.labels = {"shop",     "shop-db",   "prod",     "",
                    live->path, "shop-db-1", "shop:1.2", "container_label_team=\"db\""};
  reading.live = std::move(live);
  reading.cgroup_version = "2";
  reading.last_seen_unix_s = kNow_s;
  reading.started_unix_s = kNow_s - 100;
  reading.health = "healthy";
  fill_cpu(reading.stats);
  fill_memory(reading.stats);
  fill_rest(reading.stats);
  reading.effective = {0.5, 1800, 1700, 55};
  reading.counts = {2, 6};
  reading.owns_network = true;
  reading.interfaces.push_back({"eth0", 1, 2, 3, 4, 5, 6, 7, 8});
  reading.files = {20, 1024};
  reading.databases.push_back({"shop", "main", false});
  return reading;
}

ContainerReading gone_reading() {
  ContainerReading reading = full_reading();
  reading.running = false;
  reading.last_seen_unix_s = kNow_s - 65;
  return reading;
}

std::set<std::string> lines_of(SeriesTable& table) {
  PageFactory factory;
  const auto page = factory.make(std::vector{table.commit()});
  std::istringstream text{std::string(page->body(Format::kText))};
  std::set<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with('#')) lines.insert(line);
  }
  return lines;
}

std::set<std::string> own_lines(const ContainerReading& reading) {
  SeriesBudget budget(10'000);
  SeriesTable table(budget);
  table.begin();
  set_container_metrics(table, reading, ContainerObjectives(), kDevice);
  return lines_of(table);
}

std::set<std::string> cadvisor_lines(const ContainerReading& reading) {
  SeriesBudget budget(10'000);
  SeriesTable table(budget);
  table.begin();
  set_cadvisor_metrics(table, reading, kDevice);
  return lines_of(table);
}

StatusRow row_of(const ContainerReading& reading, const ContainerRates& rates) {
  SeriesBudget budget(10);
  SeriesTable table(budget);
  table.begin();
  add_container_status(table, reading, rates, ContainerObjectives(), kNow_s);
  return table.commit()->status.at(0);
}

std::set<std::string> families_of(const std::set<std::string>& lines) {
  std::set<std::string> families;
  for (const std::string& line : lines) families.insert(line.substr(0, line.find_first_of("{ ")));
  return families;
}

std::string rest_of(const std::set<std::string>& lines, const std::string& prefix) {
  std::string rest = "none";
  for (const std::string& line : lines) {
    if (!line.starts_with(prefix)) continue;
    rest = rest == "none" ? line.substr(prefix.size()) : "several";
  }
  return rest;
}

}  // namespace litewatch

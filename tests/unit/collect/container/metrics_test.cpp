#include "collect/container/metrics.h"

#include "catalogue/catalogue.h"
#include "catch.h"
#include "container_scene.h"

namespace litewatch {
namespace {

using Lines = std::set<std::string>;

const std::string kWho = "{app=\"shop\",container=\"shop-db\",namespace=\"prod\"";

/// The families that describe the collector and the machine, not a container.
bool is_about_itself(std::string_view name) {
  return name.starts_with("litewatch_") || name.starts_with("machine_");
}

}  // namespace

TEST_CASE("container metrics: all is known -> every family of the catalogue that is theirs") {
  Lines families = families_of(own_lines(full_reading()));
  families.merge(families_of(cadvisor_lines(full_reading())));
  for (const MetricDesc& desc : kCatalogue) {
    if (desc.owner != Owner::kContainers || is_about_itself(desc.name)) continue;
    INFO(desc.name);
    CHECK(families.erase(std::string(desc.name)) == 1);
  }
  CHECK(families.empty());
}

TEST_CASE("container metrics: own and cAdvisor's names -> no family is in both") {
  const Lines own = families_of(own_lines(full_reading()));
  for (const std::string& family : families_of(cadvisor_lines(full_reading()))) {
    INFO(family);
    CHECK_FALSE(own.contains(family));
  }
}

TEST_CASE("container metrics: own names -> the values of the files in base units") {
  const Lines lines = own_lines(full_reading());
  const auto value = [&](const std::string& family, const std::string& more = "") {
    return rest_of(lines, family + kWho + more + "} ");
  };
  CHECK(value("container_running") == "1");
  CHECK(value("container_started_timestamp_seconds") == "1799999900");
  CHECK(value("container_restarts_total") == "2");
  CHECK(value("container_oom_kills_total") == "6");
  CHECK(value("container_frozen") == "0");
  CHECK(value("container_cpu_throttled_seconds_total") == "30.5");
  CHECK(value("container_cpu_weight") == "100");
  CHECK(value("container_memory_peak_bytes") == "1500");
  CHECK(value("container_pids") == "7");
  CHECK(value("container_pids_limit") == "64");
  CHECK(value("container_pids_peak") == "9");
  CHECK(value("container_pids_limit_hits_total") == "0");
  CHECK(value("container_open_fds") == "20");
  CHECK(value("container_max_fds") == "1024");
  CHECK(value("container_dying_descendants") == "1");
  CHECK(value("container_memory_usage_objective_ratio") == "0.9");
}

TEST_CASE("container metrics: kinds, modes and directions -> a label each") {
  const Lines lines = own_lines(full_reading());
  const auto has = [&](const std::string& line) { return lines.contains(line); };
  CHECK(has("container_cpu_seconds_total" + kWho + ",mode=\"user\"} 8.5"));
  CHECK(has("container_cpu_limit_cores" + kWho + ",scope=\"own\"} 0.5"));
  CHECK(has("container_memory_bytes" + kWho + ",kind=\"working_set\"} 650"));
  CHECK(has("container_memory_bytes" + kWho + ",kind=\"file_dirty\"} 30"));
  CHECK(has("container_memory_limit_bytes" + kWho + ",kind=\"max\",scope=\"own\"} 2000"));
  CHECK(has("container_memory_limit_bytes" + kWho + ",kind=\"max\",scope=\"effective\"} 1800"));
  CHECK(has("container_memory_events_total" + kWho + ",event=\"oom_kill\"} 5"));
  CHECK(has("container_memory_page_faults_total" + kWho + ",type=\"minor\"} 820"));
  CHECK(has("container_memory_page_faults_total" + kWho + ",type=\"major\"} 80"));
  CHECK(has("container_memory_reclaim_pages_total" + kWho + ",op=\"steal\"} 14"));
  CHECK(has("container_pressure_seconds_total" + kWho + ",kind=\"full\",resource=\"io\"} 2.25"));
  CHECK(has("container_io_bytes_total" + kWho + ",device=\"/dev/sda\",op=\"write\"} 8192"));
  CHECK(has("container_io_operations_total" + kWho + ",device=\"/dev/sda\",op=\"discard\"} 3"));
  CHECK(has("container_network_drops_total" + kWho +
            ",direction=\"transmit\",interface=\"eth0\"} 8"));
  CHECK(has("container_health" + kWho + ",status=\"healthy\"} 1"));
  CHECK(has("container_health" + kWho + ",status=\"unhealthy\"} 0"));
}

TEST_CASE("container metrics: info -> the one series with image, runtime, full id and path") {
  const std::string id(64, 'a');
  CHECK(rest_of(own_lines(full_reading()), "container_info{") ==
        "app=\"shop\",container=\"shop-db\",namespace=\"prod\",cgroup_version=\"2\","
        "container_label_team=\"db\",id=\"" +
            id + "\",image=\"shop:1.2\",name=\"shop-db-1\",path=\"/docker/" + id +
            "\",runtime=\"docker\"} 1");
}

TEST_CASE("container metrics: nothing but cgroup.procs is told -> neither zeros nor guesses") {
  ContainerReading reading = full_reading();
  reading.stats = CgroupStats();
  reading.effective = {};
  reading.files = {};
  reading.health.clear();
  reading.interfaces.clear();
  reading.databases.clear();
  const Lines expected = {"container_cpu_throttled_objective_ratio",
                          "container_fds_objective_ratio",
                          "container_info",
                          "container_memory_usage_objective_ratio",
                          "container_oom_kills_total",
                          "container_pids_objective_ratio",
                          "container_pressure_objective_ratio",
                          "container_restarts_total",
                          "container_running",
                          "container_started_timestamp_seconds"};
  CHECK(families_of(own_lines(reading)) == expected);
}

TEST_CASE("container metrics: no quota -> periods are absent though the kernel counts them") {
  ContainerReading reading = full_reading();
  reading.stats.cpu_quota_us.reset();
  const Lines families = families_of(own_lines(reading));
  CHECK_FALSE(families.contains("container_cpu_periods_total"));
  CHECK_FALSE(families.contains("container_cpu_throttled_periods_total"));
  CHECK(families.contains("container_cpu_seconds_total"));
}

TEST_CASE("container metrics: inactive_file read after memory shrank -> working set 0, not huge") {
  ContainerReading reading = full_reading();
  reading.stats.inactive_file_bytes = 1001;
  CHECK(own_lines(reading).contains("container_memory_bytes" + kWho + ",kind=\"working_set\"} 0"));
  CHECK(rest_of(cadvisor_lines(reading), "container_memory_working_set_bytes{").ends_with("} 0"));
}

TEST_CASE("container metrics: gone -> only what outlives it") {
  CHECK(own_lines(gone_reading()) == Lines{"container_running" + kWho + "} 0",
                                           "container_restarts_total" + kWho + "} 2",
                                           "container_oom_kills_total" + kWho + "} 6"});
  CHECK(families_of(cadvisor_lines(gone_reading())) ==
        Lines{"container_last_seen", "container_oom_events_total"});
}

TEST_CASE("container metrics: a container of a pod -> its network is the pod's") {
  ContainerReading reading = full_reading();
  reading.labels.pod = "shop-0";
  const Lines lines = own_lines(reading);
  CHECK(
      lines.contains("container_network_bytes_total{app=\"shop\",namespace=\"prod\","
                     "pod=\"shop-0\",direction=\"receive\",interface=\"eth0\"} 1"));
  CHECK(rest_of(cadvisor_lines(reading), "container_network_receive_bytes_total{")
            .find("container=\"") == std::string::npos);
}

TEST_CASE("container metrics: a sandbox -> its network and nothing else") {
  ContainerReading reading = full_reading();
  reading.labels.pod = "shop-0";
  reading.sandbox = true;
  for (const std::string& family : families_of(own_lines(reading))) {
    CHECK(family.starts_with("container_network_"));
  }
  CHECK(families_of(own_lines(reading)).size() == 4);
  CHECK(families_of(cadvisor_lines(reading)).size() == 8);
  reading.owns_network = false;
  CHECK(own_lines(reading).empty());
  CHECK(cadvisor_lines(reading).empty());
}

TEST_CASE("container metrics: a database -> under its own app, to join with its other series") {
  ContainerReading reading = full_reading();
  reading.labels.app.clear();
  reading.databases.push_back({"blog", "main", true});
  const Lines lines = own_lines(reading);
  const std::string rest = "container=\"shop-db\",namespace=\"prod\",db=\"main\"} ";
  CHECK(lines.contains("container_sqlite_on_writable_layer{app=\"shop\"," + rest + "0"));
  CHECK(lines.contains("container_sqlite_on_writable_layer{app=\"blog\"," + rest + "1"));
}

TEST_CASE("cpu shares: of weights that runtimes make -> about the shares they were made of") {
  CHECK(cpu_shares_of_weight(1) == 2);
  CHECK(cpu_shares_of_weight(100) == 1024);
  CHECK(cpu_shares_of_weight(10'000) == 262'144);
  CHECK(cpu_shares_of_weight(0) == 2);  // cpu.idle
  CHECK(cpu_shares_of_weight(1e9) == 262'144);
  // The runtimes round up, so that a weight stands for several shares, of which this is the last.
  CHECK(cpu_shares_of_weight(59) >= 512);
  CHECK(cpu_shares_of_weight(58) < 512);
}

}  // namespace litewatch

#include "catch.h"
#include "collect/container/metrics.h"
#include "container_scene.h"

namespace litewatch {
namespace {

/// The value of the only series of a family; "none", or "several".
std::string value(const ContainerReading& reading, const std::string& family) {
  const std::string rest = rest_of(cadvisor_lines(reading), family + "{");
  return rest.find("} ") == std::string::npos ? rest : rest.substr(rest.rfind(' ') + 1);
}

}  // namespace

TEST_CASE("cAdvisor's names: labels -> id is the path, name Docker's, allowed labels as they are") {
  const std::string id(64, 'a');
  CHECK(cadvisor_lines(full_reading())
            .contains("container_cpu_usage_seconds_total{app=\"shop\",container=\"shop-db\","
                      "container_label_team=\"db\",id=\"/docker/" +
                      id +
                      "\",image=\"shop:1.2\",name=\"shop-db-1\",namespace=\"prod\",cpu=\"total\"} "
                      "12.5"));
}

TEST_CASE("cAdvisor's names: everything -> its meanings and units") {
  const ContainerReading full = full_reading();
  CHECK(value(full, "container_last_seen") == "1800000000");
  CHECK(value(full, "container_start_time_seconds") == "1799999900");
  CHECK(value(full, "container_cpu_user_seconds_total") == "8.5");
  CHECK(value(full, "container_cpu_cfs_throttled_seconds_total") == "30.5");
  CHECK(value(full, "container_spec_cpu_quota") == "50000");
  CHECK(value(full, "container_spec_cpu_period") == "100000");
  CHECK(value(full, "container_spec_cpu_shares") == "1024");
  CHECK(value(full, "container_spec_memory_limit_bytes") == "2000");
  CHECK(value(full, "container_spec_memory_reservation_limit_bytes") == "300");
  CHECK(value(full, "container_spec_memory_swap_limit_bytes") == "60");
  CHECK(value(full, "container_memory_usage_bytes") == "1000");
  CHECK(value(full, "container_memory_working_set_bytes") == "650");
  CHECK(value(full, "container_memory_rss") == "400");
  CHECK(value(full, "container_memory_cache") == "500");
  CHECK(value(full, "container_memory_kernel_usage") == "70");
  CHECK(value(full, "container_memory_max_usage_bytes") == "1500");
  CHECK(value(full, "container_memory_failcnt") == "3");
  CHECK(value(full, "container_processes") == "4");
  CHECK(value(full, "container_threads") == "7");
  CHECK(value(full, "container_threads_max") == "64");
  CHECK(value(full, "container_oom_events_total") == "6");
  CHECK(value(full, "container_network_receive_packets_dropped_total") == "4");
  CHECK(value(full, "container_network_transmit_errors_total") == "7");
  CHECK(value(full, "container_fs_writes_bytes_total") == "8192");
  CHECK(value(full, "container_pressure_memory_stalled_seconds_total") == "1.25");
  CHECK(value(full, "container_pressure_cpu_waiting_seconds_total") == "1.5");
}

TEST_CASE("cAdvisor's names: no limits -> 0 in the spec, no quota") {
  ContainerReading reading = full_reading();
  reading.stats.memory_max_bytes.reset();
  reading.stats.memory_low_bytes.reset();
  reading.stats.swap_max_bytes.reset();
  reading.stats.threads_max.reset();
  reading.stats.cpu_quota_us.reset();
  CHECK(value(reading, "container_spec_memory_limit_bytes") == "0");
  CHECK(value(reading, "container_spec_memory_reservation_limit_bytes") == "0");
  CHECK(value(reading, "container_spec_memory_swap_limit_bytes") == "0");
  CHECK(value(reading, "container_threads_max") == "0");
  CHECK(value(reading, "container_spec_cpu_quota") == "none");
  CHECK(value(reading, "container_cpu_cfs_periods_total") == "none");
  CHECK(value(reading, "container_spec_cpu_period") == "100000");
}

TEST_CASE("cAdvisor's names: a controller that is off -> absent, not 0") {
  ContainerReading reading = full_reading();
  reading.stats.memory_current_bytes.reset();
  reading.stats.threads.reset();
  CHECK(value(reading, "container_spec_memory_limit_bytes") == "none");
  CHECK(value(reading, "container_memory_rss") == "none");
  CHECK(value(reading, "container_threads_max") == "none");
  CHECK(value(reading, "container_processes") == "4");
}

TEST_CASE("cAdvisor's names: a quota -> whole microseconds, as the kernel has it") {
  ContainerReading reading = full_reading();
  reading.stats.cpu_quota_us = 70'000;
  CHECK(value(reading, "container_spec_cpu_quota") == "70000");
}

TEST_CASE("cAdvisor's names: shares of v1 -> as they are") {
  ContainerReading reading = full_reading();
  reading.stats.cpu_weight.reset();
  reading.stats.cpu_shares = 333;
  CHECK(value(reading, "container_spec_cpu_shares") == "333");
}

TEST_CASE("cAdvisor's names: no source tells the image -> unknown in Kubernetes, else none") {
  ContainerReading reading = full_reading();
  reading.labels.image.clear();
  CHECK(rest_of(cadvisor_lines(reading), "container_last_seen{").find("image=") ==
        std::string::npos);
  reading.labels.pod = "shop-0";
  CHECK(rest_of(cadvisor_lines(reading), "container_last_seen{").find("image=\"unknown\"") !=
        std::string::npos);
  // The info series does not make one up.
  CHECK(rest_of(own_lines(reading), "container_info{").find("image=") == std::string::npos);
}

}  // namespace litewatch

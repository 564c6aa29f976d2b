#include "collect/container/rates.h"

#include "catch.h"
#include "container_scene.h"

namespace litewatch {

TEST_CASE("container rates: one look -> none") {
  RateMeter meter;
  meter.look(full_reading().stats, 10);
  CHECK_FALSE(meter.rates().cpu_cores);
  CHECK_FALSE(meter.rates().throttled_ratio);
}

TEST_CASE("container rates: two looks -> growth over the time between them") {
  RateMeter meter;
  CgroupStats stats = full_reading().stats;
  meter.look(stats, 10);
  stats.cpu_usage_s = *stats.cpu_usage_s + 3;
  stats.cpu_periods = *stats.cpu_periods + 20;
  stats.cpu_throttled_periods = *stats.cpu_throttled_periods + 5;
  stats.memory_pressure.some_s = *stats.memory_pressure.some_s + 0.5;
  stats.threads_max_hits = 4;
  meter.look(stats, 12);
  CHECK(meter.rates().cpu_cores == 1.5);
  CHECK(meter.rates().throttled_ratio == 0.25);
  CHECK(meter.rates().memory_pressure_ratio == 0.25);
  CHECK(meter.rates().cpu_pressure_ratio == 0.0);
  CHECK(meter.rates().pids_limit_hits == 4);
}

TEST_CASE("container rates: two scrapes within a second -> the last rates stay") {
  RateMeter meter;
  CgroupStats stats = full_reading().stats;
  meter.look(stats, 10);
  stats.cpu_usage_s = *stats.cpu_usage_s + 2;
  meter.look(stats, 12);
  stats.cpu_usage_s = *stats.cpu_usage_s + 0.5;
  meter.look(stats, 12.5);
  CHECK(meter.rates().cpu_cores == 1.0);
  meter.look(stats, 14);  // counted from 12 s on
  CHECK(meter.rates().cpu_cores == 0.25);
}

TEST_CASE("container rates: a counter went back, or is absent -> no rate, never a negative one") {
  RateMeter meter;
  CgroupStats stats = full_reading().stats;
  meter.look(stats, 10);
  stats.cpu_usage_s = 1;
  stats.io_pressure.some_s.reset();
  meter.look(stats, 12);
  CHECK_FALSE(meter.rates().cpu_cores);
  CHECK_FALSE(meter.rates().io_pressure_ratio);
}

TEST_CASE("container rates: no period passed, as nothing ran -> not throttled; no quota -> none") {
  RateMeter meter;
  CgroupStats stats = full_reading().stats;
  meter.look(stats, 10);
  meter.look(stats, 12);
  CHECK(meter.rates().throttled_ratio == 0.0);
  stats.cpu_quota_us.reset();
  meter.look(stats, 14);
  CHECK_FALSE(meter.rates().throttled_ratio);
}

TEST_CASE("container rates: more pressure than time by the clocks -> all of the time") {
  RateMeter meter;
  CgroupStats stats = full_reading().stats;
  meter.look(stats, 10);
  stats.cpu_pressure.some_s = *stats.cpu_pressure.some_s + 2.1;
  meter.look(stats, 12);
  CHECK(meter.rates().cpu_pressure_ratio == 1.0);
}

}  // namespace litewatch

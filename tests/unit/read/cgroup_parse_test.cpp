#include "read/cgroup_parse.h"

#include <string>

#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("cpu.stat: all keys -> seconds and counts") {
  CgroupStats stats;
  parse_cpu_stat(
      "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnice_usec 7\n"
      "core_sched.force_idle_usec 1\nnr_periods 21\nnr_throttled 20\nthrottled_usec 1590000\n"
      "nr_bursts 3\nburst_usec 1000\n",
      stats);
  CHECK(stats.cpu_usage_s == 2.5);
  CHECK(stats.cpu_user_s == 2.0);
  CHECK(stats.cpu_system_s == 0.5);
  CHECK(stats.cpu_periods == 21u);
  CHECK(stats.cpu_throttled_periods == 20u);
  CHECK(*stats.cpu_throttled_s == Approx(1.59));
  CHECK(stats.cpu_burst_periods == 3u);
  CHECK(*stats.cpu_burst_s == Approx(0.001));
}

TEST_CASE("times: the nearest number to what the file says") {
  CgroupStats stats;
  parse_cpu_stat("usage_usec 60600000\nthrottled_usec 100000\n", stats);
  parse_cpu_max("100000 100000\n", stats);
  CHECK(*stats.cpu_usage_s == 60.6);
  CHECK(*stats.cpu_throttled_s == 0.1);
  CHECK(stats.cpu_period_us == 100'000u);
}

TEST_CASE("memory.stat: refaults before they were told apart -> those of files") {
  CgroupStats stats;
  parse_memory_stat("workingset_refault 7\n", stats);
  CHECK(stats.refaults_file == 7u);
  CHECK_FALSE(stats.refaults_anon);
  parse_memory_stat_v1("total_workingset_refault 9\n", stats);
  CHECK(stats.refaults_file == 9u);
}

TEST_CASE("cpu.stat: controller off -> no periods") {
  CgroupStats stats;
  parse_cpu_stat("usage_usec 1\nuser_usec 1\nsystem_usec 0\n", stats);
  CHECK(stats.cpu_usage_s);
  CHECK_FALSE(stats.cpu_periods);
  CHECK_FALSE(stats.cpu_throttled_s);
}

TEST_CASE("flat files: garbage, cut lines, overflow -> absent") {
  CgroupStats stats;
  parse_cpu_stat("", stats);
  parse_cpu_stat("usage_usec\nuser_usec x\nsystem_usec 99999999999999999999\nnr_periods -1", stats);
  parse_memory_stat("anon 1 2\nfile \n\n\nkernel\t5\n", stats);
  CHECK_FALSE(stats.cpu_usage_s);
  CHECK_FALSE(stats.cpu_user_s);
  CHECK_FALSE(stats.cpu_system_s);
  CHECK_FALSE(stats.cpu_periods);
  CHECK_FALSE(stats.anon_bytes);
  CHECK_FALSE(stats.file_bytes);
  CHECK_FALSE(stats.kernel_bytes);
}

TEST_CASE("cpu.stat on v1: nanoseconds") {
  CgroupStats stats;
  parse_cpu_stat_v1("nr_periods 21\nnr_throttled 20\nthrottled_time 1590000000\n", stats);
  CHECK(stats.cpu_throttled_periods == 20u);
  CHECK(*stats.cpu_throttled_s == Approx(1.59));
  parse_cpuacct_stat_v1("user 150\nsystem 50\n", 100, stats);
  CHECK(stats.cpu_user_s == 1.5);
  CHECK(stats.cpu_system_s == 0.5);
}

TEST_CASE("cpu.max: quota and period; max -> no quota") {
  CgroupStats stats;
  parse_cpu_max("20000 100000\n", stats);
  CHECK(stats.cpu_quota_us == 20'000u);
  CHECK(stats.cpu_period_us == 100'000u);
  CgroupStats unlimited;
  parse_cpu_max("max 100000\n", unlimited);
  CHECK_FALSE(unlimited.cpu_quota_us);
  CgroupStats nothing;
  parse_cpu_max("5 0\n", nothing);
  CHECK_FALSE(nothing.cpu_period_us);
  CHECK(unlimited.cpu_period_us == 100'000u);
}

TEST_CASE("memory.stat: the keys that have fields") {
  CgroupStats stats;
  parse_memory_stat(
      "anon 1\nfile 2\nkernel 3\nshmem 4\nfile_mapped 5\nfile_dirty 6\nfile_writeback 7\n"
      "inactive_file 8\nactive_file 9\nworkingset_refault_anon 10\nworkingset_refault_file 11\n"
      "pgscan 12\npgsteal 13\npgfault 14\npgmajfault 15\npgscan_kswapd 99\n",
      stats);
  CHECK(stats.anon_bytes == 1u);
  CHECK(stats.kernel_bytes == 3u);
  CHECK(stats.active_file_bytes == 9u);
  CHECK(stats.refaults_file == 11u);
  CHECK(stats.pages_scanned == 12u);
  CHECK(stats.major_page_faults == 15u);
}

TEST_CASE("memory.stat on v1: hierarchical keys, not the cgroup's own") {
  CgroupStats stats;
  parse_memory_stat_v1("cache 1\nrss 2\ntotal_cache 3\ntotal_rss 4\ntotal_inactive_file 5\n",
                       stats);
  CHECK(stats.file_bytes == 3u);
  CHECK(stats.anon_bytes == 4u);
  CHECK(stats.inactive_file_bytes == 5u);
}

TEST_CASE("memory.events and memory.oom_control") {
  CgroupStats stats;
  parse_memory_events("low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n", stats);
  CHECK(stats.memory_events_max == 3u);
  CHECK(stats.memory_events_oom_kill == 5u);
  CHECK(stats.memory_events_oom_group_kill == 6u);
  CgroupStats v1;
  parse_oom_control_v1("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", v1);
  CHECK(v1.memory_events_oom_kill == 1u);
}

TEST_CASE("pressure: some and full in seconds; cut -> what there is") {
  const auto both = parse_pressure(
      "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n");
  CHECK(both.some_s == 1.5);
  CHECK(both.full_s == 0.5);
  const auto cut = parse_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=12\nfull avg10=0");
  CHECK(cut.some_s);
  CHECK_FALSE(cut.full_s);
  CHECK_FALSE(parse_pressure("").some_s);
}

TEST_CASE("io.stat: one entry per device, costs ignored, garbage skipped") {
  CgroupStats stats;
  parse_io_stat(
      "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=3 dios=4 cost.usage=5\nx:y rbytes=1\n"
      "253:1 rbytes=7\n8: rbytes=1\n",
      stats);
  REQUIRE(stats.io.size() == 2);
  CHECK(stats.io[0].written_bytes == 20u);
  CHECK(stats.io[0].discards == 4u);
  CHECK(stats.io[1].major == 253u);
  CHECK(stats.io[1].read_bytes == 7u);
  CHECK_FALSE(stats.io[1].writes);
}

TEST_CASE("io.stat: devices without counts run together -> the last one has the counts") {
  CgroupStats stats;
  parse_io_stat("7:1 7:0 253:0 rbytes=5 wbytes=6\n8:0 \n8:16\n9:0 rbytes=x wbytes=1\n", stats);
  REQUIRE(stats.io.size() == 1);
  CHECK(stats.io[0].major == 253u);
  CHECK(stats.io[0].read_bytes == 5u);
}

TEST_CASE("limits: a number; max, -1 and v1's huge number -> none") {
  CHECK(parse_limit("1048576\n") == 1048576u);
  CHECK(parse_limit("0\n") == 0u);
  CHECK_FALSE(parse_limit("max\n"));
  CHECK_FALSE(parse_limit("-1\n"));
  CHECK_FALSE(parse_limit("9223372036854771712\n"));
  CHECK_FALSE(parse_limit(""));
}

TEST_CASE("CPU lists: ranges and single ones; malformed -> none") {
  CHECK(count_cpus("0-3,7\n") == 5u);
  CHECK(count_cpus("0\n") == 1u);
  CHECK_FALSE(count_cpus("\n"));
  CHECK_FALSE(count_cpus("3-1\n"));
  CHECK_FALSE(count_cpus("0-99999999999\n"));
  CHECK_FALSE(count_cpus("a\n"));
  CHECK_FALSE(count_cpus("0-\n"));
  CHECK_FALSE(count_cpus("-1\n"));
}

TEST_CASE("events files: populated, frozen, dying descendants, pids") {
  CgroupStats stats;
  parse_cgroup_events("populated 1\nfrozen 0\n", stats);
  parse_cgroup_stat("nr_descendants 2\nnr_dying_descendants 3\n", stats);
  parse_pids_events("max 4\n", stats);
  CHECK(stats.populated == true);
  CHECK(stats.frozen == false);
  CHECK(stats.dying_descendants == 3u);
  CHECK(stats.threads_max_hits == 4u);
}

}  // namespace
}  // namespace litewatch

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace litewatch {

/// Time that tasks of a cgroup were delayed by a resource. Source: kernel Documentation/accounting/
/// psi.rst. Absent: PSI is off, or cgroup v1.
struct Pressure {
  std::optional<double> some_s;  ///< at least one task waited
  std::optional<double> full_s;  ///< all tasks waited at once
};

/// One line of io.stat: what the cgroup did on one block device.
struct DeviceIo {
  unsigned major = 0;
  unsigned minor = 0;
  std::optional<std::uint64_t> read_bytes;
  std::optional<std::uint64_t> written_bytes;
  std::optional<std::uint64_t> discarded_bytes;  ///< and discards: since 4.19
  std::optional<std::uint64_t> reads;
  std::optional<std::uint64_t> writes;
  std::optional<std::uint64_t> discards;
};

/// What the kernel says of one cgroup, both versions under one set of names. Every field is absent
/// where the kernel, its version or the controllers in use do not say it. An unlimited limit is
/// absent too. Source: kernel Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
struct CgroupStats {
  // cpu.stat, cpu.max, cpu.weight, cpuset.cpus.effective
  std::optional<double> cpu_usage_s;
  std::optional<double> cpu_user_s;
  std::optional<double> cpu_system_s;
  std::optional<std::uint64_t> cpu_periods;
  std::optional<std::uint64_t> cpu_throttled_periods;
  std::optional<double> cpu_throttled_s;
  std::optional<std::uint64_t> cpu_burst_periods;
  std::optional<double> cpu_burst_s;
  std::optional<std::uint64_t> cpu_quota_us;   ///< CPU time per period
  std::optional<std::uint64_t> cpu_period_us;  ///< above 0
  std::optional<std::uint64_t> cpu_weight;     ///< v2: 1 to 10000
  std::optional<std::uint64_t> cpu_shares;     ///< v1: 2 to 262144
  std::optional<std::uint64_t> cpuset_cpus;

  // memory.*
  std::optional<std::uint64_t> memory_current_bytes;
  std::optional<std::uint64_t> memory_peak_bytes;
  std::optional<std::uint64_t> memory_max_bytes;
  std::optional<std::uint64_t> memory_high_bytes;
  std::optional<std::uint64_t> memory_low_bytes;
  std::optional<std::uint64_t> memory_min_bytes;
  std::optional<std::uint64_t> swap_current_bytes;
  std::optional<std::uint64_t> swap_max_bytes;  ///< swap alone, on v1 too
  std::optional<std::uint64_t> anon_bytes;
  std::optional<std::uint64_t> file_bytes;
  std::optional<std::uint64_t> active_file_bytes;
  std::optional<std::uint64_t> inactive_file_bytes;
  std::optional<std::uint64_t> shmem_bytes;
  std::optional<std::uint64_t> file_mapped_bytes;
  std::optional<std::uint64_t> file_dirty_bytes;
  std::optional<std::uint64_t> file_writeback_bytes;
  std::optional<std::uint64_t> kernel_bytes;
  std::optional<std::uint64_t> page_faults;
  std::optional<std::uint64_t> major_page_faults;
  std::optional<std::uint64_t> refaults_file;
  std::optional<std::uint64_t> refaults_anon;
  std::optional<std::uint64_t> pages_scanned;
  std::optional<std::uint64_t> pages_stolen;
  std::optional<std::uint64_t> memory_events_low;
  std::optional<std::uint64_t> memory_events_high;
  std::optional<std::uint64_t>
      memory_events_max;  ///< v1: failcnt, of swap too where none may be had
  std::optional<std::uint64_t> memory_events_oom;
  std::optional<std::uint64_t> memory_events_oom_kill;
  std::optional<std::uint64_t> memory_events_oom_group_kill;

  // *.pressure
  Pressure cpu_pressure;
  Pressure memory_pressure;
  Pressure io_pressure;

  std::vector<DeviceIo> io;  ///< by device, in the kernel's order

  // pids.*, cgroup.*
  std::optional<std::uint64_t> threads;
  std::optional<std::uint64_t> threads_max;
  std::optional<std::uint64_t> threads_peak;
  std::optional<std::uint64_t> threads_max_hits;
  std::optional<std::uint64_t> processes;
  std::optional<bool> populated;
  std::optional<bool> frozen;
  std::optional<std::uint64_t> dying_descendants;

  /// Forgets all, but keeps the capacity of `io`.
  void clear();
};

}  // namespace litewatch

#pragma once

#include <cstddef>
#include <string_view>

#include "read/cgroup_stats.h"

namespace litewatch {

/// Parsers of the interface files of a cgroup: text in, fields of `stats` set. What a file does not
/// have stays absent; unknown keys and malformed lines are skipped, as newer kernels add some.
/// Pure, without allocation but for CgroupStats::io.

// cgroup v2.
void parse_cpu_stat(std::string_view text, CgroupStats& stats);
void parse_cpu_max(std::string_view text, CgroupStats& stats);
void parse_memory_stat(std::string_view text, CgroupStats& stats);
void parse_memory_events(std::string_view text, CgroupStats& stats);
void parse_pids_events(std::string_view text, CgroupStats& stats);
void parse_cgroup_events(std::string_view text, CgroupStats& stats);
void parse_cgroup_stat(std::string_view text, CgroupStats& stats);
void parse_io_stat(std::string_view text, CgroupStats& stats);

// cgroup v1.
void parse_cpu_stat_v1(std::string_view text, CgroupStats& stats);  ///< times in ns
void parse_cpuacct_stat_v1(std::string_view text, double ticks_per_s, CgroupStats& stats);
void parse_memory_stat_v1(std::string_view text, CgroupStats& stats);  ///< the total_* keys
void parse_oom_control_v1(std::string_view text, CgroupStats& stats);

// Both.
Pressure parse_pressure(std::string_view text);
/// A single number; nullopt for "max", "-1" and v1's huge stand-in for "unlimited".
std::optional<std::uint64_t> parse_limit(std::string_view text);
/// CPUs in a list such as "0-3,7"; nullopt where it is malformed or empty.
std::optional<std::uint64_t> count_cpus(std::string_view list);

}  // namespace litewatch

#include "read/cgroup_parse.h"

#include <algorithm>
#include <array>
#include <optional>

#include "read/text_fields.h"

// Flat keyed files:    KEY VALUE\n ...                   cpu.stat memory.stat memory.events ...
// Nested keyed files:  KEY SUB=VALUE SUB=VALUE\n ...     io.stat *.pressure
// Limits:              VALUE\n or max\n
namespace litewatch {
namespace {

using Count = std::optional<std::uint64_t>;
using Time = std::optional<double>;

// Divided by, not multiplied with their inverses, which are not exact: 100 ms would not be 0.1.
constexpr double kMicro = 1e6;
constexpr double kNano = 1e9;
constexpr std::uint64_t kUnlimitedV1 = std::uint64_t{1} << 62;
constexpr std::uint64_t kMaxCpus = 1 << 20;

struct CountKey {
  std::string_view key;
  Count CgroupStats::*field;
};
struct TimeKey {
  std::string_view key;
  Time CgroupStats::*field;
  double per_s;
};

constexpr std::array<TimeKey, 5> kCpuTimes = {{
    {"usage_usec", &CgroupStats::cpu_usage_s, kMicro},
    {"user_usec", &CgroupStats::cpu_user_s, kMicro},
    {"system_usec", &CgroupStats::cpu_system_s, kMicro},
    {"throttled_usec", &CgroupStats::cpu_throttled_s, kMicro},
    {"burst_usec", &CgroupStats::cpu_burst_s, kMicro},
}};
constexpr std::array<TimeKey, 2> kCpuTimesV1 = {{
    {"throttled_time", &CgroupStats::cpu_throttled_s, kNano},
    {"burst_time", &CgroupStats::cpu_burst_s, kNano},
}};
constexpr std::array<CountKey, 3> kCpuCounts = {{
    {"nr_periods", &CgroupStats::cpu_periods},
    {"nr_throttled", &CgroupStats::cpu_throttled_periods},
    {"nr_bursts", &CgroupStats::cpu_burst_periods},
}};
constexpr std::array<CountKey, 16> kMemoryStat = {{
    {"anon", &CgroupStats::anon_bytes},
    {"file", &CgroupStats::file_bytes},
    {"kernel", &CgroupStats::kernel_bytes},
    {"shmem", &CgroupStats::shmem_bytes},
    {"file_mapped", &CgroupStats::file_mapped_bytes},
    {"file_dirty", &CgroupStats::file_dirty_bytes},
    {"file_writeback", &CgroupStats::file_writeback_bytes},
    {"inactive_file", &CgroupStats::inactive_file_bytes},
    {"active_file", &CgroupStats::active_file_bytes},
    {"workingset_refault", &CgroupStats::refaults_file},  // before 5.9, when there were no others
    {"workingset_refault_anon", &CgroupStats::refaults_anon},
    {"workingset_refault_file", &CgroupStats::refaults_file},
    {"pgscan", &CgroupStats::pages_scanned},
    {"pgsteal", &CgroupStats::pages_stolen},
    {"pgfault", &CgroupStats::page_faults},
    {"pgmajfault", &CgroupStats::major_page_faults},
}};
constexpr std::array<CountKey, 14> kMemoryStatV1 = {{
    {"total_cache", &CgroupStats::file_bytes},
    {"total_rss", &CgroupStats::anon_bytes},
    {"total_shmem", &CgroupStats::shmem_bytes},
    {"total_mapped_file", &CgroupStats::file_mapped_bytes},
    {"total_dirty", &CgroupStats::file_dirty_bytes},
    {"total_writeback", &CgroupStats::file_writeback_bytes},
    {"total_swap", &CgroupStats::swap_current_bytes},
    {"total_pgfault", &CgroupStats::page_faults},
    {"total_pgmajfault", &CgroupStats::major_page_faults},
    {"total_inactive_file", &CgroupStats::inactive_file_bytes},
    {"total_active_file", &CgroupStats::active_file_bytes},
    {"total_workingset_refault", &CgroupStats::refaults_file},
    {"total_workingset_refault_anon", &CgroupStats::refaults_anon},
    {"total_workingset_refault_file", &CgroupStats::refaults_file},
}};
constexpr std::array<CountKey, 6> kMemoryEvents = {{
    {"low", &CgroupStats::memory_events_low},
    {"high", &CgroupStats::memory_events_high},
    {"max", &CgroupStats::memory_events_max},
    {"oom", &CgroupStats::memory_events_oom},
    {"oom_kill", &CgroupStats::memory_events_oom_kill},
    {"oom_group_kill", &CgroupStats::memory_events_oom_group_kill},
}};

struct IoKey {
  std::string_view key;
  Count DeviceIo::*field;
};
constexpr std::array<IoKey, 6> kIoCounts = {{
    {"rbytes", &DeviceIo::read_bytes},
    {"wbytes", &DeviceIo::written_bytes},
    {"rios", &DeviceIo::reads},
    {"wios", &DeviceIo::writes},
    {"dbytes", &DeviceIo::discarded_bytes},
    {"dios", &DeviceIo::discards},
}};

/// Calls visit(key, value) for each line of a flat keyed file whose value is a number.
template <class Visit>
void for_each_key(std::string_view text, Visit visit) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view key = take_word(line);
    const auto value = parse_integer<std::uint64_t>(line);
    if (value) visit(key, *value);
  }
}

template <class Keys>
void set_counts(const Keys& keys, std::string_view key, std::uint64_t value, CgroupStats& stats) {
  for (const CountKey& known : keys) {
    if (known.key == key) stats.*known.field = value;
  }
}

template <class Keys>
void set_times(const Keys& keys, std::string_view key, std::uint64_t value, CgroupStats& stats) {
  for (const TimeKey& known : keys) {
    if (known.key == key) stats.*known.field = static_cast<double>(value) / known.per_s;
  }
}

/// The value of `name=` in a nested keyed line.
std::optional<std::uint64_t> nested(std::string_view line, std::string_view name) {
  while (!line.empty()) {
    std::string_view field = take_word(line);
    if (take_until(field, '=') == name) return parse_integer<std::uint64_t>(field);
  }
  return std::nullopt;
}

/// "MAJOR:MINOR" off the front of a line. Kernels before 5.17 leave out the end of the line after a
/// device that has done nothing: of several devices the last one counts.
bool take_device(std::string_view& line, DeviceIo& io) {
  bool found = false;
  while (!line.empty()) {
    std::string_view rest = line;
    std::string_view word = take_word(rest);
    if (word.find('=') != std::string_view::npos) break;
    line = rest;
    if (word.empty()) continue;
    const auto major = parse_integer<unsigned>(take_until(word, ':'));
    const auto minor = parse_integer<unsigned>(word);
    found = major && minor;
    io.major = major.value_or(0);
    io.minor = minor.value_or(0);
  }
  return found;
}

/// False: a number that is none, or none at all.
bool take_counts(std::string_view line, DeviceIo& io) {
  bool found = false;
  while (!line.empty()) {
    std::string_view field = take_word(line);
    const std::string_view name = take_until(field, '=');
    const auto* known = std::find_if(kIoCounts.begin(), kIoCounts.end(),
                                     [&](const IoKey& key) { return key.key == name; });
    if (known == kIoCounts.end()) continue;
    const auto value = parse_integer<std::uint64_t>(field);
    if (!value) return false;
    io.*known->field = *value;
    found = true;
  }
  return found;
}

std::string_view first_line(std::string_view text) { return take_until(text, '\n'); }

}  // namespace

void parse_cpu_stat(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    set_times(kCpuTimes, key, value, stats);
    set_counts(kCpuCounts, key, value, stats);
  });
}

void parse_cpu_stat_v1(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    set_times(kCpuTimesV1, key, value, stats);
    set_counts(kCpuCounts, key, value, stats);
  });
}

void parse_cpuacct_stat_v1(std::string_view text, double ticks_per_s, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    const double seconds = static_cast<double>(value) / ticks_per_s;
    if (key == "user") stats.cpu_user_s = seconds;
    if (key == "system") stats.cpu_system_s = seconds;
  });
}

void parse_cpu_max(std::string_view text, CgroupStats& stats) {
  std::string_view line = first_line(text);
  const auto quota = parse_integer<std::uint64_t>(take_word(line));
  const auto period = parse_integer<std::uint64_t>(take_word(line));
  if (quota) stats.cpu_quota_us = quota;
  if (period && *period > 0) stats.cpu_period_us = period;
}

void parse_memory_stat(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    set_counts(kMemoryStat, key, value, stats);
  });
}

void parse_memory_stat_v1(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    set_counts(kMemoryStatV1, key, value, stats);
  });
}

void parse_memory_events(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    set_counts(kMemoryEvents, key, value, stats);
  });
}

void parse_oom_control_v1(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "oom_kill") stats.memory_events_oom_kill = value;
  });
}

void parse_pids_events(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "max") stats.threads_max_hits = value;
  });
}

void parse_cgroup_events(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "populated") stats.populated = value != 0;
    if (key == "frozen") stats.frozen = value != 0;
  });
}

void parse_cgroup_stat(std::string_view text, CgroupStats& stats) {
  for_each_key(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "nr_dying_descendants") stats.dying_descendants = value;
  });
}

void parse_io_stat(std::string_view text, CgroupStats& stats) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    DeviceIo io;
    if (take_device(line, io) && take_counts(line, io)) stats.io.push_back(io);
  }
}

Pressure parse_pressure(std::string_view text) {
  Pressure pressure;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view kind = take_word(line);
    const auto total = nested(line, "total");
    if (!total) continue;
    if (kind == "some") pressure.some_s = static_cast<double>(*total) / kMicro;
    if (kind == "full") pressure.full_s = static_cast<double>(*total) / kMicro;
  }
  return pressure;
}

std::optional<std::uint64_t> parse_limit(std::string_view text) {
  const auto value = parse_integer<std::uint64_t>(first_line(text));
  return value && *value < kUnlimitedV1 ? value : std::nullopt;
}

std::optional<std::uint64_t> count_cpus(std::string_view list) {
  list = first_line(list);
  std::uint64_t cpus = 0;
  while (!list.empty()) {
    std::string_view last_word = take_until(list, ',');
    const bool range = last_word.find('-') != std::string_view::npos;
    const auto first = parse_integer<std::uint64_t>(range ? take_until(last_word, '-') : last_word);
    const auto last = range ? parse_integer<std::uint64_t>(last_word) : first;
    if (!first || !last || *last < *first || *last >= kMaxCpus) return std::nullopt;
    cpus += *last - *first + 1;
  }
  return cpus == 0 ? std::nullopt : std::optional(cpus);
}

}  // namespace litewatch

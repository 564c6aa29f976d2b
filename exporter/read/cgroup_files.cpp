#include "read/cgroup_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/fd.h"
#include "read/cgroup_parse.h"

namespace litewatch {
namespace {

constexpr double kMicrosecond = 1e-6;
constexpr double kNanosecond = 1e-9;

/// A file that holds one number.
struct NumberFile {
  const char* name;
  std::optional<std::uint64_t> CgroupStats::*field;
};
/// A file with a parser of its own.
struct TextFile {
  const char* name;
  void (*parse)(std::string_view, CgroupStats&);
};

constexpr std::array<NumberFile, 5> kMemoryLimits = {{
    {"memory.max", &CgroupStats::memory_max_bytes},
    {"memory.high", &CgroupStats::memory_high_bytes},
    {"memory.low", &CgroupStats::memory_low_bytes},
    {"memory.min", &CgroupStats::memory_min_bytes},
    {"memory.swap.max", &CgroupStats::swap_max_bytes},
}};
constexpr std::array<NumberFile, 7> kNumbers = {{
    {"memory.current", &CgroupStats::memory_current_bytes},
    {"memory.peak", &CgroupStats::memory_peak_bytes},
    {"memory.swap.current", &CgroupStats::swap_current_bytes},
    {"cpu.weight", &CgroupStats::cpu_weight},
    {"pids.current", &CgroupStats::threads},
    {"pids.max", &CgroupStats::threads_max},
    {"pids.peak", &CgroupStats::threads_peak},
}};
constexpr std::array<TextFile, 5> kTexts = {{
    {"cpu.stat", parse_cpu_stat},
    {"memory.events", parse_memory_events},
    {"io.stat", parse_io_stat},
    {"pids.events", parse_pids_events},
    {"cgroup.stat", parse_cgroup_stat},
}};
constexpr std::array<NumberFile, 2> kMemoryNumbersV1 = {{
    {"memory.usage_in_bytes", &CgroupStats::memory_current_bytes},
    {"memory.max_usage_in_bytes", &CgroupStats::memory_peak_bytes},
}};
constexpr std::array<NumberFile, 2> kMemoryLimitsV1 = {{
    {"memory.limit_in_bytes", &CgroupStats::memory_max_bytes},
    {"memory.soft_limit_in_bytes", &CgroupStats::memory_low_bytes},
}};
constexpr std::array<NumberFile, 2> kPidsV1 = {{
    {"pids.current", &CgroupStats::threads},
    {"pids.max", &CgroupStats::threads_max},
}};

template <class Files>
void read_numbers(const Files& files, int folder, CgroupScratch scratch, CgroupStats& stats) {
  for (const NumberFile& file : files) {
    if (const auto text = read_cgroup_file(folder, file.name, scratch)) {
      stats.*file.field = parse_limit(*text);
    }
  }
}

Pressure read_pressure(int folder, const char* name, CgroupScratch scratch) {
  const auto text = read_cgroup_file(folder, name, scratch);
  return text ? parse_pressure(*text) : Pressure();
}

void read_cpuset(int folder, const char* name, CgroupScratch scratch, CgroupStats& stats) {
  if (const auto text = read_cgroup_file(folder, name, scratch))
    stats.cpuset_cpus = count_cpus(*text);
}

double in_seconds(std::uint64_t count, double unit_s) {
  return static_cast<double>(count) * unit_s;
}

void read_cpu_limits_v1(int folder, CgroupScratch scratch, CgroupStats& stats) {
  // A quota of -1, no limit, is no number.
  if (const auto text = read_cgroup_file(folder, "cpu.cfs_quota_us", scratch)) {
    if (const auto quota = parse_limit(*text)) stats.cpu_quota_s = in_seconds(*quota, kMicrosecond);
  }
  if (const auto text = read_cgroup_file(folder, "cpu.cfs_period_us", scratch)) {
    if (const auto period = parse_limit(*text)) {
      stats.cpu_period_s = in_seconds(*period, kMicrosecond);
    }
  }
}

/// v1 counts memory and swap together; v2 swap alone.
void read_swap_limit_v1(int folder, CgroupScratch scratch, CgroupStats& stats) {
  const auto text = read_cgroup_file(folder, "memory.memsw.limit_in_bytes", scratch);
  const auto both = text ? parse_limit(*text) : std::nullopt;
  if (both && stats.memory_max_bytes && *both >= *stats.memory_max_bytes) {
    stats.swap_max_bytes = *both - *stats.memory_max_bytes;
  }
}

void read_memory_v1(int folder, CgroupScratch scratch, CgroupStats& stats) {
  if (const auto text = read_cgroup_file(folder, "memory.stat", scratch)) {
    parse_memory_stat_v1(*text, stats);
  }
  if (const auto text = read_cgroup_file(folder, "memory.oom_control", scratch)) {
    parse_oom_control_v1(*text, stats);
  }
  if (const auto text = read_cgroup_file(folder, "memory.failcnt", scratch)) {
    stats.memory_events_max = parse_limit(*text);
  }
  if (const auto text = read_cgroup_file(folder, "memory.kmem.usage_in_bytes", scratch)) {
    stats.kernel_bytes = parse_limit(*text);
  }
  read_numbers(kMemoryNumbersV1, folder, scratch, stats);
}

void read_cpu_v1(const LegacyFolders& folders, CgroupScratch scratch, CgroupStats& stats) {
  if (const auto text = read_cgroup_file(folders.cpu, "cpu.stat", scratch)) {
    parse_cpu_stat_v1(*text, stats);
  }
  if (const auto text = read_cgroup_file(folders.cpu, "cpu.shares", scratch)) {
    stats.cpu_shares = parse_limit(*text);
  }
  if (const auto text = read_cgroup_file(folders.cpuacct, "cpuacct.usage", scratch)) {
    const auto usage_ns = parse_limit(*text);
    if (usage_ns) stats.cpu_usage_s = in_seconds(*usage_ns, kNanosecond);
  }
  if (const auto text = read_cgroup_file(folders.cpuacct, "cpuacct.stat", scratch)) {
    parse_cpuacct_stat_v1(*text, static_cast<double>(::sysconf(_SC_CLK_TCK)), stats);
  }
}

}  // namespace

void CgroupStats::clear() {
  std::vector<DeviceIo> devices = std::move(io);
  devices.clear();
  *this = CgroupStats();
  io = std::move(devices);
}

std::optional<std::string_view> read_cgroup_file(int folder, const char* name,
                                                 CgroupScratch scratch) {
  if (folder < 0) return std::nullopt;
  const Fd file(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!file.valid()) return std::nullopt;
  std::size_t size = 0;
  while (size < scratch.size()) {
    const ssize_t got = ::read(file.get(), scratch.data() + size, scratch.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return std::string_view(scratch.data(), size);
    size += static_cast<std::size_t>(got);
  }
  const std::string_view cut(scratch.data(), size);
  return cut.substr(0, cut.rfind('\n') + 1);
}

bool read_cgroup_v2(int folder, CgroupScratch scratch, CgroupStats& stats) {
  if (!read_cgroup_limits_v2(folder, scratch, stats)) return false;
  for (const TextFile& file : kTexts) {
    if (const auto text = read_cgroup_file(folder, file.name, scratch)) file.parse(*text, stats);
  }
  // Only the root has no cgroup.events.
  if (const auto text = read_cgroup_file(folder, "cgroup.events", scratch)) {
    parse_cgroup_events(*text, stats);
    if (const auto memory = read_cgroup_file(folder, "memory.stat", scratch)) {
      parse_memory_stat(*memory, stats);
    }
  }
  read_numbers(kNumbers, folder, scratch, stats);
  stats.cpu_pressure = read_pressure(folder, "cpu.pressure", scratch);
  stats.memory_pressure = read_pressure(folder, "memory.pressure", scratch);
  stats.io_pressure = read_pressure(folder, "io.pressure", scratch);
  return true;
}

bool read_cgroup_limits_v2(int folder, CgroupScratch scratch, CgroupStats& stats) {
  stats.clear();
  const auto processes = read_cgroup_file(folder, "cgroup.procs", scratch);
  if (!processes && ::faccessat(folder, "cgroup.procs", F_OK, 0) != 0) return false;
  if (processes) stats.processes = count_lines(*processes);
  read_numbers(kMemoryLimits, folder, scratch, stats);
  if (const auto text = read_cgroup_file(folder, "cpu.max", scratch)) parse_cpu_max(*text, stats);
  read_cpuset(folder, "cpuset.cpus.effective", scratch, stats);
  return true;
}

bool read_cgroup_v1(const LegacyFolders& folders, CgroupScratch scratch, CgroupStats& stats) {
  if (!read_cgroup_limits_v1(folders, scratch, stats)) return false;
  read_memory_v1(folders.memory, scratch, stats);
  read_cpu_v1(folders, scratch, stats);
  read_numbers(kPidsV1, folders.pids, scratch, stats);
  return true;
}

bool read_cgroup_limits_v1(const LegacyFolders& folders, CgroupScratch scratch,
                           CgroupStats& stats) {
  stats.clear();
  bool there = false;
  for (const int folder :
       {folders.memory, folders.cpu, folders.cpuacct, folders.pids, folders.cpuset}) {
    const auto processes = read_cgroup_file(folder, "cgroup.procs", scratch);
    if (!processes) continue;
    there = true;
    stats.processes = count_lines(*processes);
    break;
  }
  if (!there) return false;
  read_numbers(kMemoryLimitsV1, folders.memory, scratch, stats);
  read_swap_limit_v1(folders.memory, scratch, stats);
  read_cpu_limits_v1(folders.cpu, scratch, stats);
  read_cpuset(folders.cpuset, "cpuset.effective_cpus", scratch, stats);
  return true;
}

}  // namespace litewatch

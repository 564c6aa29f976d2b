#include "read/cgroup_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/fd.h"
#include "read/cgroup_parse.h"
#include "read/cgroup_processes.h"

namespace litewatch {
namespace {

/// An interface file, and what takes its text into the stats.
struct InterfaceFile {
  const char* name;
  void (*parse)(std::string_view, CgroupStats&);
};
using Files = std::span<const InterfaceFile>;

template <auto kField>
void number(std::string_view text, CgroupStats& stats) {
  stats.*kField = parse_limit(text);
}
template <auto kField, std::uint64_t kUnitsPerSecond>
void seconds(std::string_view text, CgroupStats& stats) {
  const auto count = parse_limit(text);
  if (count) stats.*kField = static_cast<double>(*count) / static_cast<double>(kUnitsPerSecond);
}
template <auto kField>
void pressure(std::string_view text, CgroupStats& stats) {
  stats.*kField = parse_pressure(text);
}
void cpuset(std::string_view text, CgroupStats& stats) { stats.cpuset_cpus = count_cpus(text); }
void cpuacct_stat(std::string_view text, CgroupStats& stats) {
  parse_cpuacct_stat_v1(text, static_cast<double>(::sysconf(_SC_CLK_TCK)), stats);
}
/// v1 limits memory and swap together; v2 swap alone. Comes after memory.limit_in_bytes.
void swap_limit(std::string_view text, CgroupStats& stats) {
  const auto both = parse_limit(text);
  if (both && stats.memory_max_bytes && *both >= *stats.memory_max_bytes) {
    stats.swap_max_bytes = *both - *stats.memory_max_bytes;
  }
}

/// Where no swap may be had, v1 runs into the limit of both instead. Comes after both.
void add_swap_failures(std::string_view text, CgroupStats& stats) {
  const auto failures = parse_limit(text);
  if (failures && stats.swap_max_bytes == 0u) {
    stats.memory_events_max = stats.memory_events_max.value_or(0) + *failures;
  }
}

using S = CgroupStats;
constexpr std::uint64_t kNano = 1'000'000'000;

// v2
constexpr InterfaceFile kMemoryLimits[] = {
    {"memory.max", number<&S::memory_max_bytes>},    {"memory.high", number<&S::memory_high_bytes>},
    {"memory.low", number<&S::memory_low_bytes>},    {"memory.min", number<&S::memory_min_bytes>},
    {"memory.swap.max", number<&S::swap_max_bytes>},
};
constexpr InterfaceFile kMemory[] = {
    {"memory.current", number<&S::memory_current_bytes>},
    {"memory.peak", number<&S::memory_peak_bytes>},
    {"memory.swap.current", number<&S::swap_current_bytes>},
    {"memory.events", parse_memory_events},
};
constexpr InterfaceFile kMemoryStat[] = {{"memory.stat", parse_memory_stat}};
constexpr InterfaceFile kCpuLimits[] = {{"cpu.max", parse_cpu_max}};
constexpr InterfaceFile kCpu[] = {{"cpu.weight", number<&S::cpu_weight>}};
constexpr InterfaceFile kCpuStat[] = {{"cpu.stat", parse_cpu_stat}};
constexpr InterfaceFile kCpuset[] = {{"cpuset.cpus.effective", cpuset}};
constexpr InterfaceFile kPids[] = {
    {"pids.current", number<&S::threads>},
    {"pids.max", number<&S::threads_max>},
    {"pids.peak", number<&S::threads_peak>},
    {"pids.events", parse_pids_events},
};
constexpr InterfaceFile kAlwaysV2[] = {
    {"io.stat", parse_io_stat},
    {"cgroup.stat", parse_cgroup_stat},
    {"cgroup.events", parse_cgroup_events},
    {"cpu.pressure", pressure<&S::cpu_pressure>},
    {"memory.pressure", pressure<&S::memory_pressure>},
    {"io.pressure", pressure<&S::io_pressure>},
};

// v1; its pids controller has the files of v2's.
constexpr InterfaceFile kMemoryLimitsV1[] = {
    {"memory.limit_in_bytes", number<&S::memory_max_bytes>},
    {"memory.soft_limit_in_bytes", number<&S::memory_low_bytes>},
    {"memory.memsw.limit_in_bytes", swap_limit},
};
constexpr InterfaceFile kMemoryV1[] = {
    {"memory.usage_in_bytes", number<&S::memory_current_bytes>},
    {"memory.max_usage_in_bytes", number<&S::memory_peak_bytes>},
    {"memory.failcnt", number<&S::memory_events_max>},
    {"memory.memsw.failcnt", add_swap_failures},
    {"memory.kmem.usage_in_bytes", number<&S::kernel_bytes>},
    {"memory.oom_control", parse_oom_control_v1},
};
constexpr InterfaceFile kMemoryStatV1[] = {{"memory.stat", parse_memory_stat_v1}};
constexpr InterfaceFile kCpuLimitsV1[] = {
    {"cpu.cfs_quota_us", number<&S::cpu_quota_us>},  // -1, no limit, is no number
    {"cpu.cfs_period_us", number<&S::cpu_period_us>},
};
constexpr InterfaceFile kCpuV1[] = {
    {"cpu.stat", parse_cpu_stat_v1},
    {"cpu.shares", number<&S::cpu_shares>},
};
constexpr InterfaceFile kCpuacctV1[] = {
    {"cpuacct.usage", seconds<&S::cpu_usage_s, kNano>},
    {"cpuacct.stat", cpuacct_stat},
};
constexpr InterfaceFile kCpusetV1[] = {{"cpuset.effective_cpus", cpuset}};

/// The files of a controller, wherever it is.
struct Controller {
  int CgroupFolders::*legacy;
  Files v1;
  Files v2;
};
constexpr Controller kLimits[] = {
    {&CgroupFolders::memory, kMemoryLimitsV1, kMemoryLimits},
    {&CgroupFolders::cpu, kCpuLimitsV1, kCpuLimits},
    {&CgroupFolders::cpuset, kCpusetV1, kCpuset},
};
constexpr Controller kUsage[] = {
    {&CgroupFolders::memory, kMemoryV1, kMemory},
    {&CgroupFolders::cpu, kCpuV1, kCpu},
    {&CgroupFolders::cpuacct, kCpuacctV1, kCpuStat},
    {&CgroupFolders::pids, kPids, kPids},
};
constexpr Controller kMemoryStats[] = {{&CgroupFolders::memory, kMemoryStatV1, kMemoryStat}};

/// One reading of one cgroup.
struct Reading {
  const CgroupFolders& folders;
  CgroupScratch scratch;
  CgroupStats& stats;

  void take(int folder, Files files) {
    if (folder < 0) return;
    for (const InterfaceFile& file : files) {
      const auto text = read_cgroup_file(folder, file.name, scratch);
      if (text) file.parse(*text, stats);
    }
  }
  void take(std::span<const Controller> controllers) {
    for (const Controller& controller : controllers) {
      const int legacy = folders.*controller.legacy;
      legacy >= 0 ? take(legacy, controller.v1) : take(folders.unified, controller.v2);
    }
  }
  /// False: the cgroup is gone. Comes last, so that what vanishes meanwhile is not half read.
  bool take_processes() {
    const int home = folders.home();
    stats.processes = count_own_processes(home, scratch);
    if (!stats.processes) return ::faccessat(home, "cgroup.procs", F_OK, 0) == 0;
    const bool empty = stats.populated == false || stats.threads == 0u;
    if (*stats.processes == 0 && !empty) stats.processes = count_processes_below(home, scratch);
    // v1 lists no processes of another PID namespace; v2 lists them as 0.
    const bool hidden = !empty && stats.threads.value_or(0) > 0;
    if (*stats.processes == 0 && hidden) stats.processes.reset();
    return true;
  }
};

}  // namespace

void CgroupStats::clear() {
  std::vector<DeviceIo> devices = std::move(io);
  devices.clear();
  *this = CgroupStats();
  io = std::move(devices);
}

int CgroupFolders::home() const {
  for (const int folder : {memory, cpu, cpuacct, pids, cpuset}) {
    if (folder >= 0) return folder;
  }
  return unified;
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

bool read_cgroup(const CgroupFolders& folders, CgroupScratch scratch, CgroupStats& stats) {
  stats.clear();
  Reading reading{folders, scratch, stats};
  reading.take(kLimits);
  reading.take(kUsage);
  if (!folders.root) reading.take(kMemoryStats);
  reading.take(folders.unified, kAlwaysV2);
  return reading.take_processes();
}

bool read_cgroup_limits(const CgroupFolders& folders, CgroupScratch scratch, CgroupStats& stats) {
  stats.clear();
  Reading reading{folders, scratch, stats};
  reading.take(kLimits);
  return ::faccessat(folders.home(), "cgroup.procs", F_OK, 0) == 0;
}

}  // namespace litewatch

#include "read/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>

#include "base/fd.h"
#include "base/parse.h"

namespace litewatch {
namespace {

// Fields of /proc/PID/stat after the command, counted from 1 as in proc_pid_stat(5).
constexpr std::size_t kFirstAfterCommand = 3;
constexpr std::size_t kUserTime = 14;
constexpr std::size_t kSystemTime = 15;
constexpr std::size_t kThreads = 20;
constexpr std::size_t kStartTime = 22;
constexpr std::size_t kVirtualSize = 23;
constexpr std::size_t kResidentPages = 24;
constexpr std::size_t kLastField = kResidentPages;

/// Reads a small file of /proc whole, without a heap allocation.
Result<std::string_view> read_small(const std::string& path, std::span<char> buffer) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return system_error(errno, "cannot open", path);
  const auto size = read_at(fd.get(), std::as_writable_bytes(buffer), 0);
  if (!size) return size.error();
  return std::string_view(buffer.data(), *size);
}

Result<std::uint64_t> count_open_fds(const std::string& procfs) {
  DIR* dir = ::opendir((procfs + "/self/fd").c_str());
  if (dir == nullptr) return system_error(errno, "cannot open", procfs + "/self/fd");
  std::uint64_t entries = 0;
  while (::readdir(dir) != nullptr) ++entries;
  ::closedir(dir);
  return entries - 3;  // ".", ".." and the descriptor that reads them
}

}  // namespace

Result<ProcessStat> parse_process_stat(std::string_view line) {
  const Error malformed{ErrorKind::kMalformed, "not a line of /proc/PID/stat", "", 0};
  const std::size_t command_end = line.rfind(')');
  if (command_end == std::string_view::npos) return malformed;
  std::array<std::uint64_t, kLastField + 1> fields{};
  std::string_view rest = line.substr(command_end + 1);
  for (std::size_t field = kFirstAfterCommand; field <= kLastField; ++field) {
    const std::size_t start = rest.find_first_not_of(" \n");
    if (start == std::string_view::npos) return malformed;
    rest.remove_prefix(start);
    const std::string_view word = rest.substr(0, rest.find_first_of(" \n"));
    fields[field] = parse_u64(word).value_or(0);  // the state is a letter, some fields are negative
    rest.remove_prefix(word.size());
  }
  const auto ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  ProcessStat stat;
  stat.cpu_s = static_cast<double>(fields[kUserTime] + fields[kSystemTime]) / ticks_per_s;
  stat.threads = fields[kThreads];
  stat.start_after_boot_s = static_cast<double>(fields[kStartTime]) / ticks_per_s;
  stat.virtual_bytes = fields[kVirtualSize];
  stat.resident_bytes = fields[kResidentPages] * static_cast<std::uint64_t>(::getpagesize());
  return stat;
}

Result<OwnProcess> read_own_process(const std::string& procfs, double boot_unix_s) {
  std::array<char, 4096> buffer;
  const auto line = read_small(procfs + "/self/stat", buffer);
  if (!line) return line.error();
  const auto stat = parse_process_stat(*line);
  if (!stat) return stat.error();
  const auto open_fds = count_open_fds(procfs);
  if (!open_fds) return open_fds.error();
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return OwnProcess{*stat, *open_fds, limit.rlim_cur, boot_unix_s + stat->start_after_boot_s};
}

double read_boot_unix_s(const std::string& procfs) {
  std::array<char, 65536> buffer;
  const auto text = read_small(procfs + "/stat", buffer);
  constexpr std::string_view kKey = "\nbtime ";
  const std::size_t at = text ? text->find(kKey) : std::string_view::npos;
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = text->substr(at + kKey.size());
  return parse_double(rest.substr(0, rest.find('\n'))).value_or(0);
}

std::optional<double> process_age_s(const std::string& procfs, int pid) {
  std::array<char, 4096> buffer;
  std::array<char, 256> uptime_buffer;
  const auto line = read_small(procfs + "/" + std::to_string(pid) + "/stat", buffer);
  const auto uptime = read_small(procfs + "/uptime", uptime_buffer);
  if (!line || !uptime) return std::nullopt;
  const auto stat = parse_process_stat(*line);
  const auto uptime_s = parse_double(uptime->substr(0, uptime->find(' ')));
  if (!stat || !uptime_s) return std::nullopt;
  return *uptime_s - stat->start_after_boot_s;
}

}  // namespace litewatch

#include "read/machine.h"

#include <string_view>

#include "read/text_fields.h"
#include "read/whole_file.h"

namespace litewatch {
namespace {

constexpr std::size_t kMaxSize = 16 << 20;

/// Lines "cpu0 ...", "cpu1 ..."; that of all together is "cpu  ...".
std::optional<std::uint64_t> count_online_cpus(std::string_view stat) {
  std::uint64_t cpus = 0;
  while (!stat.empty()) {
    std::string_view line = take_until(stat, '\n');
    std::string_view name = take_word(line);
    if (!name.starts_with("cpu")) continue;
    name.remove_prefix(3);
    if (parse_integer<unsigned>(name)) ++cpus;
  }
  return cpus > 0 ? std::optional(cpus) : std::nullopt;
}

/// "MemTotal:       16384 kB"
std::optional<std::uint64_t> total_memory_bytes(std::string_view meminfo) {
  while (!meminfo.empty()) {
    std::string_view line = take_until(meminfo, '\n');
    if (take_word(line) != "MemTotal:") continue;
    const auto kib = parse_integer<std::uint64_t>(take_word(line));
    constexpr std::uint64_t kMost = std::uint64_t{1} << 53;
    if (kib && *kib <= kMost && take_word(line) == "kB") return *kib * 1024;
  }
  return std::nullopt;
}

}  // namespace

Machine read_machine(const std::string& procfs) {
  Machine machine;
  const auto stat = read_whole_file(procfs + "/stat", kMaxSize);
  const auto meminfo = read_whole_file(procfs + "/meminfo", kMaxSize);
  if (stat) machine.cpus = count_online_cpus(*stat);
  if (meminfo) machine.memory_bytes = total_memory_bytes(*meminfo);
  return machine;
}

std::string block_device_name(const std::string& sysfs, unsigned major, unsigned minor) {
  const std::string number = std::to_string(major) + ":" + std::to_string(minor);
  const auto uevent = read_whole_file(sysfs + "/dev/block/" + number + "/uevent", 64 << 10);
  std::string_view text = uevent ? std::string_view(*uevent) : std::string_view();
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (take_until(line, '=') == "DEVNAME" && !line.empty()) return "/dev/" + std::string(line);
  }
  return number;
}

}  // namespace litewatch

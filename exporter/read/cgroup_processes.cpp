#include "read/cgroup_processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/fd.h"
#include "read/directory.h"
#include "read/text_fields.h"

namespace litewatch {
namespace {

constexpr const char* kFile = "cgroup.procs";
/// Levels below a container that are looked at: systemd within one needs four.
constexpr int kDeepest = 8;

/// Where systemd-nspawn is itself, beside the "payload" that is the container.
constexpr std::string_view kSupervisor = "supervisor";

/// Calls visit(int folder) for each cgroup right below a folder that belongs to the container.
template <class Visit>
void for_each_child(int folder, Visit visit) {
  for_each_entry(folder, [&](const char* name, unsigned char type) {
    if ((type != DT_DIR && type != DT_UNKNOWN) || name == kSupervisor) return;
    const Fd child = open_folder(folder, name);
    if (child.valid()) visit(child.get());
  });
}

std::uint64_t count_below(int folder, CgroupScratch scratch, int levels) {
  std::uint64_t processes = 0;
  for_each_child(folder, [&](int child) {
    const std::uint64_t own = count_own_processes(child, scratch).value_or(0);
    processes += own > 0 || levels == 1 ? own : count_below(child, scratch, levels - 1);
  });
  return processes;
}

/// False: the cgroup has no process itself.
bool add_own_processes(int folder, CgroupScratch scratch, std::vector<int>& processes) {
  std::string_view text = read_cgroup_file(folder, kFile, scratch).value_or("");
  if (text.empty()) return false;
  while (!text.empty()) {
    const auto pid = parse_integer<int>(take_until(text, '\n'));
    if (pid && *pid > 0) processes.push_back(*pid);
  }
  return true;
}

void add_processes(int folder, CgroupScratch scratch, int levels, std::vector<int>& processes) {
  if (add_own_processes(folder, scratch, processes) || levels == 0) return;
  for_each_child(folder, [&](int child) { add_processes(child, scratch, levels - 1, processes); });
}

}  // namespace

std::optional<std::uint64_t> count_own_processes(int folder, CgroupScratch scratch) {
  if (folder < 0) return std::nullopt;
  const Fd file(::openat(folder, kFile, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!file.valid()) return std::nullopt;
  std::uint64_t lines = 0;
  char last = '\n';
  for (;;) {
    const ssize_t got = ::read(file.get(), scratch.data(), scratch.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return lines + (last == '\n' ? 0 : 1);
    const auto text = scratch.first(static_cast<std::size_t>(got));
    lines += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    last = text.back();
  }
}

std::uint64_t count_processes_below(int folder, CgroupScratch scratch) {
  return count_below(folder, scratch, kDeepest);
}

std::vector<int> list_cgroup_processes(int folder, CgroupScratch scratch) {
  std::vector<int> processes;
  add_processes(folder, scratch, kDeepest, processes);
  std::sort(processes.begin(), processes.end());
  return processes;
}

}  // namespace litewatch

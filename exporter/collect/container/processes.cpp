#include "collect/container/processes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "read/process_cgroup.h"

namespace litewatch {
namespace {

bool is_above(std::string_view path) { return path == "/.." || path.starts_with("/../"); }

std::optional<std::uint64_t> inode_of(int folder, const char* name) {
  struct stat status {};
  if (::fstatat(folder, name, &status, 0) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_ino);
}

bool any_in_cgroup(const ProcessCgroups& process, std::string_view path) {
  if (is_in_cgroup(std::string_view(process.unified), path)) return true;
  return std::any_of(process.legacy.begin(), process.legacy.end(),
                     [&](const auto& entry) { return is_in_cgroup(entry.second, path); });
}

/// Holds the process where it is in the container's cgroup; the check comes after the folder is
/// open, so that it is about the same process.
std::optional<HeldProcess> hold(const std::string& procfs, int pid, const LiveContainer& of) {
  auto held = HeldProcess::open(procfs, pid);
  if (!held) return std::nullopt;
  const auto cgroups = read_process_cgroups(procfs, pid);
  if (!cgroups || !any_in_cgroup(*cgroups, of.path) || !held->alive()) return std::nullopt;
  return held;
}

void find_process(const std::string& procfs, ProcessSearch& search, CgroupScratch scratch) {
  const LiveContainer& container = *search.container;
  if (container.pid > 0) search.found = HeldProcess::open(procfs, container.pid);
  if (!search.found && search.told_pid > 0) {
    search.found = hold(procfs, search.told_pid, container);
  }
  if (search.found) return;
  const std::vector<int> pids = container.folder.processes(scratch);
  const auto first = std::min_element(pids.begin(), pids.end());
  if (first != pids.end()) search.found = hold(procfs, *first, container);
}

void scan_for_processes(const std::string& procfs, std::vector<ProcessSearch*>& missing) {
  for (const int pid : list_processes(procfs)) {
    if (missing.empty()) return;
    const auto cgroups = read_process_cgroups(procfs, pid);
    if (!cgroups) continue;
    const auto in = std::find_if(missing.begin(), missing.end(), [&](const ProcessSearch* search) {
      return any_in_cgroup(*cgroups, search->container->path);
    });
    if (in == missing.end()) continue;
    (*in)->found = hold(procfs, pid, *(*in)->container);
    if ((*in)->found) missing.erase(in);
  }
}

}  // namespace

std::optional<HeldProcess> HeldProcess::open(const std::string& procfs, int pid) {
  const std::string path = procfs + "/" + std::to_string(pid);
  HeldProcess process;
  process.pid_ = pid;
  process.folder_ = Fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!process.folder_.valid()) return std::nullopt;
  process.network_ = {inode_of(process.folder_.get(), "net/dev"),
                      network_namespace(process.folder_.get())};
  return process;
}

bool HeldProcess::alive() const { return inode_of(folder_.get(), "cgroup").has_value(); }

ProcessFiles HeldProcess::read_files(CgroupScratch scratch) const {
  return read_process_files(folder_.get(), scratch);
}

bool HeldProcess::read_network(CgroupScratch scratch,
                               std::vector<NetworkInterface>& interfaces) const {
  const auto text = read_cgroup_file(folder_.get(), "net/dev", scratch);
  parse_net_dev(text.value_or(std::string_view()), interfaces);
  return text.has_value();
}

bool is_in_cgroup(std::string_view process_path, std::string_view path) {
  if (path.size() < 2) return false;
  const bool relative = is_above(process_path);
  while (is_above(process_path)) process_path.remove_prefix(3);
  // It may be in a cgroup below the container's: so every folder above it counts.
  for (std::size_t end = process_path.size(); end > 1; end = process_path.rfind('/', end - 1)) {
    const std::string_view folder = process_path.substr(0, end);
    if (relative ? path.ends_with(folder) : path == folder) return true;
    if (folder.rfind('/') == std::string_view::npos) return false;
  }
  return false;
}

void find_processes(const std::string& procfs, std::span<ProcessSearch> searches,
                    CgroupScratch scratch) {
  std::vector<ProcessSearch*> missing;
  for (ProcessSearch& search : searches) {
    find_process(procfs, search, scratch);
    if (!search.found) missing.push_back(&search);
  }
  if (!missing.empty()) scan_for_processes(procfs, missing);
}

}  // namespace litewatch

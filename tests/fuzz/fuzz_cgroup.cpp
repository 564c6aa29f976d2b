// Everything that parses what the kernel or a runtime says of containers. The input is cut at zero
// bytes: the parsers of two texts take the first two pieces.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "fuzz.h"
#include "read/cgroup_layout.h"
#include "read/cgroup_parse.h"
#include "read/cgroup_path.h"
#include "read/container_mounts.h"
#include "read/net_dev.h"
#include "read/path_text.h"
#include "read/pod_logs.h"
#include "read/process_cgroup.h"
#include "read/process_files.h"
#include "read/text_fields.h"

using namespace litewatch;

namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_uid(std::string_view uid) {
  std::string digits(uid);
  std::erase(digits, '-');
  return digits.size() == 32 && is_hex(digits) && (uid.size() == 32 || uid.size() == 36);
}

/// Absent, or a time that can be.
void require_time(const std::optional<double>& time_s) {
  require(!time_s || (std::isfinite(*time_s) && *time_s >= 0));
}

void check_stats(std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  CgroupStats stats;
  for (const auto parse : {parse_cpu_stat, parse_cpu_max, parse_memory_stat, parse_memory_events,
                           parse_pids_events, parse_cgroup_events, parse_cgroup_stat, parse_io_stat,
                           parse_cpu_stat_v1, parse_memory_stat_v1, parse_oom_control_v1}) {
    parse(text, stats);
  }
  parse_cpuacct_stat_v1(text, 100, stats);
  for (const auto& time_s : {stats.cpu_usage_s, stats.cpu_user_s, stats.cpu_system_s,
                             stats.cpu_throttled_s, stats.cpu_burst_s}) {
    require_time(time_s);
  }
  require(!stats.cpu_period_us || *stats.cpu_period_us > 0);
  require(stats.io.size() <= lines);
  const Pressure pressure = parse_pressure(text);
  require_time(pressure.some_s);
  require_time(pressure.full_s);
  const std::size_t capacity = stats.io.capacity();
  stats.clear();
  require(stats.io.empty() && stats.io.capacity() == capacity && !stats.cpu_usage_s);
}

void check_numbers(std::string_view text) {
  if (const auto limit = parse_limit(text)) {
    require(*limit < std::uint64_t{1} << 62);
    require(parse_limit(std::to_string(*limit) + "\n") == limit);
  }
  if (const auto cpus = count_cpus(text)) require(*cpus > 0);
  if (const auto files = parse_open_files_limit(text)) {
    require(parse_open_files_limit("Max open files  " + std::to_string(*files) + " 1") == files);
  }
}

void check_path(std::string_view path) {
  const CgroupIdentity identity = identify_cgroup(path);
  const bool container = identity.kind == CgroupIdentity::Kind::kContainer;
  if (container) require(identity.id.empty() != identity.name.empty());
  if (identity.kind == CgroupIdentity::Kind::kHidden) require(identity.id.empty());
  const std::size_t digits = identity.id.size();
  require(is_hex(identity.id) && (digits == 0 || digits == 12 || digits == 64));
  require(identity.pod_uid.empty() || is_uid(identity.pod_uid));
  require(identity.qos.empty() || (container && !identity.pod_uid.empty()));
  require(identity.name.find('/') == std::string::npos);
  // Slashes too many change nothing.
  const CgroupIdentity again = identify_cgroup("/" + std::string(path) + "/");
  require(again.kind == identity.kind && again.id == identity.id && again.name == identity.name);
}

void check_logs(std::string_view name) {
  if (const auto found = parse_container_log_name(name)) {
    require(found->id.size() == 64 && is_hex(found->id));
    require(!found->pod.empty() && !found->namespace_name.empty() && !found->container.empty());
    require(name == found->pod + "_" + found->namespace_name + "_" + found->container + "-" +
                        found->id + ".log");
  }
  if (const auto found = parse_pod_log_name(name)) {
    require(name == found->namespace_name + "_" + found->pod + "_" + found->pod_uid);
  }
}

void check_network(std::string_view text) {
  std::vector<NetworkInterface> interfaces;
  parse_net_dev(text, interfaces);
  for (const NetworkInterface& interface : interfaces) {
    require(!interface.name.empty() && !interface.name.starts_with("lo"));
    require(interface.name.find('\n') == std::string::npos);
  }
}

void check_mounted(const std::vector<Mount>& mounts, const std::string& folder,
                   std::string_view fs_type) {
  const bool known = std::any_of(mounts.begin(), mounts.end(), [&](const Mount& mount) {
    return mount.fs_type == fs_type && below_folder(folder, mount.mount_point);
  });
  require(folder.starts_with('/') && known);
}

void check_layout(const CgroupLayout& layout, const std::vector<Mount>& mounts) {
  using Kind = CgroupLayout::Kind;
  const bool v2 = !layout.unified.empty();
  const bool v1 = !layout.legacy.empty();
  require((layout.kind == Kind::kNone) == (!v1 && !v2));
  require((layout.kind == Kind::kHybrid) == (v1 && v2));
  if (v2) check_mounted(mounts, layout.unified, "cgroup2");
  for (const auto& [controller, folder] : layout.legacy) {
    require(!controller.empty() && layout.legacy_of(controller) == folder);
    check_mounted(mounts, folder, "cgroup");
  }
}

void check_mounts(std::string_view first, std::string_view second) {
  const auto mounts = parse_mountinfo(first);
  check_layout(find_cgroup_layout(mounts, "/"), mounts);
  const ProcessCgroups cgroups = parse_process_cgroups(second);
  require(cgroups.unified.empty() || cgroups.unified.starts_with('/'));
  for (const auto& [controller, path] : cgroups.legacy) require(path.starts_with('/'));
  check_layout(find_own_folders(cgroups, mounts), mounts);
}

void check_place(std::string_view own, std::string_view container, std::string_view path) {
  const ContainerMounts within{parse_mountinfo(container), 7};
  const auto place = [&](std::string_view where) {
    return place_in_container(where, parse_mountinfo(own), within, "/nowhere", "/");
  };
  const FilePlace found = place(path);
  if (!path.starts_with('/') || climbs(path)) require(found == FilePlace::kElsewhere);
  const Mount* const root = mount_of(within.mounts, "/");
  if (root == nullptr || root->mount_point != "/") require(found == FilePlace::kElsewhere);
  // The same through the container's own process is in the container, or may not be written.
  if (place("/nowhere/7/root" + std::string(path)) == FilePlace::kWritableLayer) {
    require(root != nullptr && mount_of(within.mounts, path) == root);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  std::string_view rest = text;
  const std::string_view first = take_until(rest, '\0');
  const std::string_view second = take_until(rest, '\0');
  check_stats(first);
  check_numbers(first);
  check_path(first);
  check_logs(first);
  check_network(first);
  check_mounts(first, second);
  check_place(first, second, rest);
  return 0;
}

// The readers on the running kernel: cgroups that the tests make, with child processes in them.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <set>

#include "base/fd.h"
#include "catch.h"
#include "read/cgroup_folder.h"
#include "read/cgroup_search.h"
#include "read/process_cgroup.h"
#include "read/process_files.h"
#include "support/live_cgroup.h"

namespace litewatch {
namespace {

CgroupLayout machine_layout() {
  const auto mounts = read_mountinfo("/proc/self/mountinfo");
  REQUIRE(mounts.ok());
  return find_cgroup_layout(*mounts, "/");
}

/// A cgroup in the hierarchies of these controllers; "" is v2's.
std::vector<std::string> mount_points(const CgroupLayout& layout,
                                      const std::vector<std::string>& controllers) {
  std::set<std::string> points;
  for (const std::string& controller : controllers) {
    points.insert(controller.empty() ? layout.unified : layout.legacy_of(controller));
  }
  points.erase("");
  return {points.begin(), points.end()};
}

/// Prints why, where a test's cgroup could not be made.
bool can_run(const LiveCgroup& cgroup, const std::string& what) {
  if (cgroup.made()) return true;
  skip_test("live cgroups: " + what + " needs root and a hierarchy with it");
  return false;
}

struct Reader {
  std::vector<char> scratch = std::vector<char>(kCgroupScratchSize);
  CgroupStats stats;
  bool operator()(const CgroupFolder& folder) { return folder.read(scratch, stats); }
};

int burn_cpu() {
  volatile int busy = 1;
  while (busy == 1) {
  }
  return 0;
}

/// Touches more memory than its cgroup may have.
int eat_memory() {
  constexpr std::size_t kSize = 64 << 20;
  void* const memory =
      ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  std::memset(memory, 1, kSize);
  return 0;
}

/// Where a limit is set: v1's hierarchy of the controller, or v2's where it has it.
struct LimitFile {
  std::string mount_point;
  bool v2 = false;
};
LimitFile find_controller(const CgroupLayout& layout, const std::string& controller) {
  const std::string& legacy = layout.legacy_of(controller);
  return legacy.empty() ? LimitFile{layout.unified, true} : LimitFile{legacy, false};
}

std::uint64_t count_tasks(int pid) {
  const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task");
  return static_cast<std::uint64_t>(std::distance(begin(tasks), end(tasks)));
}

TEST_CASE("live: a CPU quota throttles -> periods, throttled periods and time, usage") {
  const CgroupLayout layout = machine_layout();
  LiveCgroup cgroup(mount_points(layout, {"", "cpu", "cpuacct"}));
  if (!can_run(cgroup, "a CPU quota")) return;
  const LimitFile cpu = find_controller(layout, "cpu");
  const bool limited = cpu.v2 ? cgroup.write(cpu.mount_point, "cpu.max", "2000 10000")
                              : cgroup.write(cpu.mount_point, "cpu.cfs_period_us", "10000") &&
                                    cgroup.write(cpu.mount_point, "cpu.cfs_quota_us", "2000");
  if (!limited) return skip_test("live cgroups: no cpu controller to set a quota with");
  TestChild child(burn_cpu);
  REQUIRE(cgroup.enter(child.pid()));
  child.go();
  const auto folder = CgroupFolder::open(layout, cgroup.path());
  REQUIRE(folder);
  Reader read;
  const CgroupStats& stats = read.stats;
  // The time is counted when a throttled period is over.
  CHECK(wait_until([&] {
    return read(*folder) && stats.cpu_throttled_periods.value_or(0) > 2 &&
           stats.cpu_throttled_s.value_or(0) > 0;
  }));
  CHECK(stats.cpu_quota_us == 2000u);
  CHECK(stats.cpu_period_us == 10'000u);
  CHECK(stats.cpu_periods.value_or(0) >= stats.cpu_throttled_periods.value_or(0));
  CHECK(stats.cpu_usage_s.value_or(0) > 0);
  CHECK(stats.processes == 1u);
}

TEST_CASE("live: more memory than the limit -> killed with 137, counted once, limit hits") {
  const CgroupLayout layout = machine_layout();
  LiveCgroup cgroup(mount_points(layout, {"", "memory"}));
  if (!can_run(cgroup, "a memory limit")) return;
  const LimitFile memory = find_controller(layout, "memory");
  const std::string limit = std::to_string(16 << 20);
  if (!cgroup.write(memory.mount_point, memory.v2 ? "memory.max" : "memory.limit_in_bytes",
                    limit)) {
    return skip_test("live cgroups: no memory controller to set a limit with");
  }
  // Swap, where there is some, is no way out; v1 counts it together with memory.
  if (memory.v2) {
    cgroup.write(memory.mount_point, "memory.swap.max", "0");
  } else {
    cgroup.write(memory.mount_point, "memory.memsw.limit_in_bytes", std::to_string(17 << 20));
  }
  TestChild child(eat_memory);
  REQUIRE(cgroup.enter(child.pid()));
  child.go();
  CHECK(child.wait() == 137);
  const auto folder = CgroupFolder::open(layout, cgroup.path());
  REQUIRE(folder);
  Reader read;
  REQUIRE(read(*folder));
  CHECK(read.stats.memory_max_bytes == 16u << 20);
  CHECK(read.stats.memory_events_oom_kill == 1u);
  CHECK(read.stats.memory_events_max.value_or(0) > 0);
  CHECK(read.stats.memory_peak_bytes.value_or(16 << 20) >= 15u << 20);
  CHECK(read.stats.page_faults.value_or(0) > 0);
  CHECK(read.stats.processes == 0u);
}

TEST_CASE("live: threads -> processes and threads apart, limit of pids") {
  const CgroupLayout layout = machine_layout();
  LiveCgroup cgroup(mount_points(layout, {"", "pids"}));
  if (!can_run(cgroup, "a limit of pids")) return;
  if (!cgroup.write(find_controller(layout, "pids").mount_point, "pids.max", "17")) {
    return skip_test("live cgroups: no pids controller to set a limit with");
  }
  TestChild child(sleep_forever);
  REQUIRE(cgroup.enter(child.pid()));
  const auto folder = CgroupFolder::open(layout, cgroup.path());
  REQUIRE(folder);
  Reader read;
  REQUIRE(read(*folder));
  CHECK(read.stats.threads_max == 17u);
  // A sanitizer may run a thread of its own in it.
  CHECK(read.stats.threads == count_tasks(child.pid()));
  CHECK(read.stats.processes == 1u);
  CHECK(folder->processes(read.scratch) == std::vector<int>{child.pid()});
}

TEST_CASE("live: removed -> gone; made anew under the same name -> another inode") {
  const CgroupLayout layout = machine_layout();
  for (const std::string controller : {"", "memory", "cpu"}) {
    const auto points = mount_points(layout, {controller});
    if (points.empty()) continue;
    CAPTURE(controller);
    LiveCgroup cgroup(points);
    if (!can_run(cgroup, "removal")) return;
    const auto first = CgroupFolder::open(layout, cgroup.path());
    REQUIRE(first);
    Reader read;
    CHECK(read(*first));
    CHECK_FALSE(first->is_root());
    REQUIRE(cgroup.remove());
    CHECK_FALSE(read(*first));
    CHECK_FALSE(first->read_limits(read.scratch, read.stats));
    CHECK(first->processes(read.scratch).empty());
    CHECK_FALSE(CgroupFolder::open(layout, cgroup.path()));
    REQUIRE(cgroup.make());
    const auto second = CgroupFolder::open(layout, cgroup.path());
    REQUIRE(second);
    CHECK(second->inode() != first->inode());
    CHECK_FALSE(read(*first));
    CHECK(read(*second));
  }
}

TEST_CASE("live: the machine's root -> memory.stat stays unread") {
  const CgroupLayout layout = machine_layout();
  const auto root = CgroupFolder::open(layout, "/");
  if (!root || !root->is_root())
    return skip_test("live cgroups: the machine's root is not visible");
  Reader read;
  REQUIRE(read(*root));
  CHECK_FALSE(read.stats.anon_bytes);
  CHECK_FALSE(read.stats.page_faults);
}

TEST_CASE("live v2: populated flips, usage grows, pressure is there where the kernel counts it") {
  const CgroupLayout layout = machine_layout();
  LiveCgroup cgroup(mount_points(layout, {""}));
  if (!can_run(cgroup, "cgroup v2")) return;
  const auto folder = CgroupFolder::open(layout, cgroup.path());
  REQUIRE(folder);
  Reader read;
  REQUIRE(read(*folder));
  CHECK(read.stats.populated == false);
  CHECK(read.stats.frozen == false);
  CHECK(read.stats.processes == 0u);
  CHECK(read.stats.dying_descendants == 0u);
  CHECK(read.stats.cpu_usage_s == 0.0);
  TestChild child(burn_cpu);
  REQUIRE(cgroup.enter(child.pid()));
  child.go();
  CHECK(wait_until([&] { return read(*folder) && read.stats.cpu_usage_s.value_or(0) > 0.01; }));
  CHECK(read.stats.populated == true);
  const bool counted =
      ::access((layout.unified + cgroup.path() + "/cpu.pressure").c_str(), F_OK) == 0;
  CHECK(read.stats.cpu_pressure.some_s.has_value() == counted);
  CHECK(read.stats.io_pressure.full_s.has_value() == counted);
}

TEST_CASE("live: no process itself -> those of the cgroups below it") {
  const CgroupLayout layout = machine_layout();
  const auto points = mount_points(layout, {layout.unified.empty() ? "memory" : ""});
  LiveCgroup outer(points);
  if (!can_run(outer, "nesting")) return;
  LiveCgroup inner(points, outer.path());
  REQUIRE(inner.made());
  TestChild child(sleep_forever);
  REQUIRE(inner.enter(child.pid()));
  const auto folder = CgroupFolder::open(layout, outer.path());
  REQUIRE(folder);
  Reader read;
  REQUIRE(read(*folder));
  CHECK(read.stats.processes == 1u);
  CHECK(folder->processes(read.scratch) == std::vector<int>{child.pid()});
  const auto search = search_cgroups(points.front());
  CHECK(std::find(search.parents.begin(), search.parents.end(), points.front() + outer.path()) !=
        search.parents.end());
}

TEST_CASE("live: seen from another PID namespace -> counted, but without its process id") {
  const CgroupLayout layout = machine_layout();
  LiveCgroup cgroup(mount_points(layout, {layout.unified.empty() ? "memory" : ""}));
  if (!can_run(cgroup, "a PID namespace")) return;
  TestChild sleeper(sleep_forever);
  REQUIRE(cgroup.enter(sleeper.pid()));
  const auto folder = CgroupFolder::open(layout, cgroup.path());
  REQUIRE(folder);
  constexpr int kCannot = 77;
  TestChild looker([&] {
    if (::unshare(CLONE_NEWPID) != 0) return kCannot;
    TestChild inside([&] {
      Reader read;
      if (!read(*folder) || read.stats.processes != 1u) return 2;
      return folder->processes(read.scratch).empty() ? 0 : 3;
    });
    inside.go();
    return inside.wait();
  });
  looker.go();
  const int status = looker.wait();
  if (status == kCannot) return skip_test("live cgroups: no right to make a PID namespace");
  CHECK(status == 0);
}

TEST_CASE("live: another network namespace -> another inode") {
  const auto open_self = [] { return Fd(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC)); };
  const auto own = network_namespace(open_self().get());
  REQUIRE(own);
  TestChild same([&] { return network_namespace(open_self().get()) == own ? 0 : 1; });
  same.go();
  CHECK(same.wait() == 0);
  constexpr int kCannot = 77;
  TestChild other([&] {
    if (::unshare(CLONE_NEWNET) != 0) return kCannot;
    const auto there = network_namespace(open_self().get());
    return there && there != own ? 0 : 1;
  });
  other.go();
  const int status = other.wait();
  if (status == kCannot) return skip_test("live cgroups: no right to make a network namespace");
  CHECK(status == 0);
}

}  // namespace
}  // namespace litewatch

// The app's cgroup through its /proc/PID/root, as a sidecar in a shared PID namespace reads it:
// with the app's user id and no capability.
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>

#include "catch.h"
#include "read/cgroup_folder.h"
#include "read/process_cgroup.h"
#include "support/live_cgroup.h"

namespace litewatch {
namespace {

constexpr uid_t kApp = 61'001;
constexpr uid_t kStranger = 61'002;
constexpr int kCannot = 77;

/// The layout of the machine, and the one hierarchy of it that these tests use.
struct Hierarchy {
  CgroupLayout layout;
  std::string mount_point;
  std::string options;  ///< of a mount of it; empty: v2
};

Hierarchy hierarchy_of(const std::string& controller) {
  Hierarchy hierarchy;
  hierarchy.options = controller;
  const auto mounts = read_mountinfo("/proc/self/mountinfo");
  if (mounts) hierarchy.layout = find_cgroup_layout(*mounts, "/");
  hierarchy.mount_point =
      controller.empty() ? hierarchy.layout.unified : hierarchy.layout.legacy_of(controller);
  return hierarchy;
}

bool become(uid_t user) {
  // A process that changed its user is closed to others until it runs a program anew, as
  // containers' do.
  return ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 &&
         ::setresuid(user, user, user) == 0 && ::prctl(PR_SET_DUMPABLE, 1) == 0;
}

/// What a runtime does: namespaces of its own, in which only the own cgroup is mounted.
bool contain(const Hierarchy& hierarchy) {
  const char* const type = hierarchy.options.empty() ? "cgroup2" : "cgroup";
  const char* const options = hierarchy.options.empty() ? nullptr : hierarchy.options.c_str();
  return ::unshare(CLONE_NEWCGROUP | CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", "/sys/fs/cgroup", type, 0, options) == 0;
}

/// The app: contained, and says so by a byte on the pipe.
int run_app(const Hierarchy& hierarchy, int ready) {
  const bool contained = contain(hierarchy) && become(kApp);
  if (::write(ready, contained ? "y" : "n", 1) != 1) return 1;
  return sleep_forever();
}

/// 0: it could read the app's cgroup, 1: it could not, others: wrong.
int look_at(pid_t app) {
  const auto layout = cgroup_through_root("/proc", app);
  if (!layout) return 1;
  const auto folder = CgroupFolder::open(*layout, "");
  if (!folder || folder->is_root()) return 2;
  std::vector<char> scratch(kCgroupScratchSize);
  CgroupStats stats;
  if (!folder->read(scratch, stats) || stats.processes != 1u) return 3;
  return folder->processes(scratch) == std::vector<int>{app} ? 0 : 4;
}

struct App {
  std::array<int, 2> pipe{-1, -1};
  std::unique_ptr<TestChild> process;

  explicit App(const Hierarchy& hierarchy) {
    if (::pipe(pipe.data()) != 0) return;
    process = std::make_unique<TestChild>([&] { return run_app(hierarchy, pipe[1]); });
  }
  ~App() {
    for (const int fd : pipe) ::close(fd);
  }
  bool start() {
    process->go();
    char answer = 'n';
    return ::read(pipe[0], &answer, 1) == 1 && answer == 'y';
  }
};

void check_views(const Hierarchy& hierarchy) {
  LiveCgroup app_cgroup({hierarchy.mount_point});
  LiveCgroup own_cgroup({hierarchy.mount_point});
  if (!app_cgroup.made() || !own_cgroup.made()) {
    return skip_test("the sidecar's view: making cgroups needs root");
  }
  App app(hierarchy);
  REQUIRE(app.process);
  REQUIRE(app_cgroup.enter(app.process->pid()));
  if (!app.start()) return skip_test("the sidecar's view: no right to make namespaces and mounts");
  const pid_t pid = app.process->pid();

  SECTION("the app's user id -> its own cgroup") {
    TestChild same([&] { return become(kApp) ? look_at(pid) : kCannot; });
    same.go();
    CHECK(same.wait() == 0);
  }
  SECTION("the app's user id, from a cgroup namespace beside it") {
    TestChild beside([&] { return contain(hierarchy) && become(kApp) ? look_at(pid) : kCannot; });
    REQUIRE(own_cgroup.enter(beside.pid()));
    beside.go();
    CHECK(beside.wait() == 0);
  }
  SECTION("another user id -> nothing") {
    TestChild stranger([&] { return become(kStranger) ? look_at(pid) : kCannot; });
    stranger.go();
    CHECK(stranger.wait() == 1);
  }
  SECTION("gone -> nothing") {
    app.process.reset();
    CHECK_FALSE(cgroup_through_root("/proc", pid));
  }
}

TEST_CASE("sidecar: the app's cgroup on v2") {
  const Hierarchy hierarchy = hierarchy_of("");
  if (hierarchy.mount_point.empty()) return skip_test("the sidecar's view: no cgroup v2");
  check_views(hierarchy);
}

TEST_CASE("sidecar: the app's cgroup on v1") {
  const Hierarchy hierarchy = hierarchy_of("memory");
  if (hierarchy.mount_point.empty()) {
    return skip_test("the sidecar's view: memory is not bound to cgroup v1 here");
  }
  check_views(hierarchy);
}

}  // namespace
}  // namespace litewatch

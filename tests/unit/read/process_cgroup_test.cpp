#include "read/process_cgroup.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

std::string mount_line(const std::string& root, const std::string& at, const std::string& kind,
                       const std::string& options = "rw") {
  return "30 23 0:26 " + root + " " + at + " rw,nosuid - " + kind + " cgroup " + options + "\n";
}

TEST_CASE("/proc/PID/cgroup: v2 and v1, several controllers, colons in the path") {
  const auto cgroups = parse_process_cgroups(
      "4:memory:/docker/x\n3:cpu,cpuacct:/docker/y:z\n1:name=systemd:/docker/x\n0::/../"
      "app.scope\n");
  CHECK(cgroups.unified == "/../app.scope");
  CHECK(cgroups.legacy.at("memory") == "/docker/x");
  CHECK(cgroups.legacy.at("cpu") == "/docker/y:z");
  CHECK(cgroups.legacy.at("cpuacct") == "/docker/y:z");
}

TEST_CASE("/proc/PID/cgroup: empty, cut, garbage, a removed cgroup -> left out") {
  for (const char* text : {"", "\n", "0", "0:", "0::", "x::/a", "0:memory", "5:memory:relative",
                           "0::/gone (deleted)\n", "7::/no-controller"}) {
    CAPTURE(text);
    const auto cgroups = parse_process_cgroups(text);
    CHECK(cgroups.unified.empty());
    CHECK(cgroups.legacy.empty());
  }
}

TEST_CASE("own folders: a private namespace mounts the cgroup itself") {
  ProcessCgroups at;
  at.unified = "/../app.scope";
  const auto own = find_own_folders(
      at, parse_mountinfo(mount_line("/../app.scope", "/sys/fs/cgroup", "cgroup2")));
  CHECK(own.unified == "/sys/fs/cgroup");
  CHECK(own.kind == CgroupLayout::Kind::kUnified);
  at.unified = "/../app.scope/init";
  CHECK(find_own_folders(at,
                         parse_mountinfo(mount_line("/../app.scope", "/sys/fs/cgroup", "cgroup2")))
            .unified == "/sys/fs/cgroup/init");
}

TEST_CASE("own folders: the host's namespace mounts the whole hierarchy, or the cgroup") {
  ProcessCgroups at;
  at.legacy = {{"memory", "/docker/x"}, {"cpu", "/docker/x"}, {"cpuacct", "/docker/x"}};
  const auto whole = find_own_folders(
      at, parse_mountinfo(mount_line("/", "/sys/fs/cgroup/memory", "cgroup", "rw,memory") +
                          mount_line("/docker/x", "/cg/cpu", "cgroup", "rw,cpu,cpuacct")));
  CHECK(whole.legacy_of("memory") == "/sys/fs/cgroup/memory/docker/x");
  CHECK(whole.legacy_of("cpu") == "/cg/cpu");
  CHECK(whole.legacy_of("cpuacct") == "/cg/cpu");
  CHECK(whole.kind == CgroupLayout::Kind::kLegacy);
}

TEST_CASE("own folders: another part of the hierarchy, hidden, not mounted -> none") {
  ProcessCgroups at;
  at.unified = "/../app.scope";
  const auto folder = [&](const std::string& mounts) {
    return find_own_folders(at, parse_mountinfo(mounts)).unified;
  };
  CHECK(folder("").empty());
  CHECK(folder(mount_line("/", "/sys/fs/cgroup", "cgroup2")).empty());
  CHECK(folder(mount_line("/../app", "/sys/fs/cgroup", "cgroup2")).empty());
  CHECK(folder(mount_line("/../..", "/sys/fs/cgroup", "cgroup2")).empty());
  CHECK(folder(mount_line("/../app.scope", "/sys/fs/cgroup", "tmpfs")).empty());
  const std::string mount = mount_line("/../app.scope", "/sys/fs/cgroup", "cgroup2");
  CHECK(folder(mount + mount_line("/", "/sys/fs/cgroup", "fuse.fake")).empty());
  CHECK(folder(mount + mount_line("/../app.scope", "/cg", "cgroup2")) == "/cg");
}

TEST_CASE("through the root: opens what it says; a folder that is not there -> nothing") {
  const TempDir procfs;
  procfs.write("7/cgroup", "0::/../app.scope\n");
  procfs.write("7/mountinfo", mount_line("/../app.scope", "/sys/fs/cgroup", "cgroup2"));
  CHECK_FALSE(cgroup_through_root(procfs.path(), 7));
  fs::create_directories(procfs.file("7/root/sys/fs/cgroup"));
  const auto layout = cgroup_through_root(procfs.path(), 7);
  REQUIRE(layout);
  CHECK(layout->unified == procfs.file("7/root/sys/fs/cgroup"));
  CHECK_FALSE(cgroup_through_root(procfs.path(), 8));
}

TEST_CASE("processes: listed by number, named; gone -> nothing") {
  const TempDir procfs;
  for (const char* name : {"10", "9", "self", "0", "-3", "99999999999"}) {
    fs::create_directories(procfs.file(name));
  }
  procfs.write("9/comm", "my app\n");
  procfs.write("10/comm", "two\nlines\n");
  CHECK(list_processes(procfs.path()) == std::vector<int>{9, 10});
  CHECK(list_processes(procfs.file("absent")).empty());
  CHECK(process_name(procfs.path(), 9) == "my app");
  CHECK(process_name(procfs.path(), 10) == "two\nlines");
  CHECK(process_name(procfs.path(), 11).empty());
  CHECK_FALSE(read_process_cgroups(procfs.path(), 9));
}

TEST_CASE("processes: on the running kernel, itself is among them") {
  const auto listed = list_processes("/proc");
  CHECK(std::count(listed.begin(), listed.end(), ::getpid()) == 1);
  CHECK_FALSE(process_name("/proc", ::getpid()).empty());
  CHECK(read_process_cgroups("/proc", ::getpid()));
}

}  // namespace
}  // namespace litewatch

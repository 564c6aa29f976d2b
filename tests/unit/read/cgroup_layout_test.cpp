#include "read/cgroup_layout.h"

#include "catch.h"

namespace litewatch {
namespace {

constexpr const char* kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

TEST_CASE("cgroup layout: unified, hybrid, v1, none") {
  const auto unified = find_cgroup_layout(
      parse_mountinfo("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"),
      "/sys/fs/cgroup");
  CHECK(unified.kind == CgroupLayout::Kind::kUnified);
  CHECK(unified.unified == "/sys/fs/cgroup");

  const auto hybrid = find_cgroup_layout(parse_mountinfo(kHybrid), "/sys/fs/cgroup/");
  CHECK(hybrid.kind == CgroupLayout::Kind::kHybrid);
  CHECK(hybrid.unified == "/sys/fs/cgroup/unified");
  CHECK(hybrid.legacy_of("cpuacct") == "/sys/fs/cgroup/cpu,cpuacct");
  CHECK(hybrid.legacy_of("memory") == "/sys/fs/cgroup/memory");
  CHECK(hybrid.legacy_of("pids").empty());

  const auto legacy = find_cgroup_layout(
      parse_mountinfo("35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"),
      "/sys/fs/cgroup");
  CHECK(legacy.kind == CgroupLayout::Kind::kLegacy);
  CHECK(find_cgroup_layout({}, "/sys/fs/cgroup").kind == CgroupLayout::Kind::kNone);
}

TEST_CASE("cgroup layout: only mounts below the root given, the shortest of several") {
  const auto mounts = parse_mountinfo(
      "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
      "50 23 0:26 / /host/sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
      "51 23 0:26 / /host/sys/fs/cgroup/again rw - cgroup2 cgroup2 rw\n");
  CHECK(find_cgroup_layout(mounts, "/host/sys/fs/cgroup").unified == "/host/sys/fs/cgroup");
  CHECK(find_cgroup_layout(mounts, "/host/sys/fs/cg").kind == CgroupLayout::Kind::kNone);
}

}  // namespace
}  // namespace litewatch

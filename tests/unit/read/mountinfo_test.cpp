#include "read/mountinfo.h"

#include "catch.h"
#include "sqlite_bytes.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

constexpr std::string_view kText =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "23 22 0:5 / /proc rw - proc proc rw\n"
    "36 22 98:0 /mnt1 /data rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n"
    "40 36 0:44 / /data/nas rw - nfs4 server:/export rw,vers=4.2\n"
    "41 22 0:45 / /with\\040space rw - fuse.sshfs me@host:/a\\134b rw\n";

std::string point_of(std::string_view path) {
  const auto mounts = parse_mountinfo(kText);
  const Mount* mount = mount_of(mounts, path);
  return mount == nullptr ? "" : mount->mount_point;
}

}  // namespace

TEST_CASE("mountinfo: sound lines, with and without optional fields -> every field") {
  const auto mounts = parse_mountinfo(kText);
  REQUIRE(mounts.size() == 5);
  CHECK(mounts[2].major == 98);
  CHECK(mounts[2].minor == 0);
  CHECK(mounts[2].root == "/mnt1");
  CHECK(mounts[2].mount_point == "/data");
  CHECK(mounts[2].fs_type == "ext3");
  CHECK(mounts[2].source == "/dev/root");
  CHECK(mounts[1].fs_type == "proc");
  CHECK(mounts[3].source == "server:/export");
  CHECK(mounts[4].mount_point == "/with space");
  CHECK(mounts[4].source == "me@host:/a\\b");
}

TEST_CASE("mountinfo: empty, malformed, truncated lines -> skipped") {
  CHECK(parse_mountinfo("").empty());
  CHECK(parse_mountinfo("\n\n   \n").empty());
  CHECK(parse_mountinfo("22 1 8:1 / / rw").empty());
  CHECK(parse_mountinfo("22 1 8:1 / / rw -").empty());
  CHECK(parse_mountinfo("22 1 8-1 / / rw - ext4 x rw").empty());
  CHECK(parse_mountinfo("22 1 8:99999999999 / / rw - ext4 x rw").empty());
  CHECK(parse_mountinfo("22 1 8:1 / relative rw - ext4 x rw").empty());
  CHECK(parse_mountinfo("garbage\n22 1 8:1 / / rw - ext4 x rw").size() == 1);
}

TEST_CASE("mountinfo: escapes that are none -> kept as they are") {
  const auto mounts = parse_mountinfo("1 1 0:1 / /a\\08\\9\\777\\04 rw - ext4 /b\\ rw\n");
  REQUIRE(mounts.size() == 1);
  CHECK(mounts[0].mount_point == "/a\\08\\9\\777\\04");
  CHECK(mounts[0].source == "/b\\");
}

TEST_CASE("mount_of: paths -> the deepest mount that holds them") {
  CHECK(point_of("/data/app.db") == "/data");
  CHECK(point_of("/data/nas/app.db") == "/data/nas");
  CHECK(point_of("/data") == "/data");
  CHECK(point_of("/database/app.db") == "/");
  CHECK(point_of("/data/nasty") == "/data");
  CHECK(point_of("/with space/x") == "/with space");
  CHECK(point_of("/") == "/");
}

TEST_CASE("mount_of: two mounts at one point -> the later one; none -> nullptr") {
  auto mounts = parse_mountinfo(
      "1 0 8:1 / /data rw - ext4 a rw\n"
      "2 0 8:2 / /data rw - xfs b rw\n");
  REQUIRE(mount_of(mounts, "/data/x") != nullptr);
  CHECK(mount_of(mounts, "/data/x")->fs_type == "xfs");
  CHECK(mount_of(mounts, "/elsewhere") == nullptr);
  CHECK(mount_of({}, "/data") == nullptr);
}

TEST_CASE("read_mountinfo: our own -> has /proc; absent, a folder -> error") {
  const auto mounts = read_mountinfo("/proc/self/mountinfo");
  REQUIRE(mounts.ok());
  const Mount* proc = mount_of(*mounts, "/proc/self");
  REQUIRE(proc != nullptr);
  CHECK(proc->fs_type == "proc");
  CHECK(read_mountinfo("/nonexistent/mountinfo").error().errnum == ENOENT);
  CHECK(read_mountinfo("/proc").error().kind == ErrorKind::kUnsupported);
}

TEST_CASE("read_mountinfo: more than one buffer -> all of it") {
  TempDir folder;
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "1 1 0:" + std::to_string(i) + " / /m" + std::to_string(i) + " rw - ext4 dev rw\n";
  }
  write_file(folder.file("mountinfo"), text);
  const auto mounts = read_mountinfo(folder.file("mountinfo"));
  REQUIRE(mounts.ok());
  REQUIRE(mounts->size() == 2000);
  CHECK(mounts->back().mount_point == "/m1999");
}

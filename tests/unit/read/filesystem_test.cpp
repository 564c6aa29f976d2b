#include "read/filesystem.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "catch.h"

using namespace litewatch;

TEST_CASE("filesystem: /proc -> its magic number, no blocks") {
  const Fd fd(::open("/proc", O_RDONLY | O_CLOEXEC));
  const auto filesystem = read_filesystem(fd.get());
  REQUIRE(filesystem.ok());
  CHECK(filesystem->magic == 0x9fa0);
  CHECK(filesystem_name(filesystem->magic) == "proc");
  CHECK(filesystem->total_bytes == 0);
  CHECK_FALSE(filesystem->counts_files);
  CHECK_FALSE(filesystem->network());
  CHECK_FALSE(filesystem->overlay());
}

TEST_CASE("filesystem: /tmp -> what statvfs says") {
  const Fd fd(::open("/tmp", O_RDONLY | O_CLOEXEC));
  struct statvfs expected;
  REQUIRE(::fstatvfs(fd.get(), &expected) == 0);
  const auto filesystem = read_filesystem(fd.get());
  REQUIRE(filesystem.ok());
  CHECK(filesystem->total_bytes == expected.f_blocks * expected.f_frsize);
  CHECK(filesystem->avail_bytes <= expected.f_bfree * expected.f_frsize);
  CHECK(filesystem->avail_bytes > 0);
  CHECK(filesystem->counts_files == (expected.f_files > 0));
}

TEST_CASE("filesystem: no open file -> error") {
  CHECK(read_filesystem(-1).error().kind == ErrorKind::kInternal);
}

TEST_CASE("filesystem_name: known and unknown magic numbers -> name or unknown") {
  CHECK(filesystem_name(0xef53) == "ext4");
  CHECK(filesystem_name(0x58465342) == "xfs");
  CHECK(filesystem_name(0x6969) == "nfs");
  CHECK(filesystem_name(0x794c7630) == "overlay");
  CHECK(filesystem_name(0) == "unknown");
  CHECK(filesystem_name(0xffffffffffffffff) == "unknown");
}

TEST_CASE("filesystem: remote kinds -> network; local ones and unknown -> not") {
  for (const std::uint64_t magic : {0x6969ULL, 0xff534d42ULL, 0xfe534d42ULL, 0x65735546ULL,
                                    0x00c36400ULL, 0x01021997ULL, 0x0bd00bd0ULL}) {
    CHECK(Filesystem{.magic = magic}.network());
  }
  for (const std::uint64_t magic : {0xef53ULL, 0x9123683eULL, 0x01021994ULL, 0x794c7630ULL, 7ULL}) {
    CHECK_FALSE(Filesystem{.magic = magic}.network());
  }
  CHECK(Filesystem{.magic = 0x794c7630}.overlay());
}

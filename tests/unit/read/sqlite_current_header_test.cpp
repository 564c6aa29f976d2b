#include "read/sqlite_current_header.h"

#include <cstdint>
#include <fstream>
#include <string>

#include "catch.h"
#include "sqlite_bytes.h"

using namespace litewatch;

namespace {

/// System calls that read, made by this thread so far; the call itself makes some, always as many.
std::uint64_t reads_so_far() {
  std::ifstream io("/proc/thread-self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "syscr:") return value;
  }
  FAIL("no /proc/thread-self/io");
  return 0;
}

std::uint64_t reads_of_main_header(const Bytes& bytes) {
  const Fd file = memory_file(bytes.span());
  const std::uint64_t start = reads_so_far();
  const std::uint64_t own = reads_so_far() - start;
  (void)read_main_header(file.get()).ok();
  return reads_so_far() - start - 2 * own;
}

}  // namespace

TEST_CASE("read_main_header: settled -> one look; torn, as far as one can tell -> three") {
  CHECK(reads_of_main_header(sqlite_header_bytes()) == 1);
  CHECK(reads_of_main_header(sqlite_header_bytes().put_be32(92, 41)) == 3);  // counters differ
  CHECK(reads_of_main_header(sqlite_header_bytes().put_be16(16, 1000)) == 3);
}

TEST_CASE("read_main_header: counters differ for good, by an old writer -> accepted") {
  const Fd file = memory_file(sqlite_header_bytes().put_be32(92, 7).span());
  const auto header = read_main_header(file.get());
  REQUIRE(header.ok());
  CHECK_FALSE(header->pages_valid());
}

TEST_CASE("read_main_header: empty, short -> malformed; not open -> internal") {
  CHECK(read_main_header(memory_file({}).get()).error().kind == ErrorKind::kMalformed);
  CHECK(read_main_header(memory_file(sqlite_header_bytes().first(99)).get()).error().kind ==
        ErrorKind::kMalformed);
  CHECK(read_main_header(-1).error().kind == ErrorKind::kInternal);
}

TEST_CASE("read_wal_header: absent, sound, damaged -> as it is") {
  WalBytes wal;
  CHECK_FALSE(read_wal_header(memory_file({}).get())->has_value());
  CHECK_FALSE(read_wal_header(memory_file(wal.bytes().first(31)).get())->has_value());
  CHECK((*read_wal_header(memory_file(wal.bytes().span()).get()))->salt1 == 100);
  wal.bytes().put_be32(16, 1);
  CHECK(read_wal_header(memory_file(wal.bytes().span()).get()).error().kind ==
        ErrorKind::kMalformed);
}

TEST_CASE("current_header_by_index: page 1 from the WAL of this generation only") {
  const Bytes page = sqlite_header_bytes().put_be32(60, 99);
  WalBytes wal(4096);
  wal.frame(2, 0).frame(1, 60, page.text());
  WalIndexBytes shm;
  shm.frame(2).frame(1).seal();
  const Fd db = memory_file(sqlite_header_bytes().span());
  const Fd wal_file = memory_file(wal.bytes().span());
  const Fd shm_file = memory_file(shm.bytes().span());
  const WalModeFiles files{db.get(), wal_file.get(), shm_file.get()};
  WalIndex index = **read_wal_index(shm_file.get());
  const auto current = current_header_by_index(files, index);
  REQUIRE(current.ok());
  REQUIRE(current->has_value());
  CHECK((*current)->user_version == 99);

  // A WAL that was begun anew meanwhile, whose frame has the page but other salts.
  WalBytes later(4096, 101);
  later.frame(2, 0).frame(1, 60, page.text());
  const Fd later_file = memory_file(later.bytes().span());
  const auto other = current_header_by_index({db.get(), later_file.get(), shm_file.get()}, index);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().kind == ErrorKind::kBusy);
}

TEST_CASE("current_header_by_index: the frame is another page, or page 1 is no page 1 -> error") {
  WalIndexBytes shm;
  shm.frame(1).seal();
  const Fd db = memory_file(sqlite_header_bytes().span());
  const Fd shm_file = memory_file(shm.bytes().span());
  WalIndex index = **read_wal_index(shm_file.get());
  const Fd wrong = memory_file(WalBytes(4096).frame(2, 60).bytes().span());
  CHECK(current_header_by_index({db.get(), wrong.get(), shm_file.get()}, index).error().kind ==
        ErrorKind::kBusy);
  const Fd garbage = memory_file(WalBytes(4096).frame(1, 60, "garbage").bytes().span());
  CHECK(current_header_by_index({db.get(), garbage.get(), shm_file.get()}, index).error().kind ==
        ErrorKind::kMalformed);
}

TEST_CASE("still_holds: a reset, a commit, a checkpoint in between -> as far as it matters") {
  WalIndex before;
  before.frames = 10;
  before.salt1 = 1;
  before.salt2 = 2;
  WalIndex after = before;
  CHECK(still_holds(before, after, true));
  CHECK(still_holds(before, after, false));

  after.frames = 15;  // commits alone touch neither our frames nor the main file
  after.backfill_attempted_frames = 10;
  CHECK(still_holds(before, after, true));
  CHECK(still_holds(before, after, false));

  after.backfill_attempted_frames = 11;  // the main file may have a later page 1
  CHECK(still_holds(before, after, true));
  CHECK_FALSE(still_holds(before, after, false));

  after = before;
  after.salt1 = 2;
  CHECK_FALSE(still_holds(before, after, true));
  CHECK_FALSE(still_holds(before, after, false));
  after = before;
  after.salt2 = 3;
  CHECK_FALSE(still_holds(before, after, true));
}

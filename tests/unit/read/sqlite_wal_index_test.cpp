#include "read/sqlite_wal_index.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <thread>

#include "catch.h"
#include "sqlite_bytes.h"

using namespace litewatch;

namespace {

ErrorKind kind_of(WalIndexBytes& index) {
  const auto parsed = parse_wal_index(index.header());
  REQUIRE_FALSE(parsed.ok());
  return parsed.error().kind;
}

WalIndex read(const Fd& file) {
  const auto index = read_wal_index(file.get());
  REQUIRE(index.ok());
  REQUIRE(index->has_value());
  return **index;
}

std::optional<std::uint32_t> find(WalIndexBytes& bytes, std::uint32_t page) {
  const Fd file = memory_file(bytes.bytes().span());
  const auto frame = find_frame(file.get(), read(file), page);
  REQUIRE(frame.ok());
  return *frame;
}

}  // namespace

TEST_CASE("wal_index: sound -> every field") {
  WalIndexBytes bytes;
  bytes.frame(1).frame(7).frame(8).seal();
  bytes.bytes().put<std::uint32_t>(96, 2).put<std::uint32_t>(104, 3).put<std::uint32_t>(128, 3);
  const auto index = parse_wal_index(bytes.header());
  REQUIRE(index.ok());
  REQUIRE(index->has_value());
  CHECK((*index)->change == 55);
  CHECK((*index)->page_size_bytes == 4096);
  CHECK((*index)->frames == 3);
  CHECK((*index)->pages == 60);
  CHECK((*index)->salt1 == 100);
  CHECK((*index)->salt2 == 777);
  CHECK((*index)->backfilled_frames == 2);
  CHECK((*index)->backfill_attempted_frames == 3);
  CHECK((*index)->read_marks ==
        std::array<std::uint32_t, 5>{0, 3, 0xffffffff, 0xffffffff, 0xffffffff});
  CHECK_FALSE((*index)->inconsistent);
}

TEST_CASE("wal_index: absent content, all zero, 3 bytes, short -> not initialised") {
  CHECK_FALSE(parse_wal_index({})->has_value());
  CHECK_FALSE(parse_wal_index(Bytes(136).span())->has_value());
  CHECK_FALSE(parse_wal_index(Bytes(3).span())->has_value());
  WalIndexBytes sound;
  CHECK_FALSE(parse_wal_index(sound.header().first(135))->has_value());
  sound.bytes().put<std::uint8_t>(12, 0);
  sound.seal();
  CHECK_FALSE(parse_wal_index(sound.header())->has_value());
}

TEST_CASE("wal_index: torn between the copies, or within one -> busy") {
  WalIndexBytes torn;
  torn.bytes().put<std::uint32_t>(56, 54);
  CHECK(kind_of(torn) == ErrorKind::kBusy);
  WalIndexBytes sum;
  sum.bytes().put<std::uint32_t>(16, 1).put<std::uint32_t>(64, 1);
  CHECK(kind_of(sum) == ErrorKind::kBusy);
}

TEST_CASE("wal_index: another version or byte order -> unsupported") {
  WalIndexBytes version;
  version.bytes().put<std::uint32_t>(0, 3021000);
  CHECK(kind_of(version.seal()) == ErrorKind::kUnsupported);
  WalIndexBytes foreign;
  foreign.bytes().put<std::uint32_t>(0, __builtin_bswap32(3007000));
  CHECK(kind_of(foreign.seal()) == ErrorKind::kUnsupported);
}

TEST_CASE("wal_index: page size 1 is 65536, 0 only without frames, others -> malformed") {
  WalIndexBytes large;
  large.bytes().put<std::uint16_t>(14, 1);
  CHECK((*parse_wal_index(large.seal().header()))->page_size_bytes == 65536);
  WalIndexBytes none;
  none.bytes().put<std::uint16_t>(14, 0);
  CHECK((*parse_wal_index(none.seal().header()))->page_size_bytes == 0);
  CHECK(kind_of(none.seal(1)) == ErrorKind::kMalformed);
  WalIndexBytes odd;
  odd.bytes().put<std::uint16_t>(14, 1000);
  CHECK(kind_of(odd.seal()) == ErrorKind::kMalformed);
}

TEST_CASE("read_wal_index: settled -> no retries; torn for good -> busy") {
  WalIndexBytes bytes;
  CHECK(read(memory_file(bytes.bytes().span())).retries == 0);
  bytes.bytes().put<std::uint32_t>(56, 54);
  const Fd torn = memory_file(bytes.bytes().span());
  CHECK(read_wal_index(torn.get()).error().kind == ErrorKind::kBusy);
  CHECK_FALSE(read_wal_index(memory_file({}).get())->has_value());
}

TEST_CASE("read_wal_index: a writer at work -> never a mixture of two commits") {
  WalIndexBytes bytes;
  const Fd file = memory_file(bytes.bytes().span());
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::uint32_t n = 1; !stop; ++n) {
      bytes.bytes().put<std::uint32_t>(8, n).put<std::uint32_t>(20, n * 2);
      bytes.seal(n);
      // As wal.c: the second copy first.
      const std::byte* at = bytes.header().data();
      if (::pwrite(file.get(), at + 48, 48, 48) != 48 || ::pwrite(file.get(), at, 48, 0) != 48) {
        return;
      }
    }
  });
  std::uint64_t seen = 0;
  std::uint64_t torn = 0;
  std::uint32_t last = 0;
  for (int i = 0; i < 50000 || ((last < 1000 || torn == 0) && i < 5000000); ++i) {
    const auto index = read_wal_index(file.get());
    if (!index.ok()) {
      if (index.error().kind != ErrorKind::kBusy) break;
      ++torn;
      continue;
    }
    const WalIndex& now = **index;
    if (now.change == 55 && now.pages == 60) continue;  // before the first commit
    if (now.pages != now.change * 2 || now.frames != now.change || now.change < last) {
      last = 0;
      break;
    }
    last = now.change;
    torn += now.retries;
    ++seen;
  }
  stop = true;
  writer.join();
  CHECK(last >= 1000);
  CHECK(seen > 1000);
  CHECK(torn > 0);
}

TEST_CASE("read_wal_index: more backfilled than there is -> inconsistent only if it stays so") {
  WalIndexBytes bytes;
  bytes.frame(1).seal();
  bytes.bytes().put<std::uint32_t>(96, 2);
  const Fd file = memory_file(bytes.bytes().span());
  CHECK(read(file).inconsistent);

  // A restart of the WAL shows the same for a moment. On a machine with much else to do the moment
  // may last longer than the three readings; hence the tries.
  const std::uint32_t healthy = 0;
  const std::uint32_t impossible = 2;
  bool seen_through = false;
  for (int i = 0; i < 50 && !seen_through; ++i) {
    REQUIRE(::pwrite(file.get(), &impossible, 4, 96) == 4);
    ssize_t healed = 0;
    std::thread healer([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
      healed = ::pwrite(file.get(), &healthy, 4, 96);
    });
    const WalIndex index = read(file);
    healer.join();
    REQUIRE(healed == 4);
    seen_through = !index.inconsistent && index.backfilled_frames == 0;
  }
  CHECK(seen_through);
}

TEST_CASE("find_frame: no frames, page not there -> nothing") {
  WalIndexBytes bytes;
  CHECK_FALSE(find(bytes, 1).has_value());
  bytes.frame(2).frame(3).seal();
  CHECK_FALSE(find(bytes, 1).has_value());
}

TEST_CASE("find_frame: a page several times, and a frame not committed -> the newest committed") {
  WalIndexBytes bytes;
  bytes.frame(1).frame(2).frame(1).frame(3).seal();
  CHECK(find(bytes, 1) == 3);
  CHECK(find(bytes, 2) == 2);
  bytes.frame(1);
  CHECK(find(bytes, 1) == 3);
  CHECK(find(bytes.seal(), 1) == 5);
}

TEST_CASE("find_frame: last frame of block 0, first of block 1, far blocks -> found") {
  WalIndexBytes bytes;
  for (std::uint32_t i = 1; i <= 4062; ++i) bytes.frame(i == 4062 ? 1 : i + 1);
  CHECK(find(bytes.seal(), 1) == 4062);
  bytes.frame(1);
  CHECK(find(bytes, 1) == 4062);  // not committed yet
  CHECK(find(bytes.seal(), 1) == 4063);
  for (std::uint32_t i = 0; i < 9000; ++i) bytes.frame(i + 2);
  CHECK(find(bytes.seal(), 1) == 4063);
  CHECK(find(bytes, 2) == 4064);
  CHECK(find(bytes, 9001) == 4063 + 9000);
}

TEST_CASE("find_frame: pages whose hashes collide, wrapping past the last slot -> the right one") {
  // 383 * page = slot (mod 8192): pages 8192 apart share one; 383 * 1989 = 8191 (mod 8192).
  std::uint32_t last_slot = 1;
  while (last_slot * 383 % 8192 != 8191) ++last_slot;
  WalIndexBytes bytes;
  for (std::uint32_t i = 0; i < 20; ++i) bytes.frame(last_slot + i * 8192);
  bytes.seal();
  for (std::uint32_t i = 0; i < 20; ++i) CHECK(find(bytes, last_slot + i * 8192) == i + 1);
  CHECK_FALSE(find(bytes, last_slot + 20 * 8192).has_value());
}

TEST_CASE("find_frame: random pages -> what a plain list says") {
  std::mt19937 random(7);
  WalIndexBytes bytes;
  std::map<std::uint32_t, std::uint32_t> newest;
  for (std::uint32_t frame = 1; frame <= 10000; ++frame) {
    const std::uint32_t page = 1 + random() % 3000;
    bytes.frame(page);
    newest[page] = frame;
  }
  const Fd file = memory_file(bytes.seal().bytes().span());
  const WalIndex index = read(file);
  for (std::uint32_t page = 1; page <= 3000; ++page) {
    const auto frame = find_frame(file.get(), index, page);
    REQUIRE(frame.ok());
    REQUIRE(*frame == (newest.contains(page) ? std::optional(newest[page]) : std::nullopt));
  }
}

TEST_CASE("find_frame: an index shorter than its frames need -> malformed") {
  WalIndexBytes bytes;
  bytes.frame(1).seal(5000);
  const Fd file = memory_file(bytes.bytes().span());
  CHECK(find_frame(file.get(), read(file), 1).error().kind == ErrorKind::kMalformed);
}

TEST_CASE("find_frame: hostile numbers -> refused, or done within reason") {
  WalIndexBytes bytes;
  bytes.seal(0xffffffff);
  const Fd small = memory_file(bytes.bytes().span());
  CHECK(find_frame(small.get(), read(small), 1).error().kind == ErrorKind::kUnsupported);

  // 64 blocks with full tables: every slot leads on to the next one.
  Bytes full = bytes.seal(4062 + 63 * 4096).bytes();
  for (std::size_t block = 0; block < 64; ++block) {
    for (std::size_t slot = 0; slot < 8192; ++slot) {
      full.put(block * 32768 + 16384 + slot * 2, static_cast<std::uint16_t>(1 + slot % 4062));
    }
  }
  const Fd file = memory_file(full.span());
  const auto frame = find_frame(file.get(), read(file), 1);
  REQUIRE(frame.ok());
  CHECK_FALSE(frame->has_value());
}

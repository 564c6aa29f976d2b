#include "read/sqlite_wal.h"

#include "catch.h"
#include "sqlite_bytes.h"

using namespace litewatch;

namespace {

constexpr std::size_t kFrame = 24 + 512;

WalHeader header_of(const Bytes& bytes) {
  const auto header = parse_wal_header(bytes.first(WalHeader::kSize));
  REQUIRE(header.ok());
  return *header;
}

WalExtent extent_of(const Bytes& bytes) {
  const Fd file = memory_file(bytes.span());
  const auto extent = find_wal_extent(file.get(), header_of(bytes), bytes.size());
  REQUIRE(extent.ok());
  return *extent;
}

ErrorKind kind_of(std::span<const std::byte> bytes) {
  const auto header = parse_wal_header(bytes);
  REQUIRE_FALSE(header.ok());
  return header.error().kind;
}

/// Frames 1 to `count`, of which every third commits.
WalBytes wal_of(std::uint32_t count) {
  WalBytes wal;
  for (std::uint32_t i = 1; i <= count; ++i) wal.frame(i, i % 3 == 0 ? i : 0);
  return wal;
}

}  // namespace

TEST_CASE("wal header: sound -> every field") {
  WalBytes wal(65536, 0xfffffffe);
  const WalHeader header = header_of(wal.bytes());
  CHECK(header.page_size_bytes == 65536);
  CHECK(header.checkpoint_sequence == 3);
  CHECK(header.salt1 == 0xfffffffe);
  CHECK(header.salt2 == 777);
  CHECK(header.big_endian_checksums);
}

TEST_CASE("wal header: checksums over little-endian words, from a real file -> accepted") {
  // sqlite3 3.40.1 on x86-64: PRAGMA journal_mode=WAL; CREATE TABLE t(a);
  Bytes bytes;
  bytes.put_be32(0, 0x377f0682).put_be32(4, 3007000).put_be32(8, 4096).put_be32(12, 0);
  bytes.put_be32(16, 0x5ed0bd80).put_be32(20, 0x2c5b174a);
  bytes.put_be32(24, 0x55a4d371).put_be32(28, 0x57a40642);
  const WalHeader header = header_of(bytes);
  CHECK_FALSE(header.big_endian_checksums);
  CHECK(header.salt1 == 0x5ed0bd80);
}

TEST_CASE("wal header: empty, truncated -> malformed") {
  WalBytes wal;
  CHECK(kind_of({}) == ErrorKind::kMalformed);
  CHECK(kind_of(wal.bytes().first(31)) == ErrorKind::kMalformed);
}

TEST_CASE("wal header: magic, version, page size, checksum wrong -> refused") {
  CHECK(kind_of(WalBytes().bytes().put_be32(0, 0x377f0684).span()) == ErrorKind::kMalformed);
  CHECK(kind_of(WalBytes().bytes().put_be32(4, 3007001).span()) == ErrorKind::kUnsupported);
  for (const std::uint32_t size : {0U, 1U, 256U, 1000U, 131072U, 0xffffffffU}) {
    CHECK(kind_of(
              WalBytes(size % 8 == 0 && size < 2000 ? size : 0).bytes().put_be32(8, size).span()) ==
          ErrorKind::kMalformed);
  }
  CHECK(kind_of(WalBytes().bytes().put_be32(16, 101).span()) == ErrorKind::kMalformed);
  CHECK(kind_of(WalBytes().bytes().put_be32(28, 0).span()) == ErrorKind::kMalformed);
  CHECK(kind_of(Bytes(32).span()) == ErrorKind::kMalformed);
}

TEST_CASE("wal frame: sound -> every field; short -> malformed") {
  WalBytes wal;
  wal.frame(5, 9);
  const auto frame = parse_wal_frame(wal.bytes().span().subspan(32));
  REQUIRE(frame.ok());
  CHECK(frame->page == 5);
  CHECK(frame->pages_after_commit == 9);
  CHECK(frame->salt1 == 100);
  CHECK(frame->salt2 == 777);
  CHECK(parse_wal_frame(wal.bytes().first(23)).error().kind == ErrorKind::kMalformed);
}

TEST_CASE("wal_frame_offset: first, last possible -> no overflow") {
  CHECK(wal_frame_offset(1, 4096) == 32);
  CHECK(wal_frame_offset(2, 4096) == 32 + 4120);
  CHECK(wal_frame_offset(0xffffffff, 65536) == 32 + 0xfffffffeULL * 65560);
}

TEST_CASE("wal extent: header alone, less than one frame -> no frames") {
  CHECK(extent_of(WalBytes().bytes()).frames == 0);
  CHECK(extent_of(wal_of(1).bytes().resize(32 + kFrame - 1)).frames == 0);
}

TEST_CASE("wal extent: any number of frames -> the last commit") {
  for (std::uint32_t count = 0; count <= 33; ++count) {
    CAPTURE(count);
    const WalExtent extent = extent_of(wal_of(count).bytes());
    CHECK(extent.frames == count / 3 * 3);
    CHECK(extent.pages_after_commit == count / 3 * 3);
  }
}

TEST_CASE("wal extent: frames left over from before a reset -> not counted") {
  WalBytes old(512, 99);
  for (std::uint32_t i = 1; i <= 20; ++i) old.frame(i, i);
  for (std::uint32_t live = 0; live <= 20; ++live) {
    CAPTURE(live);
    WalBytes now;
    for (std::uint32_t i = 1; i <= live; ++i) now.frame(i, i + 50);
    Bytes bytes = old.bytes();
    bytes.put_bytes(0, now.bytes().text());
    const WalExtent extent = extent_of(bytes);
    CHECK(extent.frames == live);
    CHECK(extent.pages_after_commit == (live == 0 ? 0 : live + 50));
  }
}

TEST_CASE("wal extent: frames of a transaction that was rolled back, same salts -> not counted") {
  WalBytes wal;
  wal.frame(1, 1);
  for (int i = 0; i < 10; ++i) wal.frame(2, 0);
  CHECK(extent_of(wal.bytes()).frames == 1);
}

TEST_CASE("wal extent: commit frame whose page was not written -> the commit before it") {
  WalBytes wal = wal_of(9);
  wal.bytes().put_be32(32 + 9 * kFrame - 4, 0xdeadbeef);  // the end of frame 9's page
  CHECK(extent_of(wal.bytes()).frames == 6);
  WalBytes first;
  first.frame(1, 1);
  first.bytes().put_be32(32 + 100, 1);
  CHECK(extent_of(first.bytes()).frames == 0);
}

TEST_CASE("wal extent: nothing but damaged commits -> malformed") {
  WalBytes wal;
  for (std::uint32_t i = 1; i <= 10; ++i) wal.frame(i, i);
  for (std::size_t i = 0; i < 10; ++i) wal.bytes().put_be32(32 + i * kFrame + 100, 1);
  const Fd file = memory_file(wal.bytes().span());
  const auto extent = find_wal_extent(file.get(), header_of(wal.bytes()), wal.bytes().size());
  REQUIRE_FALSE(extent.ok());
  CHECK(extent.error().kind == ErrorKind::kMalformed);
}

TEST_CASE("wal extent: the file is shorter than its size was -> busy") {
  WalBytes wal = wal_of(9);
  const std::uint64_t size = wal.bytes().size();
  const WalHeader header = header_of(wal.bytes());
  const Fd file = memory_file(wal.bytes().first(40));
  const auto extent = find_wal_extent(file.get(), header, size);
  REQUIRE_FALSE(extent.ok());
  CHECK(extent.error().kind == ErrorKind::kBusy);
}

TEST_CASE("wal extent: a transaction of more than 65536 frames -> busy, not a guess") {
  WalBytes wal;
  wal.frame(1, 1);
  Bytes bytes = wal.bytes();
  const std::string frame = WalBytes().frame(2, 0).bytes().text().substr(32);
  std::string text = bytes.text();
  for (int i = 0; i < 65536; ++i) text += frame;
  const Fd file = memory_file(std::as_bytes(std::span(text)));
  const auto extent = find_wal_extent(file.get(), header_of(bytes), text.size());
  REQUIRE_FALSE(extent.ok());
  CHECK(extent.error().kind == ErrorKind::kBusy);
}

TEST_CASE("find_page1_backwards: newest of several, none, too far back -> as found") {
  WalBytes wal;
  wal.frame(1, 0).frame(2, 2).frame(1, 2).frame(3, 3);
  const Fd file = memory_file(wal.bytes().span());
  const WalHeader header = header_of(wal.bytes());
  CHECK(**find_page1_backwards(file.get(), header, 4) == 3);
  CHECK(**find_page1_backwards(file.get(), header, 2) == 1);
  CHECK_FALSE(find_page1_backwards(file.get(), header, 0)->has_value());
  CHECK(find_page1_backwards(file.get(), header, 5).error().kind == ErrorKind::kBusy);

  std::string text = WalBytes().frame(1, 1).bytes().text();
  const std::string other = WalBytes().frame(2, 2).bytes().text().substr(32);
  for (int i = 0; i < 4096; ++i) text += other;
  const Fd long_file = memory_file(std::as_bytes(std::span(text)));
  CHECK(**find_page1_backwards(long_file.get(), header, 4096) == 1);
  CHECK_FALSE(find_page1_backwards(long_file.get(), header, 4097)->has_value());
}

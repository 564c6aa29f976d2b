#include "read/sqlite_header.h"

#include <cstdint>
#include <random>

#include "catch.h"
#include "sqlite_bytes.h"

using namespace litewatch;

namespace {

ErrorKind kind_of(const Bytes& bytes) {
  const auto header = parse_sqlite_header(bytes.span());
  REQUIRE_FALSE(header.ok());
  return header.error().kind;
}

Bytes with(std::size_t at, std::string_view bytes) {
  return sqlite_header_bytes().put_bytes(at, bytes);
}

Bytes random_page(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (std::size_t at = 0; at < size; at += 8) bytes.put(at, static_cast<std::uint64_t>(random()));
  return bytes;
}

}  // namespace

TEST_CASE("sqlite_header: sound -> every field") {
  const auto header = parse_sqlite_header(sqlite_header_bytes().span());
  REQUIRE(header.ok());
  CHECK(header->page_size_bytes == 4096);
  CHECK(header->write_version == 1);
  CHECK(header->read_version == 1);
  CHECK(header->reserved_bytes == 0);
  CHECK(header->change_counter == 42);
  CHECK(header->pages == 7);
  CHECK(header->first_freelist_trunk == 5);
  CHECK(header->freelist_pages == 2);
  CHECK(header->schema_cookie == 9);
  CHECK(header->schema_format == 4);
  CHECK(header->largest_root_page == 0);
  CHECK(header->text_encoding == 1);
  CHECK(header->user_version == 11);
  CHECK_FALSE(header->incremental_vacuum);
  CHECK(header->application_id == 0x1234);
  CHECK(header->version_valid_for == 42);
  CHECK(header->writer_version == 3040001);
  CHECK_FALSE(header->wal_mode());
  CHECK(header->pages_valid());
}

TEST_CASE("sqlite_header: each page size -> itself, with 65536 written as 1") {
  for (std::uint32_t size = 512; size <= 32768; size *= 2) {
    auto bytes = sqlite_header_bytes().put_be16(16, static_cast<std::uint16_t>(size));
    CHECK(parse_sqlite_header(bytes.span())->page_size_bytes == size);
  }
  CHECK(parse_sqlite_header(sqlite_header_bytes().put_be16(16, 1).span())->page_size_bytes ==
        65536);
}

TEST_CASE("sqlite_header: impossible page sizes -> malformed") {
  for (const std::uint16_t size : {0, 2, 256, 511, 513, 1000, 4095, 65535}) {
    CAPTURE(size);
    CHECK(kind_of(sqlite_header_bytes().put_be16(16, size)) == ErrorKind::kMalformed);
  }
}

TEST_CASE("sqlite_header: WAL versions -> wal_mode") {
  const auto header = parse_sqlite_header(with(18, "\x02\x02").span());
  REQUIRE(header.ok());
  CHECK(header->wal_mode());
}

TEST_CASE("sqlite_header: versions of a later format -> readable if only writing needs more") {
  CHECK(parse_sqlite_header(with(18, "\x03\x01").span()).ok());
  CHECK(kind_of(with(18, "\x03\x03")) == ErrorKind::kUnsupported);
  CHECK(kind_of(with(18, std::string_view("\x00\x01", 2))) == ErrorKind::kMalformed);
  CHECK(kind_of(with(18, std::string_view("\x01\x00", 2))) == ErrorKind::kMalformed);
}

TEST_CASE("sqlite_header: empty and truncated -> malformed") {
  CHECK_FALSE(parse_sqlite_header({}).ok());
  CHECK(kind_of(sqlite_header_bytes().resize(99)) == ErrorKind::kMalformed);
  CHECK(kind_of(sqlite_header_bytes().resize(1)) == ErrorKind::kMalformed);
}

TEST_CASE("sqlite_header: wrong magic, fixed bytes or reserved bytes -> malformed") {
  CHECK(kind_of(with(0, "sQLite")) == ErrorKind::kMalformed);
  CHECK(kind_of(with(15, "x")) == ErrorKind::kMalformed);
  CHECK(kind_of(with(21, "\x41")) == ErrorKind::kMalformed);
  CHECK(kind_of(with(22, "\x21")) == ErrorKind::kMalformed);
  CHECK(kind_of(with(23, "\x21")) == ErrorKind::kMalformed);
  // 512 - 33 leaves fewer than the 480 bytes that a b-tree page needs.
  CHECK(kind_of(with(16, std::string_view("\x02\x00\x01\x01\x21", 5))) == ErrorKind::kMalformed);
  CHECK(parse_sqlite_header(with(16, std::string_view("\x02\x00\x01\x01\x20", 5)).span()).ok());
}

TEST_CASE("sqlite_header: page count not vouched for -> not valid") {
  CHECK_FALSE(parse_sqlite_header(sqlite_header_bytes().put_be32(92, 41).span())->pages_valid());
  CHECK_FALSE(parse_sqlite_header(sqlite_header_bytes().put_be32(28, 0).span())->pages_valid());
}

TEST_CASE("sqlite_header: largest numbers -> kept, versions signed") {
  auto bytes = sqlite_header_bytes().put_be32(28, 0xfffffffe).put_be32(36, 0xffffffff);
  bytes.put_be32(60, 0xffffffff).put_be32(68, 0x80000000);
  const auto header = parse_sqlite_header(bytes.span());
  REQUIRE(header.ok());
  CHECK(header->pages == 0xfffffffe);
  CHECK(header->freelist_pages == 0xffffffff);
  CHECK(header->user_version == -1);
  CHECK(header->application_id == INT32_MIN);
}

TEST_CASE("sqlite_header: encoding and auto_vacuum -> words") {
  SqliteHeader header;
  header.text_encoding = 1;
  CHECK(header.encoding() == "UTF-8");
  header.text_encoding = 2;
  CHECK(header.encoding() == "UTF-16le");
  header.text_encoding = 3;
  CHECK(header.encoding() == "UTF-16be");
  header.text_encoding = 4;
  CHECK(header.encoding() == "unknown");
  CHECK(header.auto_vacuum() == "none");
  header.incremental_vacuum = true;
  CHECK(header.auto_vacuum() == "none");
  header.largest_root_page = 4;
  CHECK(header.auto_vacuum() == "incremental");
  header.incremental_vacuum = false;
  CHECK(header.auto_vacuum() == "full");
}

TEST_CASE("looks_encrypted: random bytes -> true, for every page size") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    CHECK(looks_encrypted(random_page(512, seed).span()));
    CHECK(looks_encrypted(random_page(4096, seed).span()));
  }
}

TEST_CASE("looks_encrypted: a database, text, zeros, a counter, too little -> false") {
  auto database = random_page(4096, 1);
  database.put_bytes(0, sqlite_header_bytes().text());
  CHECK_FALSE(looks_encrypted(database.span()));
  Bytes text;
  while (text.size() < 4096) text.put_bytes(text.size(), "the quick brown fox, 1234567890\n");
  CHECK_FALSE(looks_encrypted(text.span()));
  CHECK_FALSE(looks_encrypted(Bytes(4096).span()));
  Bytes counter;
  for (int i = 0; i < 4096; ++i) counter.put(counter.size(), static_cast<std::uint8_t>(i));
  CHECK_FALSE(looks_encrypted(counter.span()));
  CHECK_FALSE(looks_encrypted(random_page(504, 1).span()));
  CHECK_FALSE(looks_encrypted({}));
}

TEST_CASE("looks_encrypted: a compressed file -> false, it says what it is") {
  CHECK_FALSE(looks_encrypted(random_page(4096, 1).put_bytes(0, "\x1f\x8b").span()));
  CHECK_FALSE(looks_encrypted(random_page(4096, 1).put_bytes(0, "PK\x03\x04").span()));
  CHECK_FALSE(looks_encrypted(random_page(4096, 1).put_bytes(0, "\x28\xb5\x2f\xfd").span()));
}

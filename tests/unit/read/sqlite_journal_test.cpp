#include "read/sqlite_journal.h"

#include "catch.h"
#include "sqlite_bytes.h"

using namespace litewatch;

namespace {

constexpr std::string_view kMagic("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);

Bytes header_bytes() {
  Bytes bytes(512);
  bytes.put_bytes(0, kMagic).put_be32(8, 3).put_be32(12, 99).put_be32(16, 20);
  return bytes.put_be32(20, 512).put_be32(24, 4096);
}

std::uint32_t sum_of(std::string_view name) {
  std::uint32_t sum = 0;
  for (const char c : name) sum += static_cast<std::uint32_t>(c);
  return sum;
}

/// A journal with the name of a super-journal at its end.
Bytes with_name(std::string_view name, std::uint32_t size, std::uint32_t sum) {
  Bytes bytes = header_bytes();
  bytes.put_be32(bytes.size(), 0x40000000 / 4096 + 1);
  bytes.put_bytes(bytes.size(), name);
  bytes.put_be32(bytes.size(), size);
  bytes.put_be32(bytes.size(), sum);
  return bytes.put_bytes(bytes.size(), kMagic);
}

std::string name_in(const Bytes& bytes) {
  const Fd file = memory_file(bytes.span());
  const auto name = read_super_journal_name(file.get(), bytes.size());
  REQUIRE(name.ok());
  return *name;
}

}  // namespace

TEST_CASE("journal header: sound -> every field") {
  const Bytes bytes = header_bytes();
  const auto header = parse_journal_header(bytes.span());
  REQUIRE(header.ok());
  CHECK(header->magic_valid);
  CHECK(header->records == 3);
  CHECK(header->original_pages == 20);
  CHECK(header->sector_size_bytes == 512);
  CHECK(header->page_size_bytes == 4096);
  CHECK_FALSE(header->first_byte_zero());
  CHECK(std::equal(header->raw.begin(), header->raw.end(), bytes.span().begin()));
}

TEST_CASE("journal header: idle PERSIST journal, not synced yet -> first byte zero, no magic") {
  const auto idle = parse_journal_header(Bytes(28).span());
  REQUIRE(idle.ok());
  CHECK(idle->first_byte_zero());
  CHECK_FALSE(idle->magic_valid);
  const auto unsynced =
      parse_journal_header(header_bytes().put_bytes(0, std::string(12, '\0')).span());
  REQUIRE(unsynced.ok());
  CHECK(unsynced->first_byte_zero());
  CHECK(unsynced->original_pages == 20);
}

TEST_CASE("journal header: garbage -> parsed, but no magic; largest numbers -> kept") {
  const auto garbage = parse_journal_header(header_bytes().put_bytes(3, "x").span());
  REQUIRE(garbage.ok());
  CHECK_FALSE(garbage->magic_valid);
  CHECK_FALSE(garbage->first_byte_zero());
  CHECK(parse_journal_header(header_bytes().put_be32(8, 0xffffffff).span())->records == 0xffffffff);
}

TEST_CASE("journal header: empty, truncated -> malformed") {
  CHECK(parse_journal_header({}).error().kind == ErrorKind::kMalformed);
  CHECK(parse_journal_header(header_bytes().first(27)).error().kind == ErrorKind::kMalformed);
}

TEST_CASE("super-journal name: there -> the path") {
  CHECK(name_in(with_name("/data/a.db-mj0123", 17, sum_of("/data/a.db-mj0123"))) ==
        "/data/a.db-mj0123");
  CHECK(name_in(with_name("/d\xc3\xa9/a", 6, sum_of("/d\xc3\xa9/a"))) == "/d\xc3\xa9/a");
  const std::string longest = "/" + std::string(4095, 'x');
  CHECK(name_in(with_name(longest, 4096, sum_of(longest))) == longest);
}

TEST_CASE("super-journal name: no trailer, wrong sum, impossible length, zeros -> none") {
  CHECK(name_in(header_bytes()).empty());
  CHECK(name_in(Bytes(0)).empty());
  CHECK(name_in(Bytes(15)).empty());
  CHECK(name_in(with_name("/a", 2, sum_of("/a") + 1)).empty());
  CHECK(name_in(with_name("/a", 0, 0)).empty());
  CHECK(name_in(with_name("/a", 100000, 0)).empty());
  CHECK(name_in(with_name("/a", 0xffffffff, 0)).empty());
  const std::string too_long(4097, 'x');
  CHECK(name_in(with_name(too_long, 4097, sum_of(too_long))).empty());
  const std::string_view zero("/a\0b", 4);
  CHECK(name_in(with_name(zero, 4, sum_of(zero))).empty());
}

TEST_CASE("super-journal name: the journal shrank since -> none") {
  const Fd file = memory_file(Bytes(10).span());
  CHECK(read_super_journal_name(file.get(), 4096)->empty());
}

#include "read/sqlite_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/endian.h"
#include "read/sqlite_page_size.h"

// offset  size  field                          offset  size  field
//      0    16  "SQLite format 3\0"                40     4  schema cookie
//     16     2  page size, 1 = 65536               44     4  schema format, 1 to 4
//     18     1  write version, 1 or 2              52     4  largest root page, auto_vacuum
//     19     1  read version, 1 or 2               56     4  text encoding, 1 to 3
//     20     1  reserved bytes per page            60     4  user_version
//     21     3  always 64, 32, 32                  64     4  incremental vacuum
//     24     4  file change counter                68     4  application_id
//     28     4  size in pages                      92     4  version-valid-for
//     32     4  first freelist trunk page          96     4  SQLITE_VERSION_NUMBER
//     36     4  freelist pages
namespace litewatch {
namespace {

constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr std::uint32_t kMinUsableBytes = 480;

Error malformed(const char* what) { return Error{ErrorKind::kMalformed, what, "", 0}; }

bool starts_with(std::span<const std::byte> bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() &&
         std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

std::uint8_t u8(const std::byte* at) { return std::to_integer<std::uint8_t>(*at); }

/// Compressed files are as random as encrypted ones, but they say what they are.
bool is_compressed(std::span<const std::byte> bytes) {
  static constexpr std::string_view kMagics[] = {"\x1f\x8b",
                                                 "PK\x03\x04",
                                                 "\x28\xb5\x2f\xfd",
                                                 "\xfd"
                                                 "7zXZ",
                                                 "BZh",
                                                 "\x04\x22\x4d\x18"};
  return std::any_of(std::begin(kMagics), std::end(kMagics),
                     [&](std::string_view magic) { return starts_with(bytes, magic); });
}

/// Pearson's statistic against evenly spread bytes: about 255 for random bytes (deviation 23),
/// thousands for text, code, and pages of a b-tree, 0 for a counter.
double chi_square(std::span<const std::byte> bytes) {
  std::array<std::uint32_t, 256> count{};
  for (const std::byte b : bytes) ++count[std::to_integer<std::size_t>(b)];
  const double expected = static_cast<double>(bytes.size()) / 256;
  double sum = 0;
  for (const std::uint32_t n : count) sum += (n - expected) * (n - expected) / expected;
  return sum;
}

}  // namespace

std::string_view SqliteHeader::encoding() const {
  switch (text_encoding) {
    case 1:
      return "UTF-8";
    case 2:
      return "UTF-16le";
    case 3:
      return "UTF-16be";
    default:
      return "unknown";
  }
}

std::string_view SqliteHeader::auto_vacuum() const {
  if (largest_root_page == 0) return "none";
  return incremental_vacuum ? "incremental" : "full";
}

Result<SqliteHeader> parse_sqlite_header(std::span<const std::byte> bytes) {
  if (bytes.size() < SqliteHeader::kSize) return malformed("header shorter than 100 bytes");
  if (!has_sqlite_magic(bytes)) return malformed("no SQLite magic");
  const std::byte* at = bytes.data();
  SqliteHeader header;
  header.page_size_bytes = page_size_of_u16(load_be16(at + 16));
  header.write_version = u8(at + 18);
  header.read_version = u8(at + 19);
  header.reserved_bytes = u8(at + 20);
  if (!is_sqlite_page_size(header.page_size_bytes)) return malformed("impossible page size");
  if (header.page_size_bytes - header.reserved_bytes < kMinUsableBytes) {
    return malformed("too many reserved bytes per page");
  }
  if (u8(at + 21) != 64 || u8(at + 22) != 32 || u8(at + 23) != 32) {
    return malformed("payload fractions are not 64, 32, 32");
  }
  if (header.write_version == 0 || header.read_version == 0) return malformed("format version 0");
  if (header.read_version > 2) {
    return Error{ErrorKind::kUnsupported, "format read version above 2", "", 0};
  }
  header.change_counter = load_be32(at + 24);
  header.pages = load_be32(at + 28);
  header.first_freelist_trunk = load_be32(at + 32);
  header.freelist_pages = load_be32(at + 36);
  header.schema_cookie = load_be32(at + 40);
  header.schema_format = load_be32(at + 44);
  header.largest_root_page = load_be32(at + 52);
  header.text_encoding = load_be32(at + 56);
  header.user_version = static_cast<std::int32_t>(load_be32(at + 60));
  header.incremental_vacuum = load_be32(at + 64) != 0;
  header.application_id = static_cast<std::int32_t>(load_be32(at + 68));
  header.version_valid_for = load_be32(at + 92);
  header.writer_version = load_be32(at + 96);
  return header;
}

bool has_sqlite_magic(std::span<const std::byte> bytes) { return starts_with(bytes, kMagic); }

bool looks_encrypted(std::span<const std::byte> first_page) {
  if (first_page.size() < 512) return false;
  if (has_sqlite_magic(first_page) || is_compressed(first_page)) return false;
  // Six deviations to either side: a random page falls outside about once in 10^8.
  const double chi2 = chi_square(first_page);
  return chi2 > 120 && chi2 < 400;
}

}  // namespace litewatch

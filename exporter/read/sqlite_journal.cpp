#include "read/sqlite_journal.h"

#include <algorithm>
#include <cstring>

#include "base/endian.h"
#include "base/fd.h"

// offset  size  field                          the end of a journal that has a super-journal
//      0     8  d9 d5 05 f9 20 a1 63 d7           ...    4  number of the locking page
//      8     4  records, -1: see file size        ...    n  name, without a final zero
//     12     4  checksum seed                     -16    4  n
//     16     4  pages before the transaction      -12    4  sum of the name's chars
//     20     4  sector size                        -8    8  magic as at offset 0
//     24     4  page size
namespace litewatch {
namespace {

constexpr std::array<unsigned char, 8> kMagic{0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
constexpr std::size_t kTrailerSize = 16;
constexpr std::uint32_t kMaxNameSize = 4096;

bool has_magic(const std::byte* at) { return std::memcmp(at, kMagic.data(), kMagic.size()) == 0; }

/// Sums as pager.c does: over `char`, whose sign is the machine's.
std::uint32_t name_checksum(const std::string& name) {
  std::uint32_t sum = 0;
  for (const char c : name) sum += static_cast<std::uint32_t>(c);
  return sum;
}

}  // namespace

Result<JournalHeader> parse_journal_header(std::span<const std::byte> bytes) {
  if (bytes.size() < JournalHeader::kSize) {
    return Error{ErrorKind::kMalformed, "journal header shorter than 28 bytes", "", 0};
  }
  const std::byte* at = bytes.data();
  JournalHeader header;
  std::copy_n(at, header.raw.size(), header.raw.begin());
  header.magic_valid = has_magic(at);
  header.records = load_be32(at + 8);
  header.original_pages = load_be32(at + 16);
  header.sector_size_bytes = load_be32(at + 20);
  header.page_size_bytes = load_be32(at + 24);
  return header;
}

Result<std::string> read_super_journal_name(int journal_fd, std::uint64_t size_bytes) {
  if (size_bytes < kTrailerSize) return std::string();
  const std::uint64_t trailer_at = size_bytes - kTrailerSize;
  std::array<std::byte, kTrailerSize> trailer;
  auto read = read_at(journal_fd, trailer, trailer_at);
  if (!read) return read.error();
  if (*read < trailer.size() || !has_magic(trailer.data() + 8)) return std::string();
  const std::uint32_t size = load_be32(trailer.data());
  if (size == 0 || size > kMaxNameSize || size > trailer_at) return std::string();
  std::string name(size, '\0');
  read = read_at(journal_fd, std::as_writable_bytes(std::span(name)), trailer_at - size);
  if (!read) return read.error();
  if (*read < size || name_checksum(name) != load_be32(trailer.data() + 4)) return std::string();
  // A zero cannot stand in a path; such bytes are no name, whatever their sum.
  if (name.find('\0') != std::string::npos) return std::string();
  return name;
}

}  // namespace litewatch

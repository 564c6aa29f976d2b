#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace litewatch {

/// The rollback journal's header; big-endian. Source: https://www.sqlite.org/fileformat2.html
/// section 3, and pager.c (hasHotJournal, readSuperJournal).
struct JournalHeader {
  static constexpr std::size_t kSize = 28;

  std::array<std::byte, kSize> raw{};  ///< to see whether it changed between two looks
  bool magic_valid = false;            ///< false while not synced, or for an idle PERSIST journal
  std::uint32_t records = 0;           ///< 0xffffffff: count from the file size
  std::uint32_t original_pages = 0;    ///< size of the database before the transaction
  std::uint32_t sector_size_bytes = 0;
  std::uint32_t page_size_bytes = 0;

  /// A journal whose first byte is zero is never rolled back.
  bool first_byte_zero() const { return raw[0] == std::byte{0}; }
};

/// Parses the first bytes of a journal; `malformed` where there are fewer than 28.
Result<JournalHeader> parse_journal_header(std::span<const std::byte> bytes);

/// The super-journal's name at the end of a journal, as a path; empty where there is none (no
/// trailing magic, a bad checksum, a length over 4 KiB). `size_bytes` is the journal's size.
Result<std::string> read_super_journal_name(int journal_fd, std::uint64_t size_bytes);

}  // namespace litewatch

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace litewatch {

/// The database header, the first 100 bytes of page 1; big-endian.
/// Source: https://www.sqlite.org/fileformat2.html section 1.3.
struct SqliteHeader {
  static constexpr std::size_t kSize = 100;

  std::uint32_t page_size_bytes = 0;  ///< 512 to 65536, a power of two
  std::uint8_t write_version = 0;     ///< 1 rollback journal, 2 WAL
  std::uint8_t read_version = 0;
  std::uint8_t reserved_bytes =
      0;  ///< at the end of each page; SQLCipher and checksum VFS use them
  std::uint32_t change_counter = 0;
  std::uint32_t pages = 0;  ///< only meaningful where pages_valid()
  std::uint32_t first_freelist_trunk = 0;
  std::uint32_t freelist_pages = 0;
  std::uint32_t schema_cookie = 0;
  std::uint32_t schema_format = 0;
  std::uint32_t largest_root_page = 0;  ///< not 0: auto_vacuum is on
  std::uint32_t text_encoding = 0;      ///< 1 UTF-8, 2 UTF-16le, 3 UTF-16be
  std::int32_t user_version = 0;
  bool incremental_vacuum = false;
  std::int32_t application_id = 0;
  std::uint32_t version_valid_for = 0;
  std::uint32_t writer_version = 0;  ///< SQLITE_VERSION_NUMBER of the last writer; 0: before 3.7.0

  bool wal_mode() const { return read_version == 2; }
  /// SQLite trusts the header's page count only then; else file size / page size counts.
  bool pages_valid() const { return pages != 0 && change_counter == version_valid_for; }
  std::string_view encoding() const;     ///< "UTF-8", "UTF-16le", "UTF-16be", "unknown"
  std::string_view auto_vacuum() const;  ///< "none", "full", "incremental"
};

/// Parses a header. `malformed` where the magic, the page size, the fixed bytes 21 to 23 or the
/// versions are wrong, or where fewer than 100 bytes are given; `unsupported` for a read version
/// above 2.
Result<SqliteHeader> parse_sqlite_header(std::span<const std::byte> bytes);

/// True where the bytes start with "SQLite format 3\0".
bool has_sqlite_magic(std::span<const std::byte> bytes);

/// True where the bytes look like the ciphertext of an encrypted database: no magic, and as little
/// structure as random bytes have. Wants a whole first page of at least 512 bytes, else false.
bool looks_encrypted(std::span<const std::byte> first_page);

}  // namespace litewatch

#pragma once

#include <bit>
#include <cstdint>

namespace litewatch {

inline constexpr std::uint32_t kLeastPageSize_bytes = 512;

/// True for the page sizes that SQLite knows: powers of two from 512 to 65536.
inline bool is_sqlite_page_size(std::uint32_t bytes) {
  return bytes >= kLeastPageSize_bytes && bytes <= 65536 && std::has_single_bit(bytes);
}

/// The page size that a 16-bit field stands for, in the database header and in the wal-index:
/// 65536 does not fit and is written as 1. (The WAL header has 32 bits and needs no such trick.)
inline std::uint32_t page_size_of_u16(std::uint16_t raw) { return raw == 1 ? 65536 : raw; }

}  // namespace litewatch

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/endian.h"

namespace litewatch {

/// The running checksum of WAL headers, WAL frames and the wal-index header. Source:
/// https://www.sqlite.org/fileformat2.html section 4.2 (wal.c, walChecksumBytes).
struct WalChecksum {
  std::uint32_t s0 = 0;
  std::uint32_t s1 = 0;

  /// Adds bytes whose number is a multiple of 8, read as words of big-endian or native order.
  void add(std::span<const std::byte> bytes, bool big_endian) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      s0 += word(bytes.data() + at, big_endian) + s1;
      s1 += word(bytes.data() + at + 4, big_endian) + s0;
    }
  }

  bool operator==(const WalChecksum&) const = default;

 private:
  static std::uint32_t word(const std::byte* at, bool big_endian) {
    if (big_endian) return load_be32(at);
    return load_le32(at);
  }
  static std::uint32_t load_le32(const std::byte* at) { return __builtin_bswap32(load_be32(at)); }
};

}  // namespace litewatch

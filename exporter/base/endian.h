#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace litewatch {

/// Loads an unsigned integer of native byte order from unaligned memory.
template <class T>
inline T load_native(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Loads a big-endian 16-bit integer from unaligned memory.
inline uint16_t load_be16(const std::byte* at) {
  const auto value = load_native<uint16_t>(at);
  return std::endian::native == std::endian::big ? value : __builtin_bswap16(value);
}

/// Loads a big-endian 32-bit integer from unaligned memory.
inline uint32_t load_be32(const std::byte* at) {
  const auto value = load_native<uint32_t>(at);
  return std::endian::native == std::endian::big ? value : __builtin_bswap32(value);
}

/// Loads a big-endian 64-bit integer from unaligned memory.
inline uint64_t load_be64(const std::byte* at) {
  const auto value = load_native<uint64_t>(at);
  return std::endian::native == std::endian::big ? value : __builtin_bswap64(value);
}

}  // namespace litewatch

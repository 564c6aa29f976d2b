#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

namespace litewatch {

inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return std::string_view(reinterpret_cast<const char*>(data), size);
}

/// Ends the run where what must hold does not.
inline void require(bool holds) {
  if (!holds) std::abort();
}

/// A file in memory, the same one in each run, with the content given.
inline int memory_file(std::span<const std::byte> content) {
  static const int fd = ::memfd_create("litewatch-fuzz", MFD_CLOEXEC);
  const auto size = static_cast<off_t>(content.size());
  require(::ftruncate(fd, 0) == 0 && ::pwrite(fd, content.data(), content.size(), 0) == size);
  return fd;
}

}  // namespace litewatch

#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

// SQLite's files built by hand, byte by byte, for the tests of their readers.
namespace litewatch {

/// Bytes of a file that fields are put into; it grows as needed.
class Bytes {
 public:
  explicit Bytes(std::size_t size = 0) : bytes_(size) {}

  Bytes& put_be32(std::size_t at, std::uint32_t value) {
    return put(at, std::endian::native == std::endian::big ? value : __builtin_bswap32(value));
  }
  Bytes& put_be16(std::size_t at, std::uint16_t value) {
    return put(at, std::endian::native == std::endian::big ? value : __builtin_bswap16(value));
  }
  /// In native byte order.
  template <class T>
  Bytes& put(std::size_t at, T value) {
    return put_bytes(at, std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
  }
  Bytes& put_bytes(std::size_t at, std::string_view text) {
    if (bytes_.size() < at + text.size()) bytes_.resize(at + text.size());
    std::memcpy(bytes_.data() + at, text.data(), text.size());
    return *this;
  }
  Bytes& resize(std::size_t size) {
    bytes_.resize(size);
    return *this;
  }

  std::size_t size() const { return bytes_.size(); }
  std::span<const std::byte> span() const { return bytes_; }
  std::span<const std::byte> first(std::size_t count) const { return span().first(count); }
  std::string text() const {
    return std::string(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  }

 private:
  std::vector<std::byte> bytes_;
};

/// A file without a name that holds the bytes.
inline Fd memory_file(std::span<const std::byte> bytes) {
  Fd fd(::memfd_create("litewatch-test", MFD_CLOEXEC));
  if (::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    return Fd();
  }
  return fd;
}

inline void write_file(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// A sound header of a database of 7 pages of 4 KiB.
inline Bytes sqlite_header_bytes() {
  Bytes bytes(100);
  bytes.put_bytes(0, std::string_view("SQLite format 3\0", 16)).put_be16(16, 4096);
  bytes.put_bytes(18, std::string_view("\x01\x01\x00\x40\x20\x20", 6));
  bytes.put_be32(24, 42).put_be32(28, 7).put_be32(32, 5).put_be32(36, 2).put_be32(40, 9);
  bytes.put_be32(44, 4).put_be32(56, 1).put_be32(60, 11).put_be32(68, 0x1234);
  return bytes.put_be32(92, 42).put_be32(96, 3040001);
}

/// SQLite's checksum over big-endian words, written down a second time on purpose.
struct ChecksumBe {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  void add(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      a += word(bytes, i) + b;
      b += word(bytes, i + 4) + a;
    }
  }
  static std::uint32_t word(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
  }
};

/// A WAL that is written frame by frame, with checksums over big-endian words.
class WalBytes {
 public:
  explicit WalBytes(std::uint32_t page_size = 512, std::uint32_t salt = 100)
      : page_size_(page_size), salt_(salt) {
    bytes_.put_be32(0, 0x377f0683).put_be32(4, 3007000).put_be32(8, page_size).put_be32(12, 3);
    bytes_.put_be32(16, salt).put_be32(20, 777);
    sum_.add(bytes_.text());
    bytes_.put_be32(24, sum_.a).put_be32(28, sum_.b);
  }

  /// Appends a frame; `pages_after_commit` is 0 in all but the last one of a transaction.
  WalBytes& frame(std::uint32_t page, std::uint32_t pages_after_commit,
                  std::string_view content = "") {
    const std::size_t at = bytes_.size();
    bytes_.put_be32(at, page).put_be32(at + 4, pages_after_commit);
    sum_.add(bytes_.text().substr(at, 8));
    bytes_.put_be32(at + 8, salt_).put_be32(at + 12, 777);
    bytes_.resize(at + 24 + page_size_).put_bytes(at + 24, content);
    sum_.add(bytes_.text().substr(at + 24));
    bytes_.put_be32(at + 16, sum_.a).put_be32(at + 20, sum_.b);
    return *this;
  }

  Bytes& bytes() { return bytes_; }

 private:
  Bytes bytes_;
  std::uint32_t page_size_;
  std::uint32_t salt_;
  ChecksumBe sum_;
};

/// A wal-index whose frames are listed one by one, as wal.c does it.
class WalIndexBytes {
 public:
  static constexpr std::uint32_t kFirstBlock = 4062;
  static constexpr std::uint32_t kBlock = 4096;

  WalIndexBytes() : bytes_(32768) {
    bytes_.put<std::uint32_t>(0, 3007000).put<std::uint32_t>(8, 55).put<std::uint8_t>(12, 1);
    bytes_.put<std::uint16_t>(14, 4096).put<std::uint32_t>(20, 60);
    bytes_.put_be32(32, 100).put_be32(36, 777);
    for (int i = 1; i < 5; ++i) bytes_.put<std::uint32_t>(100 + 4 * i, 0xffffffff);
    seal();
  }

  /// Lists one more frame; without seal() it is not committed yet.
  WalIndexBytes& frame(std::uint32_t page) {
    const std::uint32_t number = listed_++;
    const bool first = number < kFirstBlock;
    const std::size_t block = first ? 0 : 1 + (number - kFirstBlock) / kBlock;
    const std::uint32_t within = first ? number : (number - kFirstBlock) % kBlock;
    const std::size_t start = block * 32768;
    if (bytes_.size() < start + 32768) bytes_.resize(start + 32768);
    bytes_.put(start + (first ? 136 : 0) + within * 4, page);
    std::uint32_t slot = page * 383 % 8192;
    while (slot_at(start, slot) != 0) slot = (slot + 1) % 8192;
    bytes_.put(start + 16384 + slot * 2, static_cast<std::uint16_t>(within + 1));
    return *this;
  }

  /// Commits what is listed: sets mxFrame and writes both copies of the header with checksums.
  WalIndexBytes& seal() { return seal(listed_); }
  WalIndexBytes& seal(std::uint32_t frames) {
    bytes_.put(16, frames);
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    for (std::size_t at = 0; at < 40; at += 8) {
      a += native32(at) + b;
      b += native32(at + 4) + a;
    }
    bytes_.put(40, a).put(44, b);
    bytes_.put_bytes(48, bytes_.text().substr(0, 48));
    return *this;
  }

  Bytes& bytes() { return bytes_; }
  std::span<const std::byte> header() const { return bytes_.first(136); }

 private:
  std::uint32_t native32(std::size_t at) const {
    std::uint32_t value;
    std::memcpy(&value, bytes_.span().data() + at, 4);
    return value;
  }
  std::uint16_t slot_at(std::size_t start, std::uint32_t slot) const {
    std::uint16_t value;
    std::memcpy(&value, bytes_.span().data() + start + 16384 + slot * 2, 2);
    return value;
  }

  Bytes bytes_;
  std::uint32_t listed_ = 0;
};

}  // namespace litewatch

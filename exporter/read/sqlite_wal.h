#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"

namespace litewatch {

/// The write-ahead log's header; big-endian. Source: https://www.sqlite.org/walformat.html
/// section 1, https://www.sqlite.org/fileformat2.html section 4.
struct WalHeader {
  static constexpr std::size_t kSize = 32;

  std::uint32_t page_size_bytes = 0;
  std::uint32_t checkpoint_sequence = 0;  ///< +1 at each reset
  std::uint32_t salt1 = 0;                ///< +1 at each reset
  std::uint32_t salt2 = 0;                ///< random
  bool big_endian_checksums = false;      ///< the byte order in which checksums count words
};

/// The header of one frame.
struct WalFrame {
  static constexpr std::size_t kHeaderSize = 24;

  std::uint32_t page = 0;
  std::uint32_t pages_after_commit = 0;  ///< size of the database; 0: not a commit frame
  std::uint32_t salt1 = 0;
  std::uint32_t salt2 = 0;
};

/// Parses a WAL header and verifies its checksum. `malformed` where it is short or wrong,
/// `unsupported` for a format version other than 3007000.
Result<WalHeader> parse_wal_header(std::span<const std::byte> bytes);

/// Parses a frame header of 24 bytes; `malformed` where fewer are given.
Result<WalFrame> parse_wal_frame(std::span<const std::byte> bytes);

/// Where frame `frame` (counted from 1) starts in the file.
std::uint64_t wal_frame_offset(std::uint32_t frame, std::uint32_t page_size_bytes);

/// The committed frames of a WAL whose wal-index cannot be asked (exclusive locking mode, a missing
/// -shm). Found by bisection on the salts, then back to the last commit frame whose own checksum
/// fits; the frames before it are not verified (that would read the whole WAL). `busy` where the
/// file shrinks meanwhile or the last 65536 frames hold no commit, `malformed` where the last eight
/// commit frames are all damaged.
struct WalExtent {
  std::uint32_t frames = 0;              ///< up to and including the last commit
  std::uint32_t pages_after_commit = 0;  ///< 0 where there is no commit
};
Result<WalExtent> find_wal_extent(int wal_fd, const WalHeader& header, std::uint64_t size_bytes);

/// The newest frame of page 1 among the last 4096 of `frames`; nullopt where none is there. That
/// page 1 is not in the WAL follows only where `frames` is 4096 or less.
Result<std::optional<std::uint32_t>> find_page1_backwards(int wal_fd, const WalHeader& header,
                                                          std::uint32_t frames);

}  // namespace litewatch

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"

namespace litewatch {

/// The wal-index (-shm), block 0's header; native byte order. Source:
/// https://www.sqlite.org/walformat.html section 2, wal.c (WalIndexHdr, WalCkptInfo).
struct WalIndex {
  static constexpr std::size_t kHeaderSize = 136;
  static constexpr std::size_t kReaders = 5;
  static constexpr std::uint32_t kMarkUnused = 0xffffffff;

  std::uint32_t change = 0;           ///< iChange: +1 per commit; back to 0 on recovery
  std::uint32_t page_size_bytes = 0;  ///< 0 until the first frame
  std::uint32_t frames = 0;           ///< mxFrame: valid frames in the WAL
  std::uint32_t pages = 0;            ///< nPage: size of the database after the last commit
  std::uint32_t salt1 = 0;            ///< as in the WAL header
  std::uint32_t salt2 = 0;
  std::uint32_t backfilled_frames = 0;               ///< nBackfill
  std::uint32_t backfill_attempted_frames = 0;       ///< nBackfillAttempted
  std::array<std::uint32_t, kReaders> read_marks{};  ///< aReadMark; count only where locked
  std::uint32_t retries = 0;  ///< readings thrown away because the two copies differed
  bool inconsistent = false;  ///< nBackfill > mxFrame in three readings 1 ms apart
};

/// Parses the 136 bytes of one reading. `busy` where the two copies differ or the checksum does not
/// fit (a writer was at work: read again), `unsupported` for a version other than 3007000 or a
/// foreign byte order, nullopt where the index is not initialised (short, or all zero).
Result<std::optional<WalIndex>> parse_wal_index(std::span<const std::byte> bytes);

/// Reads the header with one pread per try, up to 5 tries while it is `busy`, and confirms an
/// impossible nBackfill. nullopt as above.
Result<std::optional<WalIndex>> read_wal_index(int shm_fd);

/// The newest frame that holds `page`, at most `index.frames`, found through the index's hash
/// tables from the last block to the first; nullopt where the WAL does not hold the page. At most
/// one block's worth of small preads per block; bounded for any bytes.
Result<std::optional<std::uint32_t>> find_frame(int shm_fd, const WalIndex& index,
                                                std::uint32_t page);

}  // namespace litewatch

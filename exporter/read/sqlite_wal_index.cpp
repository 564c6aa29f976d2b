#include "read/sqlite_wal_index.h"

#include <algorithm>
#include <cstring>
#include <ctime>

#include "base/endian.h"
#include "base/fd.h"
#include "read/sqlite_page_size.h"
#include "read/wal_checksum.h"

// Block 0, native byte order; the header of 48 bytes stands there twice:
// offset  size  field                          offset  size  field
//  0  48     4  iVersion, 3007000              32  80     8  salts, bytes as in the WAL
//  8  56     4  iChange, +1 per commit         40  88     8  checksum of the first 40 bytes
// 12  60     1  isInit                             96     4  nBackfill
// 13  61     1  bigEndCksum                       100  5*4   aReadMark
// 14  62     2  page size, 1 = 65536              120     8  lock bytes (128: dead man's switch)
// 16  64     4  mxFrame                           128     4  nBackfillAttempted
// 20  68     4  nPage                             136        page numbers, then the hash table
//
// A block is 32 KiB: page numbers (4 bytes each), and from 16 KiB on 8192 hash slots (2 bytes
// each, the frame's number within the block from 1, 0 where empty). The header takes the place of
// the first 34 page numbers in block 0.
namespace litewatch {
namespace {

constexpr std::size_t kCopySize = 48;
constexpr std::size_t kChecksummed = 40;
constexpr std::uint32_t kVersion = 3007000;
constexpr int kTries = 5;

constexpr std::uint64_t kBlockSize = 32768;
constexpr std::uint64_t kHashOffset = 16384;
constexpr std::uint32_t kSlots = 8192;
constexpr std::uint32_t kFramesPerBlock = 4096;
constexpr std::uint32_t kFramesInBlock0 = kFramesPerBlock - WalIndex::kHeaderSize / 4;
constexpr std::uint32_t kMaxBlocks = 65536;  // a WAL of 1 TiB with pages of 4 KiB

Error error(ErrorKind kind, const char* what) { return Error{kind, what, "", 0}; }

bool checksum_fits(const std::byte* copy) {
  WalChecksum sum;
  // The index is private to one machine: its words are in native order, whatever the WAL's are.
  sum.add({copy, kChecksummed}, std::endian::native == std::endian::big);
  return sum.s0 == load_native<std::uint32_t>(copy + 40) &&
         sum.s1 == load_native<std::uint32_t>(copy + 44);
}

WalIndex decode(const std::byte* at) {
  WalIndex index;
  index.change = load_native<std::uint32_t>(at + 8);
  index.page_size_bytes = page_size_of_u16(load_native<std::uint16_t>(at + 14));
  index.frames = load_native<std::uint32_t>(at + 16);
  index.pages = load_native<std::uint32_t>(at + 20);
  index.salt1 = load_be32(at + 32);
  index.salt2 = load_be32(at + 36);
  index.backfilled_frames = load_native<std::uint32_t>(at + 96);
  for (std::size_t i = 0; i < WalIndex::kReaders; ++i) {
    index.read_marks[i] = load_native<std::uint32_t>(at + 100 + 4 * i);
  }
  index.backfill_attempted_frames = load_native<std::uint32_t>(at + 128);
  return index;
}

/// One reading, tried again while a writer is in the middle of it.
Result<std::optional<WalIndex>> read_settled(int shm_fd, std::uint32_t& retries) {
  std::array<std::byte, WalIndex::kHeaderSize> bytes;
  for (int left = kTries;; ++retries) {
    const auto size = read_at(shm_fd, bytes, 0);
    if (!size) return size.error();
    auto index = parse_wal_index({bytes.data(), *size});
    if (--left == 0 || index || index.error().kind != ErrorKind::kBusy) return index;
  }
}

void sleep_1ms() {
  const timespec pause{0, 1'000'000};
  nanosleep(&pause, nullptr);
}

/// The frames of the index that one block lists.
struct Block {
  std::uint64_t pages_offset;  ///< of the first page number
  std::uint64_t hash_offset;
  std::uint32_t first_frame;
  std::uint32_t frames;  ///< at most this many are valid
};

Block block_at(std::uint32_t number, std::uint32_t last_frame) {
  const std::uint64_t start = number * kBlockSize;
  const std::uint32_t before = number == 0 ? 0 : kFramesInBlock0 + (number - 1) * kFramesPerBlock;
  return Block{
      .pages_offset = start + (number == 0 ? WalIndex::kHeaderSize : 0),
      .hash_offset = start + kHashOffset,
      .first_frame = before + 1,
      .frames = std::min(last_frame - before, number == 0 ? kFramesInBlock0 : kFramesPerBlock)};
}

std::uint32_t block_of(std::uint32_t frame) {
  if (frame <= kFramesInBlock0) return 0;
  return 1 + (frame - 1 - kFramesInBlock0) / kFramesPerBlock;
}

Result<bool> read_fully(int fd, std::span<std::byte> into, std::uint64_t offset) {
  const auto size = read_at(fd, into, offset);
  if (!size) return size.error();
  if (*size < into.size()) {
    return error(ErrorKind::kMalformed, "wal-index shorter than its frames need");
  }
  return true;
}

/// Slots that collide with a page's hash, in the order in which they were filled.
struct Chain {
  std::array<std::uint16_t, kSlots> frames;
  std::uint32_t size = 0;
};

/// Walks the hash table from the page's slot to the first empty one. Chains are short, so that the
/// first pread mostly does; the later ones are large, so that hostile bytes cannot ask for many.
Result<bool> read_chain(int fd, const Block& block, std::uint32_t page, Chain& chain) {
  std::array<std::byte, 4096> bytes;
  const std::uint32_t start = page * 383U & (kSlots - 1);
  std::uint32_t at_once = 32;
  for (std::uint32_t walked = 0; walked < kSlots; at_once = bytes.size() / 2) {
    const std::uint32_t slot = (start + walked) & (kSlots - 1);
    const std::uint32_t count = std::min({at_once, kSlots - slot, kSlots - walked});
    const auto read = read_fully(fd, {bytes.data(), count * 2}, block.hash_offset + slot * 2);
    if (!read) return read;
    for (std::uint32_t i = 0; i < count; ++i, ++walked) {
      const auto frame = load_native<std::uint16_t>(bytes.data() + i * 2);
      if (frame == 0) return true;
      // Frames beyond the last commit may be listed already; they do not count.
      if (frame <= block.frames) chain.frames[chain.size++] = frame;
    }
  }
  return true;
}

/// The page numbers of one block: one at a time for the first few, then all of them at once.
class PageNumbers {
 public:
  PageNumbers(int fd, const Block& block) : fd_(fd), block_(block) {}

  /// REQUIRES: 1 <= frame <= block.frames
  Result<std::uint32_t> of(std::uint32_t frame) {
    std::byte* const at = bytes_.data() + (frame - 1) * 4;
    if (!all_) {
      all_ = ++asked_ > 8;
      const auto read = all_ ? load(bytes_.data(), 0, block_.frames) : load(at, frame - 1, 1);
      if (!read) return read.error();
    }
    return load_native<std::uint32_t>(at);
  }

 private:
  Result<bool> load(std::byte* into, std::uint32_t first, std::uint32_t count) {
    return read_fully(fd_, {into, count * 4}, block_.pages_offset + first * 4);
  }

  const int fd_;
  const Block& block_;
  std::array<std::byte, kFramesPerBlock * 4> bytes_;
  std::uint32_t asked_ = 0;
  bool all_ = false;
};

/// The newest frame of `page` in one block. A later frame of a page stands later in its chain.
Result<std::optional<std::uint32_t>> find_in_block(int fd, const Block& block, std::uint32_t page) {
  Chain chain;
  const auto walked = read_chain(fd, block, page, chain);
  if (!walked) return walked.error();
  PageNumbers numbers(fd, block);
  while (chain.size > 0) {
    const std::uint32_t frame = chain.frames[--chain.size];
    const auto number = numbers.of(frame);
    if (!number) return number.error();
    if (*number == page) return std::optional(block.first_frame + frame - 1);
  }
  return std::optional<std::uint32_t>();
}

}  // namespace

Result<std::optional<WalIndex>> parse_wal_index(std::span<const std::byte> bytes) {
  if (bytes.size() < WalIndex::kHeaderSize) return std::optional<WalIndex>();
  const std::byte* at = bytes.data();
  const auto version = load_native<std::uint32_t>(at);
  if (version == __builtin_bswap32(kVersion)) {
    return error(ErrorKind::kUnsupported, "wal-index of a machine with another byte order");
  }
  if (std::memcmp(at, at + kCopySize, kCopySize) != 0) {
    return error(ErrorKind::kBusy, "the two copies of the wal-index header differ");
  }
  if (at[12] == std::byte{0}) return std::optional<WalIndex>();
  if (version != kVersion) return error(ErrorKind::kUnsupported, "unknown wal-index version");
  if (!checksum_fits(at)) return error(ErrorKind::kBusy, "wal-index checksum does not fit");
  const WalIndex index = decode(at);
  const bool sized = is_sqlite_page_size(index.page_size_bytes);
  if (!sized && (index.page_size_bytes != 0 || index.frames != 0)) {
    return error(ErrorKind::kMalformed, "impossible page size in the wal-index");
  }
  return std::optional(index);
}

Result<std::optional<WalIndex>> read_wal_index(int shm_fd) {
  std::uint32_t retries = 0;
  for (int readings = 1;; ++readings) {
    auto index = read_settled(shm_fd, retries);
    if (!index || !index->has_value()) return index;
    (*index)->retries = retries;
    if ((*index)->backfilled_frames <= (*index)->frames) return index;
    // Restarting the WAL publishes mxFrame = 0 first and nBackfill = 0 a moment later.
    (*index)->inconsistent = readings == 3;
    if (readings == 3) return index;
    sleep_1ms();
  }
}

Result<std::optional<std::uint32_t>> find_frame(int shm_fd, const WalIndex& index,
                                                std::uint32_t page) {
  if (index.frames == 0) return std::optional<std::uint32_t>();
  const std::uint32_t blocks = block_of(index.frames) + 1;
  if (blocks > kMaxBlocks) return error(ErrorKind::kUnsupported, "wal-index too large");
  for (std::uint32_t number = blocks; number-- > 0;) {
    auto frame = find_in_block(shm_fd, block_at(number, index.frames), page);
    if (!frame || frame->has_value()) return frame;
  }
  return std::optional<std::uint32_t>();
}

}  // namespace litewatch

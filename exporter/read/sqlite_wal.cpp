#include "read/sqlite_wal.h"

#include <algorithm>
#include <array>

#include "base/endian.h"
#include "base/fd.h"
#include "read/sqlite_page_size.h"
#include "read/wal_checksum.h"

// The header, 32 bytes, and one header of 24 bytes before the page of each frame; big-endian:
// offset  size  header                         offset  size  frame
//      0     4  0x377f0682, +1: checksums           0     4  page number
//               count words as big-endian           4     4  pages after commit, else 0
//      4     4  version, 3007000                    8     4  salt-1, as in the header
//      8     4  page size                          12     4  salt-2
//     12     4  checkpoint sequence                16     8  checksum of all up to here: the
//     16     4  salt-1                                       header's, then of each frame the
//     20     4  salt-2                                       first 8 bytes and the page
//     24     8  checksum of the first 24 bytes
namespace litewatch {
namespace {

constexpr std::uint32_t kMagic = 0x377f0682;
constexpr std::uint32_t kVersion = 3007000;
constexpr std::uint32_t kMaxStepsBack = 65536;
constexpr std::uint32_t kMaxPage1StepsBack = 4096;
constexpr int kMaxTornCommits = 8;

Error malformed(const char* what) { return Error{ErrorKind::kMalformed, what, "", 0}; }
Error busy(const char* what) { return Error{ErrorKind::kBusy, what, "", 0}; }

Result<bool> read_fully(int fd, std::span<std::byte> into, std::uint64_t offset) {
  const auto size = read_at(fd, into, offset);
  if (!size) return size.error();
  if (*size < into.size()) return busy("the WAL shrank while it was read");
  return true;
}

/// A WAL whose frames are looked at one by one.
class Frames {
 public:
  Frames(int wal_fd, const WalHeader& header) : fd_(wal_fd), header_(header) {}

  Result<WalFrame> at(std::uint32_t frame) const {
    std::array<std::byte, WalFrame::kHeaderSize> bytes;
    const auto read = read_fully(fd_, bytes, offset(frame));
    if (!read) return read.error();
    return parse_wal_frame(bytes);
  }

  /// Written since the last reset; what lies behind is left over from before it.
  bool current(const WalFrame& frame) const {
    return frame.salt1 == header_.salt1 && frame.salt2 == header_.salt2;
  }

  /// The last frame up to `total` that is current. Current frames come first, without a gap.
  Result<std::uint32_t> last_current(std::uint32_t total) const {
    std::uint32_t first = 0;
    while (first < total) {
      const std::uint32_t middle = total - (total - first) / 2;
      const auto frame = at(middle);
      if (!frame) return frame.error();
      if (current(*frame)) {
        first = middle;
      } else {
        total = middle - 1;
      }
    }
    return first;
  }

  /// Whether the checksum that the frame carries follows from the one before it. A frame whose
  /// page was not written to the end, or not yet, fails.
  Result<bool> intact(std::uint32_t frame) const {
    const auto before = checksum_before(frame);
    if (!before) return before.error();
    WalChecksum sum = *before;
    std::array<std::byte, WalFrame::kHeaderSize> head;
    auto read = read_fully(fd_, head, offset(frame));
    if (!read) return read;
    sum.add({head.data(), 8}, header_.big_endian_checksums);
    std::array<std::byte, 4096> part;
    const std::uint64_t page = offset(frame) + WalFrame::kHeaderSize;
    for (std::uint32_t done = 0; done < header_.page_size_bytes;) {
      const std::size_t size = std::min<std::size_t>(part.size(), header_.page_size_bytes - done);
      read = read_fully(fd_, {part.data(), size}, page + done);
      if (!read) return read;
      sum.add({part.data(), size}, header_.big_endian_checksums);
      done += static_cast<std::uint32_t>(size);
    }
    return sum == stored(head.data() + 16);
  }

 private:
  std::uint64_t offset(std::uint32_t frame) const {
    return wal_frame_offset(frame, header_.page_size_bytes);
  }

  static WalChecksum stored(const std::byte* at) {
    return WalChecksum{load_be32(at), load_be32(at + 4)};
  }

  Result<WalChecksum> checksum_before(std::uint32_t frame) const {
    std::array<std::byte, 8> bytes;
    const auto read = read_fully(fd_, bytes, frame == 1 ? 24 : offset(frame - 1) + 16);
    if (!read) return read.error();
    return stored(bytes.data());
  }

  const int fd_;
  const WalHeader& header_;
};

}  // namespace

Result<WalHeader> parse_wal_header(std::span<const std::byte> bytes) {
  if (bytes.size() < WalHeader::kSize) return malformed("WAL header shorter than 32 bytes");
  const std::byte* at = bytes.data();
  const std::uint32_t magic = load_be32(at);
  if ((magic & ~1U) != kMagic) return malformed("no WAL magic");
  if (load_be32(at + 4) != kVersion) {
    return Error{ErrorKind::kUnsupported, "unknown WAL version", "", 0};
  }
  WalHeader header;
  header.page_size_bytes = load_be32(at + 8);
  header.checkpoint_sequence = load_be32(at + 12);
  header.salt1 = load_be32(at + 16);
  header.salt2 = load_be32(at + 20);
  header.big_endian_checksums = (magic & 1) != 0;
  if (!is_sqlite_page_size(header.page_size_bytes)) return malformed("impossible WAL page size");
  WalChecksum sum;
  sum.add(bytes.first(24), header.big_endian_checksums);
  if (sum.s0 != load_be32(at + 24) || sum.s1 != load_be32(at + 28)) {
    return malformed("WAL header checksum does not fit");
  }
  return header;
}

Result<WalFrame> parse_wal_frame(std::span<const std::byte> bytes) {
  if (bytes.size() < WalFrame::kHeaderSize) return malformed("WAL frame shorter than 24 bytes");
  const std::byte* at = bytes.data();
  return WalFrame{.page = load_be32(at),
                  .pages_after_commit = load_be32(at + 4),
                  .salt1 = load_be32(at + 8),
                  .salt2 = load_be32(at + 12)};
}

std::uint64_t wal_frame_offset(std::uint32_t frame, std::uint32_t page_size_bytes) {
  const std::uint64_t frame_size = WalFrame::kHeaderSize + std::uint64_t{page_size_bytes};
  return WalHeader::kSize + (frame - std::uint64_t{1}) * frame_size;
}

Result<WalExtent> find_wal_extent(int wal_fd, const WalHeader& header, std::uint64_t size_bytes) {
  if (size_bytes < WalHeader::kSize) return WalExtent();
  const Frames frames(wal_fd, header);
  const std::uint64_t frame_size = WalFrame::kHeaderSize + std::uint64_t{header.page_size_bytes};
  const std::uint64_t total = (size_bytes - WalHeader::kSize) / frame_size;
  const auto last =
      frames.last_current(static_cast<std::uint32_t>(std::min<std::uint64_t>(total, 0xffffffff)));
  if (!last) return last.error();
  int torn = 0;
  for (std::uint32_t at = *last; at > 0; --at) {
    if (*last - at >= kMaxStepsBack) return busy("no commit among the last 65536 WAL frames");
    const auto frame = frames.at(at);
    if (!frame) return frame.error();
    if (frame->pages_after_commit == 0) continue;
    const auto intact = frames.intact(at);
    if (!intact) return intact.error();
    if (*intact) return WalExtent{at, frame->pages_after_commit};
    if (++torn == kMaxTornCommits) return malformed("the WAL's last commits are damaged");
  }
  return WalExtent();
}

Result<std::optional<std::uint32_t>> find_page1_backwards(int wal_fd, const WalHeader& header,
                                                          std::uint32_t frames) {
  const Frames all(wal_fd, header);
  const std::uint32_t stop = frames > kMaxPage1StepsBack ? frames - kMaxPage1StepsBack : 0;
  for (std::uint32_t at = frames; at > stop; --at) {
    const auto frame = all.at(at);
    if (!frame) return frame.error();
    if (frame->page == 1) return std::optional(at);
  }
  return std::optional<std::uint32_t>();
}

}  // namespace litewatch

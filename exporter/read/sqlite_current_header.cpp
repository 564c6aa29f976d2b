#include "read/sqlite_current_header.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "base/fd.h"

namespace litewatch {
namespace {

constexpr int kTornTries = 3;
constexpr int kTries = 5;
constexpr std::uint32_t kSearchedFrames = 4096;  // as far as find_page1_backwards looks

using MaybeHeader = Result<std::optional<SqliteHeader>>;

Error busy(const char* what) { return Error{ErrorKind::kBusy, what, "", 0}; }

/// Page 1 in one frame; nullopt where the frame is not that page of that generation of the WAL.
MaybeHeader header_in_frame(int wal_fd, std::uint32_t frame, std::uint32_t page_size_bytes,
                            std::uint32_t salt1, std::uint32_t salt2) {
  std::array<std::byte, WalFrame::kHeaderSize + SqliteHeader::kSize> bytes;
  const auto size = read_at(wal_fd, bytes, wal_frame_offset(frame, page_size_bytes));
  if (!size) return size.error();
  if (*size < bytes.size()) return std::optional<SqliteHeader>();
  const auto head = parse_wal_frame(bytes);
  if (!head) return head.error();
  if (head->page != 1 || head->salt1 != salt1 || head->salt2 != salt2) {
    return std::optional<SqliteHeader>();
  }
  const auto header = parse_sqlite_header(std::span(bytes).subspan(WalFrame::kHeaderSize));
  if (!header) return header.error();
  return std::optional(*header);
}

MaybeHeader main_header(int db_fd) {
  const auto header = read_main_header(db_fd);
  if (!header) return header.error();
  return std::optional(*header);
}

/// One try at a WAL without an index.
struct Attempt {
  WalByItself found;
  bool settled = false;
};

Result<WalExtent> extent_of(int wal_fd, const std::optional<WalHeader>& header) {
  if (!header) return WalExtent();
  struct stat st;
  if (::fstat(wal_fd, &st) != 0) return system_error(errno, "cannot stat", "");
  return find_wal_extent(wal_fd, *header, static_cast<std::uint64_t>(st.st_size));
}

bool same_generation(const std::optional<WalHeader>& a, const std::optional<WalHeader>& b) {
  if (!a || !b) return !a && !b;
  return a->salt1 == b->salt1 && a->salt2 == b->salt2;
}

/// Finds page 1 by walking back from the last commit. `in_wal` tells where it was.
MaybeHeader header_by_extent(const WalModeFiles& files, const WalByItself& wal, bool& in_wal) {
  in_wal = false;
  if (wal.extent.frames == 0) return main_header(files.db);
  const auto frame = find_page1_backwards(files.wal, *wal.header, wal.extent.frames);
  if (!frame) return frame.error();
  if (!frame->has_value()) {
    if (wal.extent.frames > kSearchedFrames) return std::optional<SqliteHeader>();
    return main_header(files.db);
  }
  in_wal = true;
  return header_in_frame(files.wal, **frame, wal.header->page_size_bytes, wal.header->salt1,
                         wal.header->salt2);
}

Result<Attempt> attempt(const WalModeFiles& files) {
  Attempt attempt;
  WalByItself& found = attempt.found;
  const auto header = read_wal_header(files.wal);
  if (!header) return header.error();
  found.header = *header;
  const auto extent = extent_of(files.wal, found.header);
  if (!extent) return extent.error();
  found.extent = *extent;
  bool in_wal = false;
  const auto current = header_by_extent(files, found, in_wal);
  if (!current) return current.error();
  found.current = *current;

  const auto again = read_wal_header(files.wal);
  if (!again || !same_generation(found.header, *again)) return attempt;
  if (in_wal) {
    attempt.settled = found.current.has_value();
    return attempt;
  }
  // A commit that came later may have reached the main file already.
  const auto extent_again = extent_of(files.wal, *again);
  attempt.settled = extent_again.ok() && extent_again->frames == found.extent.frames;
  return attempt;
}

}  // namespace

Result<std::span<const std::byte>> read_first_bytes(int db_fd, std::span<std::byte> into) {
  for (int left = kTornTries;; --left) {
    const auto size = read_at(db_fd, into, 0);
    if (!size) return size.error();
    const std::span<const std::byte> bytes(into.data(), *size);
    if (left == 1 || !has_sqlite_magic(bytes)) return bytes;
    const auto header = parse_sqlite_header(bytes);
    if (header && header->change_counter == header->version_valid_for) return bytes;
  }
}

Result<SqliteHeader> read_main_header(int db_fd) {
  std::array<std::byte, SqliteHeader::kSize> buffer;
  const auto bytes = read_first_bytes(db_fd, buffer);
  if (!bytes) return bytes.error();
  return parse_sqlite_header(*bytes);
}

Result<std::optional<WalHeader>> read_wal_header(int wal_fd) {
  for (int left = kTornTries;; --left) {
    std::array<std::byte, WalHeader::kSize> bytes;
    const auto size = read_at(wal_fd, bytes, 0);
    if (!size) return size.error();
    if (*size < bytes.size()) return std::optional<WalHeader>();
    const auto header = parse_wal_header(bytes);
    if (header) return std::optional(*header);
    if (left == 1) return header.error();
  }
}

bool still_holds(const WalIndex& before, const WalIndex& after, bool in_wal) {
  if (before.salt1 != after.salt1 || before.salt2 != after.salt2) return false;
  return in_wal || before.frames == after.frames ||
         after.backfill_attempted_frames <= before.frames;
}

MaybeHeader current_header_by_index(const WalModeFiles& files, WalIndex& index) {
  for (int left = kTries;; --left) {
    const auto frame = find_frame(files.shm, index, 1);
    if (!frame) return frame.error();
    const bool in_wal = frame->has_value();
    if (in_wal && files.wal < 0) return std::optional<SqliteHeader>();
    auto header = in_wal ? header_in_frame(files.wal, **frame, index.page_size_bytes, index.salt1,
                                           index.salt2)
                         : main_header(files.db);
    const auto again = read_wal_index(files.shm);
    if (!again) return again.error();
    if (!again->has_value()) return busy("the wal-index is being rebuilt");
    const bool settled = still_holds(index, **again, in_wal);
    if (settled && (!header || header->has_value())) return header;
    if (left == 1) return busy("the WAL kept changing while page 1 was looked up");
    const std::uint32_t retries = index.retries + 1 + (*again)->retries;
    index = **again;
    index.retries = retries;
  }
}

Result<WalByItself> read_wal_by_itself(const WalModeFiles& files) {
  for (int left = kTries; left > 0; --left) {
    auto tried = attempt(files);
    if (tried && tried->settled) return tried->found;
    if (!tried && tried.error().kind != ErrorKind::kBusy) return tried.error();
  }
  return busy("the WAL kept changing while it was read");
}

}  // namespace litewatch

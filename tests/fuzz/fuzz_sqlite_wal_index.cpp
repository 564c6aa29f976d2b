// The input is the header of a wal-index, and then what else is in the file, as records of 6
// bytes: an offset of 4, and the 2 bytes that stand there. The second copy of the header and its
// checksum are mended before frames are looked for.
#include <cstring>
#include <vector>

#include "base/endian.h"
#include "fuzz.h"
#include "read/sqlite_wal_index.h"
#include "read/wal_checksum.h"

using namespace litewatch;

namespace {

constexpr std::size_t kFileSize = 4 * 32768;

void mend(std::vector<std::byte>& shm) {
  const std::uint32_t version = 3007000;
  std::memcpy(shm.data(), &version, 4);
  shm[12] = std::byte{1};
  WalChecksum sum;
  sum.add(std::span(shm).first(40), std::endian::native == std::endian::big);
  std::memcpy(shm.data() + 40, &sum.s0, 4);
  std::memcpy(shm.data() + 44, &sum.s1, 4);
  std::memcpy(shm.data() + 48, shm.data(), 48);
}

void find_frames(int fd, const WalIndex& index) {
  for (const std::uint32_t page : {1U, 2U, 3U, index.pages}) {
    const auto frame = find_frame(fd, index, page);
    require(!frame || !frame->has_value() || (**frame >= 1 && **frame <= index.frames));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = bytes_of(data, size);
  (void)parse_wal_index(bytes).ok();
  if (size < WalIndex::kHeaderSize) return 0;

  std::vector<std::byte> shm(kFileSize);
  std::memcpy(shm.data(), data, WalIndex::kHeaderSize);
  for (std::size_t at = WalIndex::kHeaderSize; at + 6 <= size; at += 6) {
    const std::size_t where = load_native<std::uint32_t>(bytes.data() + at) % (kFileSize - 1);
    std::memcpy(shm.data() + where, data + at + 4, 2);
  }
  mend(shm);
  const auto index = parse_wal_index(shm);
  require(index.ok() ? index->has_value() : index.error().kind == ErrorKind::kMalformed);
  if (index) find_frames(memory_file(shm), **index);
  return 0;
}

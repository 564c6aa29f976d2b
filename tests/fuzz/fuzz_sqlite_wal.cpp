// The input is a WAL. Since no fuzzer finds checksums, the header's is mended before frames are
// looked for; those of frames stay as they are.
#include <vector>

#include "base/endian.h"
#include "fuzz.h"
#include "read/sqlite_wal.h"
#include "read/wal_checksum.h"

using namespace litewatch;

namespace {

void store_be32(std::byte* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

void mend(std::vector<std::byte>& wal) {
  store_be32(wal.data(), 0x377f0682 | (load_be32(wal.data()) & 1));
  store_be32(wal.data() + 4, 3007000);
  store_be32(wal.data() + 8, 512U << (load_be32(wal.data() + 8) & 7));
  WalChecksum sum;
  sum.add(std::span(wal).first(24), (load_be32(wal.data()) & 1) != 0);
  store_be32(wal.data() + 24, sum.s0);
  store_be32(wal.data() + 28, sum.s1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = bytes_of(data, size);
  (void)parse_wal_header(bytes).ok();
  (void)parse_wal_frame(bytes).ok();
  if (size < WalHeader::kSize) return 0;

  std::vector<std::byte> wal(bytes.begin(), bytes.end());
  mend(wal);
  const auto header = parse_wal_header(wal);
  require(header.ok());
  const int fd = memory_file(wal);
  // The size may be wrong: the file may have shrunk, or grown, since it was asked for.
  for (const std::uint64_t claimed : {std::uint64_t{size}, std::uint64_t{size} * 2}) {
    const auto extent = find_wal_extent(fd, *header, claimed);
    if (!extent) continue;
    require(wal_frame_offset(extent->frames + 1, header->page_size_bytes) <= claimed);
    require((extent->frames == 0) == (extent->pages_after_commit == 0));
    const auto page1 = find_page1_backwards(fd, *header, extent->frames);
    require(!page1 || !page1->has_value() || (**page1 >= 1 && **page1 <= extent->frames));
  }
  return 0;
}

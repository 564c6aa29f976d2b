#include "fuzz.h"
#include "read/sqlite_journal.h"

using namespace litewatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = bytes_of(data, size);
  const auto header = parse_journal_header(bytes);
  require(header.ok() == (size >= JournalHeader::kSize));
  const int fd = memory_file(bytes);
  for (const std::uint64_t claimed : {std::uint64_t{size}, std::uint64_t{size} + 1}) {
    const auto name = read_super_journal_name(fd, claimed);
    require(name.ok() && name->size() <= 4096 && name->find('\0') == std::string::npos);
  }
  return 0;
}

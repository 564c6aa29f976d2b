#include "fuzz.h"
#include "read/sqlite_header.h"
#include "read/sqlite_page_size.h"

using namespace litewatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = bytes_of(data, size);
  const auto header = parse_sqlite_header(bytes);
  const bool encrypted = looks_encrypted(bytes);
  if (!header) return 0;
  require(has_sqlite_magic(bytes) && !encrypted);
  require(is_sqlite_page_size(header->page_size_bytes));
  require(header->read_version == 1 || header->read_version == 2);
  require(!header->encoding().empty() && !header->auto_vacuum().empty());
  return 0;
}

#include "fuzz.h"
#include "read/proc_locks.h"

using namespace litewatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  require(parse_proc_locks(text_of(data, size)).size() <= size / 8);
  return 0;
}

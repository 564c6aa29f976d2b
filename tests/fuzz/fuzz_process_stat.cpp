// Any bytes are a line of /proc/PID/stat or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "read/process.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stat = litewatch::parse_process_stat({reinterpret_cast<const char*>(data), size});
  return stat.ok() && stat->cpu_s < 0 ? -1 : 0;
}

// Any bytes are a configuration or an error that names a line; what loads survives to_yaml.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = litewatch::parse_config(text, "/etc/fuzz.yml");
  if (!config) {
    if (!config.error().what.starts_with("/etc/fuzz.yml:")) std::abort();
    return 0;
  }
  const auto again = litewatch::parse_config(litewatch::to_yaml(*config), "/etc/fuzz.yml");
  if (!again || !(*again == *config)) std::abort();
  return 0;
}

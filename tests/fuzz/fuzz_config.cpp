// Any bytes are a configuration or an error that names a line; what loads survives to_yaml, but for
// the secrets that it masks.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = litewatch::parse_config(text, "/etc/fuzz.yml");
  if (!config) {
    if (!config.error().what.starts_with("/etc/fuzz.yml:")) std::abort();
    return 0;
  }
  const std::string yaml = litewatch::to_yaml(*config);
  const auto again = litewatch::parse_config(yaml, "/etc/fuzz.yml");
  if (!again || litewatch::to_yaml(*again) != yaml) std::abort();
  const bool masked = yaml.find("<secret>") != yaml.npos || yaml.find("=***") != yaml.npos;
  if (!masked && !(*again == *config)) std::abort();
  return 0;
}

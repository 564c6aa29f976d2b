// Any bytes are an Accept field. Formats that are not asked for by name are not chosen.
#include "base/ascii.h"
#include "fuzz.h"
#include "web/auth.h"
#include "web/negotiate.h"

using namespace litewatch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  if (negotiate_format(text) == Format::kOpenMetrics) {
    require(ascii_lower(text).find("application/openmetrics-text") != std::string::npos);
  }
  if (accepts_gzip(text)) require(text.find_first_of("gG*") != std::string_view::npos);
  const auto decoded = decode_base64(text);
  require(!decoded || decoded->size() <= size / 4 * 3);
  return 0;
}

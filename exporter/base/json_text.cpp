#include "base/json_text.h"

#include "base/utf8.h"

namespace litewatch {

void append_json_text(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (size == 0) {
      out += kUtf8Replacement;
    } else if (byte < 0x20) {
      out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

}  // namespace litewatch

#include "publish/escape.h"

#include <cstdint>
#include <cstring>

namespace litewatch {
namespace {

constexpr std::uint64_t kLowBits = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

/// High bit set in the lowest byte that equals `c`; other high bits may be wrong, zero never is.
constexpr std::uint64_t find_byte(std::uint64_t word, unsigned char c) {
  const std::uint64_t zeroed = word ^ (kLowBits * c);
  return (zeroed - kLowBits) & ~zeroed & kHighBits;
}

bool is_plain(unsigned char c) { return c < 0x80 && c != '\\' && c != '"' && c != '\n'; }

/// Size of the valid UTF-8 sequence that `text` starts with; 0 where there is none.
/// The ranges of the second byte are those of RFC 3629, section 4.
std::size_t utf8_size(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto between = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  const auto tail = [&](std::size_t i) { return between(i, 0x80, 0xBF); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return text.empty() ? 0 : 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool second = between(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    return second && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool second = between(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void append_escaped(std::string& out, char c, bool quotes) {
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\\') {
    out += "\\\\";
  } else if (c == '"' && quotes) {
    out += "\\\"";
  } else {
    out += c;
  }
}

}  // namespace

bool is_plain(std::string_view value) {
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= value.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, value.data() + i, sizeof word);
    const std::uint64_t special =
        (word & kHighBits) | find_byte(word, '\\') | find_byte(word, '"') | find_byte(word, '\n');
    if (special != 0) return false;
  }
  for (; i < value.size(); ++i) {
    if (!is_plain(static_cast<unsigned char>(value[i]))) return false;
  }
  return true;
}

void append_label_value(std::string& out, std::string_view value) {
  while (!value.empty()) {
    const std::size_t size = utf8_size(value);
    if (size == 0) {
      out += "\xEF\xBF\xBD";
    } else if (size == 1) {
      append_escaped(out, value[0], true);
    } else {
      out += value.substr(0, size);
    }
    value.remove_prefix(size == 0 ? 1 : size);
  }
}

void append_help(std::string& out, std::string_view help, bool quotes) {
  for (const char c : help) append_escaped(out, c, quotes);
}

}  // namespace litewatch

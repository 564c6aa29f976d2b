#include "publish/escape.h"

#include <cstdint>
#include <cstring>

#include "base/utf8.h"

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
      out += kUtf8Replacement;
    } else if (size == 1) {
      append_escaped(out, value[0], true);
    } else {
      out += value.substr(0, size);
    }
    value.remove_prefix(size == 0 ? 1 : size);
  }
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += ',';
  out.append(name) += "=\"";
  append_label_value(out, value);
  out += '"';
}

void append_help(std::string& out, std::string_view help, bool quotes) {
  for (const char c : help) append_escaped(out, c, quotes);
}

}  // namespace litewatch

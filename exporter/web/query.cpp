#include "web/query.h"

#include <algorithm>
#include <cstdint>

#include "base/ascii.h"
#include "base/parse.h"
#include "web/text.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostHost = 255;  // RFC 1035, 2.3.4
constexpr std::uint64_t kLastPort = 65535;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_host_char(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == '_';
}
bool is_ipv6_char(char c) { return hex_digit(c) >= 0 || c == ':' || c == '.'; }

bool all_of(std::string_view text, bool (*is_allowed)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_allowed);
}

/// Takes "[::1]" or a name off the front.
bool take_host(std::string_view& text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !all_of(text.substr(1, end - 1), is_ipv6_char)) {
      return false;
    }
    text.remove_prefix(end + 1);
    return true;
  }
  const auto host = text.substr(0, text.find(':'));
  text.remove_prefix(host.size());
  return all_of(host, is_host_char);
}

}  // namespace

std::optional<std::string> decode_query(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string encode_query(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_host_char(c)) {
      encoded += c;
      continue;
    }
    const auto value = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[value / 16];
    encoded += kHex[value % 16];
  }
  return encoded;
}

bool is_authority(std::string_view text) {
  if (text.size() > kMostHost || !take_host(text)) return false;
  if (text.empty()) return true;
  if (!text.starts_with(':') || !all_of(text.substr(1), is_digit)) return false;
  const auto port = parse_u64(text.substr(1));
  return port && *port > 0 && *port <= kLastPort;
}

}  // namespace litewatch

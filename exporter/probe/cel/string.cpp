// String literals: cel-spec, langdef.md, "String and Bytes Values".
#include <charconv>
#include <optional>

#include "base/utf8.h"
#include "probe/cel/lexer.h"

namespace litewatch::cel {
namespace {

/// The character an escape of one letter stands for.
std::optional<char> simple_escape(char letter) {
  static constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
  static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
  const std::size_t index = kLetters.find(letter);
  if (index == std::string_view::npos) return std::nullopt;
  return kMeanings[index];
}

/// How many digits follow the letter of an escape, and of what base; 0: it is no such escape.
struct Digits {
  std::size_t count = 0;
  int base = 16;
};
Digits digits_of(char letter) {
  if (letter == 'x' || letter == 'X') return {2, 16};
  if (letter == 'u') return {4, 16};
  if (letter == 'U') return {8, 16};
  if (letter >= '0' && letter <= '3') return {3, 8};
  return {};
}

/// Reads the escape at the start of `text`, behind its backslash; how long it is, 0 where it is
/// none.
std::size_t read_escape(std::string_view text, std::string& out) {
  if (text.empty()) return 0;
  if (const auto plain = simple_escape(text[0])) {
    out += *plain;
    return 1;
  }
  const Digits digits = digits_of(text[0]);
  const std::size_t from = digits.base == 8 ? 0 : 1;
  if (digits.count == 0 || text.size() < from + digits.count) return 0;
  std::uint32_t code_point = 0;
  const char* end = text.data() + from + digits.count;
  const auto [stop, error] = std::from_chars(text.data() + from, end, code_point, digits.base);
  const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
  if (error != std::errc() || stop != end || code_point > 0x10FFFF || surrogate) return 0;
  append_utf8(code_point, out);
  return from + digits.count;
}

}  // namespace

Result<std::string> read_string(std::string_view text, std::size_t& size) {
  const bool raw = text[0] == 'r' || text[0] == 'R';
  std::size_t at = raw ? 1 : 0;
  const std::string triple(3, text[at]);
  const bool is_triple = text.substr(at).starts_with(triple);
  const std::string_view quote = std::string_view(triple).substr(0, is_triple ? 3 : 1);
  at += quote.size();
  std::string value;
  const auto fail = [&](std::size_t where, const char* what) {
    size = where;
    return Error{ErrorKind::kMalformed, what, "", 0};
  };
  while (!text.substr(at).starts_with(quote)) {
    if (at == text.size()) return fail(0, "the string has no end");
    if (!is_triple && (text[at] == '\n' || text[at] == '\r')) {
      return fail(at, "a line ends within a string; write \\n or use triple quotes");
    }
    if (text[at] != '\\' || raw) {
      value += text[at++];
      continue;
    }
    const std::size_t length = read_escape(text.substr(at + 1), value);
    if (length == 0) return fail(at, "unknown escape; a backslash is written \\\\");
    at += 1 + length;
  }
  size = at + quote.size();
  return value;
}

}  // namespace litewatch::cel

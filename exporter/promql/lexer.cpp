#include "promql/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"

namespace litewatch::promql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

}  // namespace

Token Lexer::token(TokenKind kind, std::size_t start) const {
  return {kind, std::string(text_.substr(start, at_ - start)), {start, at_}};
}

Token Lexer::error(std::string what, std::size_t start) const {
  return {TokenKind::kError, std::move(what), {start, at_}};
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    if (text_[at_] == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (is_blank(text_[at_])) {
      ++at_;
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  skip_blanks();
  if (at_ >= text_.size()) {
    if (in_braces_) return error("unexpected end of input inside braces", at_);
    if (in_brackets_) return error("unexpected end of input inside brackets", at_);
    return {TokenKind::kEnd, "", {at_, at_}};
  }
  const char c = text_[at_];
  if (c == '"' || c == '\'' || c == '`') return quoted(c);
  if (is_letter(c)) return name();
  if (c == ':' && !in_brackets_ && !in_braces_) return name();
  if (!in_braces_ && (is_digit(c) || (c == '.' && is_digit(peek(1))))) return number_or_duration();
  return symbol();
}

Token Lexer::name() {
  const std::size_t start = at_;
  const bool with_colons = !in_braces_ && !in_brackets_;
  bool colon = false;
  while (is_alphanumeric(peek()) || (with_colons && peek() == ':')) colon |= text_[at_++] == ':';
  if (in_brackets_)
    return error("unexpected \"" + std::string(text_.substr(start, at_ - start)) +
                     "\" in brackets, expected a duration",
                 start);
  return token(colon ? TokenKind::kMetricName : TokenKind::kIdentifier, start);
}

Token Lexer::number_or_duration() {
  const std::size_t start = at_;
  const auto digits = [&](bool hex) {
    while (is_digit(peek()) || (hex && digit_value(peek()) < 16)) ++at_;
  };
  const bool hex = peek() == '0' && ascii_lower(peek(1)) == 'x' && !in_brackets_;
  if (hex) at_ += 2;
  digits(hex);
  if (!hex && is_letter(peek()) && ascii_lower(peek()) != 'e') {
    while (is_alphanumeric(peek())) ++at_;
    return token(TokenKind::kDuration, start);
  }
  if (peek() == '.') {
    ++at_;
    digits(hex);
  }
  if (!hex && ascii_lower(peek()) == 'e') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    digits(false);
  }
  if (is_alphanumeric(peek()) || in_brackets_) {
    return error("bad number or duration syntax: \"" +
                     std::string(text_.substr(start, at_ + 1 - start)) + "\"",
                 start);
  }
  return token(TokenKind::kNumber, start);
}

Token Lexer::symbol() {
  constexpr auto kTwo = std::to_array<std::string_view>({"==", "!=", "=~", "!~", "<=", ">="});
  const std::size_t start = at_;
  const std::string_view two = text_.substr(at_, 2);
  if (std::find(kTwo.begin(), kTwo.end(), two) != kTwo.end()) {
    at_ += 2;
    return token(TokenKind::kSymbol, start);
  }
  constexpr std::string_view kOne = "+-*/%^<>=(){}[],:@";
  const char c = text_[at_++];
  if (kOne.find(c) == std::string_view::npos) {
    return error("unexpected character: '" + std::string(1, c) + "'", start);
  }
  if (c == '{') in_braces_ = true;
  if (c == '}') in_braces_ = false;
  if (c == '[') in_brackets_ = true;
  if (c == ']') in_brackets_ = false;
  return token(TokenKind::kSymbol, start);
}

Token Lexer::quoted(char quote) {
  const std::size_t start = at_++;
  std::string value;
  while (at_ < text_.size() && text_[at_] != quote) {
    if (quote == '`') {
      value += text_[at_++];
    } else if (text_[at_] == '\n') {
      return error("unterminated quoted string", start);
    } else if (text_[at_] != '\\') {
      value += text_[at_++];
    } else if (!unescape(value, quote)) {
      return error("unknown escape sequence in a string", start);
    }
  }
  if (at_ >= text_.size()) {
    return error(quote == '`' ? "unterminated raw string" : "unterminated quoted string", start);
  }
  ++at_;
  return {TokenKind::kString, std::move(value), {start, at_}};
}

/// Go's escape sequences. Source: Go specification, string literals.
bool Lexer::unescape(std::string& out, char quote) {
  constexpr std::string_view kLetters = "abfnrtv\\";
  constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\";
  ++at_;
  const char c = peek();
  if (c >= '0' && c <= '7') return code_point(out, 3, 8, 0xFF);
  if (at_ < text_.size()) ++at_;
  if (c == quote) {
    out += c;
    return true;
  }
  if (const auto letter = kLetters.find(c); letter != std::string_view::npos && c != '\0') {
    out += kBytes[letter];
    return true;
  }
  if (c == 'x') return code_point(out, 2, 16, 0xFF);
  if (c == 'u') return code_point(out, 4, 16, 0x10FFFF);
  if (c == 'U') return code_point(out, 8, 16, 0x10FFFF);
  return false;
}

/// `most` of 0xFF: a byte, else a code point.
bool Lexer::code_point(std::string& out, std::size_t digits, int base, unsigned long most) {
  unsigned long value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = digit_value(peek());
    if (digit >= base) return false;
    value = value * static_cast<unsigned long>(base) + static_cast<unsigned long>(digit);
    ++at_;
  }
  if (value > most || (value >= 0xD800 && value < 0xE000)) return false;
  if (most == 0xFF) {
    out += static_cast<char>(value);
  } else {
    append_utf8(static_cast<std::uint32_t>(value), out);
  }
  return true;
}

}  // namespace litewatch::promql

#include "probe/cel/lexer.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace litewatch::cel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || is_digit(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    for (skip_space(); at_ < text_.size(); skip_space()) {
      Token token;
      token.at = at_;
      if (const auto problem = read(token); !problem.empty()) return error_at(at_, problem);
      tokens_.push_back(std::move(token));
    }
    tokens_.push_back({TokenKind::kEnd, text_.size(), "", 0, false, 0});
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  template <class Is>
  std::size_t end_of(Is is, std::size_t from) const {
    while (from < text_.size() && is(text_[from])) ++from;
    return from;
  }

  void skip_space() {
    while (at_ < text_.size()) {
      if (std::string_view("\t\n\f\r ").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else if (text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      } else {
        return;
      }
    }
  }

  /// What is wrong; empty where nothing is.
  std::string read(Token& token) {
    if (starts_string()) return read_text(token);
    if (is_name_start(peek())) return read_name(token);
    if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1)))) return read_number(token);
    return read_symbol(token);
  }

  bool starts_string() const {
    const bool raw = peek() == 'r' || peek() == 'R';
    const char quote = peek(raw ? 1 : 0);
    return quote == '"' || quote == '\'';
  }

  std::string read_text(Token& token) {
    std::size_t size = 0;
    auto text = read_string(text_.substr(at_), size);
    at_ += size;
    if (!text) return text.error().what;
    token.kind = TokenKind::kString;
    token.text = std::move(*text);
    return "";
  }

  std::string read_name(Token& token) {
    const std::size_t end = end_of(is_name, at_);
    token.kind = TokenKind::kName;
    token.text = text_.substr(at_, end - at_);
    const char next = end < text_.size() ? text_[end] : '\0';
    if ((next == '"' || next == '\'') &&
        token.text.find_first_not_of("bBrR") == std::string::npos) {
      return "bytes literals are not supported";
    }
    at_ = end;
    return "";
  }

  std::string read_number(Token& token) {
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      const std::size_t end = end_of(is_hex, at_ + 2);
      return finish_integer(token, at_ + 2, end, 16);
    }
    std::size_t end = end_of(is_digit, at_);
    bool whole = true;
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      whole = false;
      end = end_of(is_digit, end + 1);
    }
    if (const std::size_t exponent = end_of_exponent(end); exponent != end) {
      whole = false;
      end = exponent;
    }
    return whole ? finish_integer(token, at_, end, 10) : finish_double(token, end);
  }

  std::size_t end_of_exponent(std::size_t from) const {
    if (from >= text_.size() || (text_[from] != 'e' && text_[from] != 'E')) return from;
    std::size_t digits = from + 1;
    if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
    const std::size_t end = end_of(is_digit, digits);
    return end == digits ? from : end;
  }

  std::string finish_integer(Token& token, std::size_t from, std::size_t end, int base) {
    const auto [stop, error] =
        std::from_chars(text_.data() + from, text_.data() + end, token.integer, base);
    if (from == end) return "expected hexadecimal digits";
    if (error != std::errc() || stop != text_.data() + end) return "the number is too large";
    token.kind = TokenKind::kInt;
    at_ = end;
    if (peek() == 'u' || peek() == 'U') {
      token.kind = TokenKind::kUint;
      ++at_;
    }
    return is_name(peek()) ? "unexpected letters after a number" : "";
  }

  std::string finish_double(Token& token, std::size_t end) {
    const auto [stop, error] =
        std::from_chars(text_.data() + at_, text_.data() + end, token.number);
    if (error != std::errc() || stop != text_.data() + end) return "the number is out of range";
    token.kind = TokenKind::kDouble;
    at_ = end;
    return is_name(peek()) ? "unexpected letters after a number" : "";
  }

  std::string read_symbol(Token& token) {
    static constexpr std::string_view kDouble[] = {"==", "!=", "<=", ">=", "&&", "||"};
    token.kind = TokenKind::kSymbol;
    for (const std::string_view symbol : kDouble) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      token.text = std::string(symbol);
      at_ += symbol.size();
      return "";
    }
    if (std::string_view("()[]{}.,?:<>+-*/%!").find(peek()) == std::string_view::npos) {
      const std::string symbol(text_.substr(at_, utf8_size(text_.substr(at_))));
      if (symbol == "=") return "a comparison is written ==";
      return "unexpected character " + symbol;
    }
    token.text = text_.substr(at_, 1);
    ++at_;
    return "";
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Error error_at(std::size_t offset, std::string_view what) {
  return {ErrorKind::kMalformed, "at " + std::to_string(offset + 1) + ": " + std::string(what), "",
          0};
}

Result<std::vector<Token>> tokenize(std::string_view expression) {
  for (std::size_t at = 0; at < expression.size();) {
    const std::size_t size = utf8_size(expression.substr(at));
    if (size == 0) return error_at(at, "a byte that is not UTF-8");
    at += size;
  }
  return Lexer(expression).run();
}

}  // namespace litewatch::cel

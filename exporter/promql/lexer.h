#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "promql/ast.h"

namespace litewatch::promql {

enum class TokenKind : unsigned char {
  kEnd,
  kError,       ///< `text` says what is wrong
  kIdentifier,  ///< a name without a colon; keywords too
  kMetricName,  ///< a name with a colon
  kNumber,
  kDuration,
  kString,  ///< `text` is unquoted
  kSymbol,  ///< an operator, bracket, comma, colon: `text`
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  Span span;

  bool is(std::string_view symbol) const { return kind == TokenKind::kSymbol && text == symbol; }
};

/// Cuts a query into tokens. Source: Prometheus 2.42, promql/parser/lex.go.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Token next();

 private:
  void skip_blanks();
  Token number_or_duration();
  Token name();
  Token quoted(char quote);
  Token symbol();
  Token token(TokenKind kind, std::size_t start) const;
  Token error(std::string what, std::size_t start) const;
  bool unescape(std::string& out, char quote);
  bool code_point(std::string& out, std::size_t digits, int base, unsigned long most);
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_braces_ = false;
  bool in_brackets_ = false;
};

}  // namespace litewatch::promql

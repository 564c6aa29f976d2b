#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch::cel {

enum class TokenKind : std::uint8_t {
  kEnd,
  kName,  ///< an identifier or a reserved word
  kInt,
  kUint,
  kDouble,
  kString,
  kSymbol,  ///< an operator or a bracket
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t at = 0;         ///< offset into the expression
  std::string text;           ///< of a name or symbol; a string's value, escapes resolved
  std::uint64_t integer = 0;  ///< kInt, kUint
  bool negative = false;      ///< kInt: the parser found a sign before it
  double number = 0;          ///< kDouble
};

/// An error about the expression at an offset: "at 1: ..." for offset 0.
Error error_at(std::size_t offset, std::string_view what);

/// The tokens of an expression, ended by one kEnd. cel-spec, langdef.md, "Syntax".
Result<std::vector<Token>> tokenize(std::string_view expression);

/// Reads the string literal that `text` starts with. `size` becomes how long it is, or on an error
/// where in `text` it lies.
Result<std::string> read_string(std::string_view text, std::size_t& size);

}  // namespace litewatch::cel

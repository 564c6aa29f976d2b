#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// A compiled RE2 expression: linear in the text whatever the expression. Immutable; thread-safe.
/// The header keeps RE2's own away from its users.
class Pattern {
 public:
  /// Errors are malformed, with RE2's words. Syntax and meaning are Go's regexp (same engine).
  static Result<Pattern> compile(std::string_view regexp);

  bool found_in(std::string_view text) const;
  /// As found_in; the groups (group 0 is the whole match) on success.
  bool match(std::string_view text, std::vector<std::string>& groups) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace litewatch

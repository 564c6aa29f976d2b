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
  /// Errors are malformed, with RE2's words. Syntax and meaning are Go's regexp (same engine);
  /// only Go 1.22's (?<name>...) is not known, (?P<name>...) is.
  static Result<Pattern> compile(std::string_view regexp);

  /// Whether it matches anywhere. The text may be any bytes: as in Go, one that is not part of
  /// valid UTF-8 is U+FFFD, so `.` and negated classes match it.
  bool found_in(std::string_view text) const;
  /// As found_in; on success `groups` are the bytes of each group as they stand in the text: group
  /// 0 is the whole match, a group that took no part is empty.
  bool match(std::string_view text, std::vector<std::string>& groups) const;

  /// Instructions of the automaton. A search takes at worst some 2.5 ns times this times the bytes
  /// of the text; mostly it is 1 ns a byte.
  std::size_t size() const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace litewatch

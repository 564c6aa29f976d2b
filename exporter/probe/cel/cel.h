#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace litewatch {

/// A compiled expression of the Common Expression Language (cel-spec, doc/langdef.md) over one
/// variable, `body`: a JSON document. Immutable; thread-safe.
///
/// An implementation of our own: Debian has none, and Google's C++ one needs Bazel and, at their
/// latest, abseil, ANTLR and protobuf. It is the part of CEL that means something for a JSON text
/// and behaves as cel-go does, which blackbox_exporter uses:
///
///   literals      int, uint, double, string (escapes, raw, triple quotes), bool, null, [], {}
///   operators     ?:  ||  &&  == != < <= > >= in  + -  * / %  ! -  .field  [index]  has()
///   macros        all exists exists_one (existsOne) filter map
///   functions     size contains startsWith endsWith matches int uint double string bool type dyn
///
/// JSON numbers are doubles. Numbers of different types compare with each other (with a double as
/// doubles) but do not add up: `body.n == 1` and `body.n + 1.0 > 2` are right, `body.n + 1` is an
/// error. `&&` and `||` ignore
/// an error on one side where the other one decides. Left out: bytes, timestamp() and duration()
/// with their getters (there is no clock in CEL to compare with), protocol buffer messages, the
/// static type checker (what it would refuse is an error in evaluation) and all extensions.
class CelProgram {
 public:
  /// Errors are malformed: "at 12: ...", where 1 is the expression's first byte. Names, functions,
  /// numbers of arguments and constant regular expressions are checked.
  static Result<CelProgram> compile(std::string_view expression);

  /// The result of the expression over a JSON text. Errors: malformed where the text is no JSON
  /// (or nested over kMaxJsonDepth, or of more than kMaxJsonValues), unsupported where evaluation
  /// fails: no such key, no such overload, not a bool, out of steps.
  Result<bool> evaluate(std::string_view json) const;

  static constexpr std::size_t kMaxExpressionBytes = 8 << 10;
  /// Of parentheses and calls while it is read, and of the tree that is evaluated.
  static constexpr int kMaxDepth = 64;
  /// Every node evaluated is a step; so is each element or 16 bytes built, and each piece of text
  /// searched or compared, by what that costs at worst. Bounds an evaluation to a quarter of a
  /// second (a usual one takes some microseconds) and to some 10 MiB beside the document.
  static constexpr int kMaxSteps = 100'000;
  static constexpr int kMaxJsonDepth = 32;
  static constexpr std::size_t kMaxJsonValues = 250'000;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace litewatch

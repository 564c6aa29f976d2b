#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace litewatch {

/// A compiled expression of the Common Expression Language (cel-spec, langdef.md) over one
/// variable, `body`: a JSON document. Immutable; thread-safe. A subset, chosen by what the modules
/// of blackbox_exporter need: see cel.cpp's table; anything else is an error when compiled.
class CelProgram {
 public:
  static Result<CelProgram> compile(std::string_view expression);

  /// The result of the expression over a JSON text. Errors: malformed where the text is no JSON
  /// (or nested over 32 deep), unsupported where evaluation fails: no such key, no such overload,
  /// not a bool, out of steps (kMaxSteps).
  Result<bool> evaluate(std::string_view json) const;

  static constexpr int kMaxSteps = 100'000;

 private:
  struct Ast;
  std::shared_ptr<const Ast> ast_;
};

}  // namespace litewatch

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "probe/cel/value.h"
#include "probe/pattern.h"

namespace litewatch::cel {

enum class Function : std::uint8_t {
  // Operators.
  kNot,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kIndex,
  // Those with a name.
  kSize,
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  kInt,
  kUint,
  kDouble,
  kString,
  kBool,
  kType,
  kDyn,
};

/// A function with a name.
struct FunctionRow {
  std::string_view name;
  Function function;
  int arguments;         ///< as name(...); -1: it is not called so
  int member_arguments;  ///< as value.name(...); -1: it is not called so
};
std::span<const FunctionRow> functions();

/// The steps an evaluation may still take.
class Budget {
 public:
  explicit Budget(std::int64_t steps) : left_(steps) {}

  /// False when there are none left: then and from then on, whatever is asked for.
  bool take(std::size_t steps) {
    left_ =
        static_cast<std::int64_t>(steps) >= left_ ? 0 : left_ - static_cast<std::int64_t>(steps);
    return left_ > 0;
  }
  /// For text that is built, searched, or only read.
  bool take_built(std::size_t bytes) { return take(1 + bytes / 16); }
  bool take_searched(std::size_t bytes) { return take(1 + bytes / 256); }
  bool take_read(std::size_t bytes) { return take(1 + bytes / 1024); }
  bool exhausted() const { return left_ == 0; }

 private:
  std::int64_t left_;
};

/// Errors of evaluation: unsupported, without the place.
Error evaluation_error(std::string what);
Error out_of_steps();

/// value.matches(...): searches a text with an expression that may be slow.
Result<Value> search(const Pattern& pattern, const std::string& text, Budget& budget);

/// Calls a function or operator; `arguments` are as many as it takes.
Result<Value> call(Function function, std::span<const Value> arguments, Budget& budget);

/// cel_operators.cpp: arithmetic, comparison, equality, `in` and indexing.
Result<Value> call_operator(Function function, std::span<const Value> arguments, Budget& budget);
/// cel_conversions.cpp: int(), uint(), double(), string(), bool().
Result<Value> convert(Function function, const Value& value, Budget& budget);

/// Equality across types: values of different types are unequal, but for numbers. False also when
/// the budget ends, which the caller asks for.
bool equal(const Value& a, const Value& b, Budget& budget);

/// "no such overload: double + int", with what would be right where that is known.
Error no_overload(std::string_view name, std::span<const Value> arguments);

}  // namespace litewatch::cel

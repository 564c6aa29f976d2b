#include <algorithm>
#include <array>
#include <cmath>

#include "probe/cel/functions.h"

namespace litewatch::cel {
namespace {

std::string_view symbol_of(Function function) {
  static constexpr std::array<std::string_view, 15> kSymbols = {
      "!", "-", "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "[]"};
  return kSymbols[static_cast<std::size_t>(function)];
}

template <class Whole>
Result<Value> whole_arithmetic(Function function, Whole a, Whole b) {
  Whole result = 0;
  bool overflow = false;
  switch (function) {
    case Function::kAdd:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Function::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Function::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    default:
      if (b == 0) return evaluation_error("division by zero");
      if constexpr (std::is_signed_v<Whole>) {
        overflow = b == -1 && a == std::numeric_limits<Whole>::min();
      }
      if (!overflow) result = function == Function::kDivide ? a / b : a % b;
  }
  if (overflow) return evaluation_error("integer overflow");
  return Value(result);
}

Result<Value> double_arithmetic(Function function, double a, double b,
                                std::span<const Value> arguments) {
  switch (function) {
    case Function::kAdd:
      return Value(a + b);
    case Function::kSubtract:
      return Value(a - b);
    case Function::kMultiply:
      return Value(a * b);
    case Function::kDivide:
      return Value(a / b);
    default:
      return no_overload(symbol_of(function), arguments);
  }
}

Result<Value> concatenate(const Value& a, const Value& b, Budget& budget) {
  if (a.is(Type::kString)) {
    const std::size_t size = a.as_string().size() + b.as_string().size();
    if (!budget.take_built(size)) return out_of_steps();
    return Value(a.as_string() + b.as_string());
  }
  if (!budget.take(a.as_list().size() + b.as_list().size())) return out_of_steps();
  List list = a.as_list();
  list.insert(list.end(), b.as_list().begin(), b.as_list().end());
  return Value(std::move(list));
}

Result<Value> arithmetic(Function function, std::span<const Value> arguments, Budget& budget) {
  const Value& a = arguments[0];
  const Value& b = arguments[1];
  if (a.type() != b.type()) return no_overload(symbol_of(function), arguments);
  switch (a.type()) {
    case Type::kInt:
      return whole_arithmetic(function, a.as_int(), b.as_int());
    case Type::kUint:
      return whole_arithmetic(function, a.as_uint(), b.as_uint());
    case Type::kDouble:
      return double_arithmetic(function, a.as_double(), b.as_double(), arguments);
    case Type::kString:
    case Type::kList:
      if (function == Function::kAdd) return concatenate(a, b, budget);
      [[fallthrough]];
    default:
      return no_overload(symbol_of(function), arguments);
  }
}

Result<Value> ordering(Function function, std::span<const Value> arguments, Budget& budget) {
  const Value& a = arguments[0];
  const Value& b = arguments[1];
  const auto order = a.is(Type::kType) ? std::nullopt : compare(a, b);
  if (!order) {
    if (a.is_number() && b.is_number()) return evaluation_error("NaN has no order");
    return no_overload(symbol_of(function), arguments);
  }
  if (a.is(Type::kString) && !budget.take_read(a.as_string().size())) return out_of_steps();
  switch (function) {
    case Function::kLess:
      return Value(*order < 0);
    case Function::kLessEqual:
      return Value(*order <= 0);
    case Function::kGreater:
      return Value(*order > 0);
    default:
      return Value(*order >= 0);
  }
}

Result<Value> contained(std::span<const Value> arguments, Budget& budget) {
  const Value& container = arguments[1];
  if (container.is(Type::kMap)) return Value(container.as_map().find(arguments[0]) != nullptr);
  if (!container.is(Type::kList)) return no_overload("in", arguments);
  for (const Value& element : container.as_list()) {
    if (equal(arguments[0], element, budget)) return Value(true);
    if (budget.exhausted()) return out_of_steps();
  }
  return Value(false);
}

/// A key as it may stand in a message: short, and only its own line.
std::string shown(const Value& key) {
  if (key.is(Type::kString)) return "\"" + key.as_string().substr(0, 64) + "\"";
  if (const auto number = whole_number(key)) return std::to_string(*number);
  return "a " + std::string(type_name(key.type()));
}

Result<Value> index(std::span<const Value> arguments) {
  const Value& container = arguments[0];
  const Value& key = arguments[1];
  if (container.is(Type::kMap)) {
    const Value* value = container.as_map().find(key);
    if (value == nullptr) return evaluation_error("no such key: " + shown(key));
    return *value;
  }
  if (!container.is(Type::kList) || !key.is_number()) return no_overload("[]", arguments);
  const auto position = whole_number(key);
  const auto size = static_cast<std::int64_t>(container.as_list().size());
  if (!position || *position < 0 || *position >= size) {
    return evaluation_error("no element " + shown(key) + " in a list of " + std::to_string(size));
  }
  return container.as_list()[static_cast<std::size_t>(*position)];
}

Result<Value> negate(std::span<const Value> arguments) {
  const Value& value = arguments[0];
  if (value.is(Type::kDouble)) return Value(-value.as_double());
  if (!value.is(Type::kInt)) return no_overload("-", arguments);
  if (value.as_int() == INT64_MIN) return evaluation_error("integer overflow");
  return Value(-value.as_int());
}

bool equal_lists(const List& a, const List& b, Budget& budget) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](const Value& left, const Value& right) {
           return equal(left, right, budget);
         });
}

bool equal_maps(const Map& a, const Map& b, Budget& budget) {
  if (a.entries().size() != b.entries().size()) return false;
  return std::equal(a.entries().begin(), a.entries().end(), b.entries().begin(),
                    [&](const Entry& left, const Entry& right) {
                      return equal(left.first, right.first, budget) &&
                             equal(left.second, right.second, budget);
                    });
}

}  // namespace

bool equal(const Value& a, const Value& b, Budget& budget) {
  if (!budget.take(1)) return false;
  if (a.is_number() && b.is_number()) return compare(a, b) == 0;
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::kNull:
      return true;
    case Type::kString:
      return a.as_string().size() == b.as_string().size() &&
             budget.take_read(a.as_string().size()) && a.as_string() == b.as_string();
    case Type::kList:
      return equal_lists(a.as_list(), b.as_list(), budget);
    case Type::kMap:
      return equal_maps(a.as_map(), b.as_map(), budget);
    default:
      return compare(a, b) == 0;
  }
}

Result<Value> call_operator(Function function, std::span<const Value> arguments, Budget& budget) {
  switch (function) {
    case Function::kNot:
      if (!arguments[0].is(Type::kBool)) return no_overload("!", arguments);
      return Value(!arguments[0].as_bool());
    case Function::kNegate:
      return negate(arguments);
    case Function::kEqual:
    case Function::kNotEqual: {
      const bool same = equal(arguments[0], arguments[1], budget);
      if (budget.exhausted()) return out_of_steps();
      return Value(same == (function == Function::kEqual));
    }
    case Function::kIn:
      return contained(arguments, budget);
    case Function::kIndex:
      return index(arguments);
    case Function::kLess:
    case Function::kLessEqual:
    case Function::kGreater:
    case Function::kGreaterEqual:
      return ordering(function, arguments, budget);
    default:
      return arithmetic(function, arguments, budget);
  }
}

}  // namespace litewatch::cel

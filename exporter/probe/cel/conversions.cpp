#include <charconv>
#include <cmath>

#include "probe/cel/functions.h"

namespace litewatch::cel {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

Error out_of_range(const char* name) {
  return evaluation_error(std::string(name) + "(): out of range");
}

/// A whole string as a number; a sign `+` is allowed.
template <class T>
std::optional<T> parse_whole(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
Result<Value> from_text(const Value& value, const char* name, Budget& budget) {
  if (!budget.take_read(value.as_string().size())) return out_of_steps();
  const auto number = parse_whole<T>(value.as_string());
  if (!number) return evaluation_error(std::string(name) + "(): the string is no such number");
  return Value(*number);
}

Result<Value> to_int(const Value& value, Budget& budget) {
  switch (value.type()) {
    case Type::kInt:
      return value;
    case Type::kUint:
      if (value.as_uint() > static_cast<std::uint64_t>(INT64_MAX)) return out_of_range("int");
      return Value(static_cast<std::int64_t>(value.as_uint()));
    case Type::kDouble:
      // As cel-go, which leaves out the bounds themselves.
      if (!(value.as_double() > -kTwo63 && value.as_double() < kTwo63)) return out_of_range("int");
      return Value(static_cast<std::int64_t>(value.as_double()));
    case Type::kString:
      return from_text<std::int64_t>(value, "int", budget);
    default:
      return no_overload("int", {&value, 1});
  }
}

Result<Value> to_uint(const Value& value, Budget& budget) {
  switch (value.type()) {
    case Type::kUint:
      return value;
    case Type::kInt:
      if (value.as_int() < 0) return out_of_range("uint");
      return Value(static_cast<std::uint64_t>(value.as_int()));
    case Type::kDouble:
      if (!(value.as_double() >= 0 && value.as_double() < kTwo64)) return out_of_range("uint");
      return Value(static_cast<std::uint64_t>(value.as_double()));
    case Type::kString:
      return from_text<std::uint64_t>(value, "uint", budget);
    default:
      return no_overload("uint", {&value, 1});
  }
}

Result<Value> to_double(const Value& value, Budget& budget) {
  switch (value.type()) {
    case Type::kDouble:
      return value;
    case Type::kInt:
      return Value(static_cast<double>(value.as_int()));
    case Type::kUint:
      return Value(static_cast<double>(value.as_uint()));
    case Type::kString:
      return from_text<double>(value, "double", budget);
    default:
      return no_overload("double", {&value, 1});
  }
}

/// The shortest text that reads back as the same number, with an exponent below 1e-4 and from 1e6
/// on, as Go's strconv does for 'g'.
std::string double_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Inf" : "+Inf";
  char text[64];
  const auto [end, error] =
      std::to_chars(text, text + sizeof text, number, std::chars_format::general);
  return error == std::errc() ? std::string(text, end) : std::string();
}

Result<Value> to_text(const Value& value) {
  switch (value.type()) {
    case Type::kString:
      return value;
    case Type::kBool:
      return Value(std::string(value.as_bool() ? "true" : "false"));
    case Type::kInt:
      return Value(std::to_string(value.as_int()));
    case Type::kUint:
      return Value(std::to_string(value.as_uint()));
    case Type::kDouble:
      return Value(double_text(value.as_double()));
    default:
      return no_overload("string", {&value, 1});
  }
}

Result<Value> to_bool(const Value& value) {
  if (value.is(Type::kBool)) return value;
  if (!value.is(Type::kString)) return no_overload("bool", {&value, 1});
  const std::string& text = value.as_string();
  for (const char* word : {"1", "t", "true", "TRUE", "True"}) {
    if (text == word) return Value(true);
  }
  for (const char* word : {"0", "f", "false", "FALSE", "False"}) {
    if (text == word) return Value(false);
  }
  return evaluation_error("bool(): the string is neither true nor false");
}

}  // namespace

Result<Value> convert(Function function, const Value& value, Budget& budget) {
  switch (function) {
    case Function::kInt:
      return to_int(value, budget);
    case Function::kUint:
      return to_uint(value, budget);
    case Function::kDouble:
      return to_double(value, budget);
    case Function::kString:
      return to_text(value);
    default:
      return to_bool(value);
  }
}

}  // namespace litewatch::cel

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace litewatch::cel {

class Value;
using List = std::vector<Value>;
using Entry = std::pair<Value, Value>;  ///< key and value of a map
using Null = std::monostate;

/// The types of CEL, in the order of Value's alternatives.
enum class Type : std::uint8_t { kNull, kBool, kInt, kUint, kDouble, kString, kList, kMap, kType };

/// What type() of it is called: "int", "null_type", ...
std::string_view type_name(Type type);

/// A map: entries sorted by key, no key twice. Numbers of different types are one key where they
/// are equal.
class Map {
 public:
  /// The last of equal keys stays.
  explicit Map(std::vector<Entry> entries);

  /// nullptr where there is none, or where it cannot be a key.
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

/// A value of CEL. Immutable and cheap to copy: strings, lists and maps are shared.
class Value {
 public:
  Value() = default;
  explicit Value(bool value) : state_(value) {}
  explicit Value(std::int64_t value) : state_(value) {}
  explicit Value(std::uint64_t value) : state_(value) {}
  explicit Value(double value) : state_(value) {}
  explicit Value(std::string value)
      : state_(std::make_shared<const std::string>(std::move(value))) {}
  explicit Value(List value) : state_(std::make_shared<const List>(std::move(value))) {}
  explicit Value(Map value) : state_(std::make_shared<const Map>(std::move(value))) {}
  explicit Value(Type value) : state_(value) {}

  Type type() const { return static_cast<Type>(state_.index()); }
  bool is(Type type) const { return this->type() == type; }
  bool is_number() const { return type() >= Type::kInt && type() <= Type::kDouble; }

  // REQUIRES: is() that type.
  bool as_bool() const { return std::get<bool>(state_); }
  std::int64_t as_int() const { return std::get<std::int64_t>(state_); }
  std::uint64_t as_uint() const { return std::get<std::uint64_t>(state_); }
  double as_double() const { return std::get<double>(state_); }
  const std::string& as_string() const {
    return *std::get<std::shared_ptr<const std::string>>(state_);
  }
  const List& as_list() const { return *std::get<std::shared_ptr<const List>>(state_); }
  const Map& as_map() const { return *std::get<std::shared_ptr<const Map>>(state_); }
  Type as_type() const { return std::get<Type>(state_); }

 private:
  std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::shared_ptr<const std::string>,
               std::shared_ptr<const List>, std::shared_ptr<const Map>, Type>
      state_;
};

/// Order of two values: negative, zero or positive. Numbers of any types compare, with a double as
/// doubles: a long number in JSON is rounded, and so is what it is compared with. Bools, strings
/// (by code point) and types compare each with their like; nullopt for anything else and for NaN.
std::optional<int> compare(const Value& a, const Value& b);

/// A whole number that equals the value: an int, a uint, or a double without a fraction. nullopt
/// where there is none within int64.
std::optional<std::int64_t> whole_number(const Value& value);

/// Whether it may be the key of a map: int, uint, bool or string.
bool can_be_key(const Value& value);

/// Code points of valid UTF-8.
std::size_t code_points(std::string_view text);

/// A JSON text as a value; numbers are doubles, the last of equal keys stays, bytes that are no
/// UTF-8 are U+FFFD. Errors are malformed: no JSON, or over the limits of cel.h.
Result<Value> parse_json(std::string_view json);

}  // namespace litewatch::cel

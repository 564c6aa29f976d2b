#include "probe/cel/value.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace litewatch::cel {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

double as_number(const Value& value) {
  if (value.is(Type::kInt)) return static_cast<double>(value.as_int());
  if (value.is(Type::kUint)) return static_cast<double>(value.as_uint());
  return value.as_double();
}

int compare_int_uint(std::int64_t a, std::uint64_t b) {
  return a < 0 ? -1 : order(static_cast<std::uint64_t>(a), b);
}

std::optional<int> compare_numbers(const Value& a, const Value& b) {
  if (a.is(Type::kDouble) || b.is(Type::kDouble)) {
    const double x = as_number(a);
    const double y = as_number(b);
    return std::isnan(x) || std::isnan(y) ? std::nullopt : std::optional(order(x, y));
  }
  if (a.is(Type::kInt) && b.is(Type::kInt)) return order(a.as_int(), b.as_int());
  if (a.is(Type::kUint) && b.is(Type::kUint)) return order(a.as_uint(), b.as_uint());
  if (a.is(Type::kInt)) return compare_int_uint(a.as_int(), b.as_uint());
  return -compare_int_uint(b.as_int(), a.as_uint());
}

/// A total order of keys: bools, then numbers, then strings.
int compare_keys(const Value& a, const Value& b) {
  const auto rank = [](const Value& key) { return key.is_number() ? Type::kInt : key.type(); };
  if (rank(a) != rank(b)) return order(rank(a), rank(b));
  return compare(a, b).value_or(0);
}

}  // namespace

std::string_view type_name(Type type) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "null_type", "bool", "int", "uint", "double", "string", "list", "map", "type"};
  return kNames[static_cast<std::size_t>(type)];
}

Map::Map(std::vector<Entry> entries) : entries_(std::move(entries)) {
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return compare_keys(a.first, b.first) < 0;
  });
  // From the back, so that unique() keeps the last of equal keys.
  const auto first = std::unique(
      entries_.rbegin(), entries_.rend(),
      [](const Entry& a, const Entry& b) { return compare_keys(a.first, b.first) == 0; });
  entries_.erase(entries_.begin(), first.base());
}

const Value* Map::find(const Value& key) const {
  if (key.is(Type::kDouble)) {
    const auto whole = whole_number(key);
    return whole ? find(Value(*whole)) : nullptr;
  }
  if (!can_be_key(key)) return nullptr;
  const auto entry =
      std::lower_bound(entries_.begin(), entries_.end(), key,
                       [](const Entry& a, const Value& b) { return compare_keys(a.first, b) < 0; });
  if (entry == entries_.end() || compare_keys(entry->first, key) != 0) return nullptr;
  return &entry->second;
}

const Value* Map::find(std::string_view key) const {
  // Strings come last.
  const auto entry = std::lower_bound(
      entries_.begin(), entries_.end(), key, [](const Entry& a, std::string_view b) {
        return !a.first.is(Type::kString) || a.first.as_string() < b;
      });
  if (entry == entries_.end() || entry->first.as_string() != key) return nullptr;
  return &entry->second;
}

std::optional<int> compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.type() != b.type()) return std::nullopt;
  switch (a.type()) {
    case Type::kBool:
      return order(a.as_bool(), b.as_bool());
    case Type::kString:
      return order(a.as_string(), b.as_string());
    case Type::kType:
      return order(a.as_type(), b.as_type());
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> whole_number(const Value& value) {
  if (value.is(Type::kInt)) return value.as_int();
  if (value.is(Type::kUint)) {
    if (value.as_uint() > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(value.as_uint());
  }
  if (!value.is(Type::kDouble)) return std::nullopt;
  const double number = value.as_double();
  if (!(number >= -kTwo63 && number < kTwo63) || std::floor(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

bool can_be_key(const Value& value) {
  return value.is(Type::kInt) || value.is(Type::kUint) || value.is(Type::kBool) ||
         value.is(Type::kString);
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace litewatch::cel

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

struct JsonMember;

/// One value of a JSON document (RFC 8259), of a tree that is bounded whatever the bytes were.
struct JsonValue {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;             ///< of a kBool
  double number = 0;                ///< of a kNumber; finite
  std::string text;                 ///< of a kString, cut after kMaxText bytes
  std::vector<JsonMember> members;  ///< of a kArray or kObject, in the order of the document

  bool is_object() const { return kind == Kind::kObject; }
  bool is_array() const { return kind == Kind::kArray; }
  bool is_string() const { return kind == Kind::kString; }
  bool is_number() const { return kind == Kind::kNumber; }
  bool is_bool() const { return kind == Kind::kBool; }

  /// The first member of an object with that key in any case (.NET writes "Status"); nullptr where
  /// there is none, or where this is no object.
  const JsonValue* find(std::string_view key) const;

  static constexpr std::size_t kMaxText = 1024;
};

struct JsonMember {
  std::string key;  ///< empty in arrays; cut after 256 bytes
  JsonValue value;
};

struct JsonDocument {
  JsonValue root;
  std::size_t left_out = 0;  ///< values deeper than kMaxDepth or after kMaxValues, each once

  static constexpr std::size_t kMaxDepth = 32;
  static constexpr std::size_t kMaxValues = 16384;
};

/// Parses JSON as apps write it: NaN, Infinity and numbers out of a double's range are read as
/// null, bytes that are not UTF-8 as U+FFFD. Errors are malformed and say at which byte. Pure.
Result<JsonDocument> parse_json(std::string_view text);

}  // namespace litewatch

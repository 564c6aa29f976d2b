#include "probe/health/json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"
#include "probe/health/words.h"

namespace litewatch {
namespace {

constexpr std::size_t kMaxKey = 256;

/// Builds the tree from nlohmann's events, which never recurse. What is over a limit is passed
/// over together with all that is in it.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonDocument document;
  std::size_t error_at = 0;  ///< byte of the error, from 1

  bool null() override {
    add(JsonValue::Kind::kNull);
    return true;
  }
  bool boolean(bool value) override {
    if (JsonValue* const added = add(JsonValue::Kind::kBool)) added->boolean = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    return number(static_cast<double>(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return number(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return number(value); }
  bool string(string_t& value) override {
    if (JsonValue* const added = add(JsonValue::Kind::kString)) {
      added->text = value.substr(0, JsonValue::kMaxText);
    }
    return true;
  }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return open(JsonValue::Kind::kObject); }
  bool start_array(std::size_t) override { return open(JsonValue::Kind::kArray); }
  bool key(string_t& value) override {
    if (skipped_ == 0) key_ = value.substr(0, kMaxKey);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    error_at = position;
    return false;
  }

 private:
  bool number(double value) {
    if (JsonValue* const added = add(JsonValue::Kind::kNumber)) added->number = value;
    return true;
  }

  /// nullptr where the value is passed over.
  JsonValue* add(JsonValue::Kind kind) {
    if (skipped_ > 0) return nullptr;
    if (values_ == JsonDocument::kMaxValues) {
      ++document.left_out;
      return nullptr;
    }
    ++values_;
    JsonValue* added = &document.root;
    if (!open_.empty()) {
      JsonValue& parent = *open_.back();
      added = &parent.members.emplace_back().value;
      if (parent.is_object()) parent.members.back().key = std::move(key_);
    }
    added->kind = kind;
    return added;
  }

  bool open(JsonValue::Kind kind) {
    JsonValue* added = nullptr;
    if (skipped_ == 0 && open_.size() == JsonDocument::kMaxDepth) {
      ++document.left_out;
    } else {
      added = add(kind);
    }
    if (added != nullptr) {
      open_.push_back(added);
    } else {
      ++skipped_;
    }
    return true;
  }

  bool close() {
    if (skipped_ > 0) {
      --skipped_;
    } else {
      open_.pop_back();
    }
    return true;
  }

  // A value stands still while it is open: its parent grows only after it is closed.
  std::vector<JsonValue*> open_;
  std::string key_;
  std::size_t values_ = 0;
  std::size_t skipped_ = 0;  ///< how deep we are in something that is passed over
};

bool is_token_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '+' || c == '.';
}

bool is_no_number(std::string_view token) {
  const std::string_view word = token.substr(token.starts_with('-') ? 1 : 0);
  if (word == "NaN" || word == "Infinity") return true;
  double value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  return error == std::errc::result_out_of_range && end == token.data() + token.size();
}

/// Copies a string's bytes up to and with its closing quote; returns their number.
std::size_t copy_string(std::string_view text, std::string& out) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t size =
        text[i] == '\\' ? std::min<std::size_t>(2, text.size() - i) : utf8_size(text.substr(i));
    out += size > 0 ? text.substr(i, size) : kUtf8Replacement;
    const bool closed = text[i] == '"';
    i += std::max<std::size_t>(size, 1);
    if (closed) break;
  }
  return i;
}

/// The text with what is not JSON, but meant well, made JSON.
std::string mended(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '"') {
      out += text[i++];
      i += copy_string(text.substr(i), out);
    } else if (is_token_byte(text[i])) {
      const std::size_t start = i;
      while (i < text.size() && is_token_byte(text[i])) ++i;
      const std::string_view token = text.substr(start, i - start);
      out += is_no_number(token) ? "null" : token;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::optional<JsonDocument> parse_strictly(std::string_view text, std::size_t& error_at) {
  TreeBuilder builder;
  const bool parsed = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  error_at = builder.error_at;
  if (!parsed) return std::nullopt;
  return std::move(builder.document);
}

Error malformed(std::size_t error_at, std::size_t size) {
  std::string what = error_at > size ? "the JSON breaks off after byte " + std::to_string(size)
                                     : "not JSON at byte " + std::to_string(error_at);
  return Error{ErrorKind::kMalformed, std::move(what), "", 0};
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const JsonMember& member : members) {
    if (same_ignoring_case(member.key, key)) return &member.value;
  }
  return nullptr;
}

Result<JsonDocument> parse_json(std::string_view text) {
  // To nlohmann a NUL ends the text, whatever comes after.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) return malformed(nul + 1, text.size());
  std::size_t error_at = 0;
  if (auto document = parse_strictly(text, error_at)) return std::move(*document);
  const std::string better = mended(text);
  std::size_t ignored = 0;
  if (better != text) {
    if (auto document = parse_strictly(better, ignored)) return std::move(*document);
  }
  return malformed(error_at, text.size());
}

}  // namespace litewatch

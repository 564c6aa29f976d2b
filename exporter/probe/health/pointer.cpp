#include <string>
#include <string_view>

#include "base/parse.h"
#include "probe/health/formats.h"
#include "probe/health/parts.h"

namespace litewatch {
namespace {

/// "~1" is '/', "~0" is '~' (RFC 6901, section 4).
std::string unescaped(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const std::string_view two = token.substr(i, 2);
    if (two == "~1" || two == "~0") {
      text += two == "~1" ? '/' : '~';
      ++i;
    } else {
      text += token[i];
    }
  }
  return text;
}

const JsonValue* step(const JsonValue& value, const std::string& token) {
  if (value.is_array()) {
    const auto index = parse_u64(token);
    const bool canonical = index && std::to_string(*index) == token;
    return canonical && *index < value.members.size() ? &value.members[*index].value : nullptr;
  }
  for (const JsonMember& member : value.members) {
    if (member.key == token) return &member.value;
  }
  return nullptr;
}

/// nullptr where nothing stands there.
const JsonValue* follow(const JsonValue& root, std::string_view pointer) {
  const JsonValue* value = &root;
  while (value != nullptr && !pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    value = step(*value, unescaped(token));
    pointer.remove_prefix(token.size());
  }
  return value;
}

}  // namespace

std::string read_pointer(const JsonValue& root, const HealthPointer& pointer,
                         HealthBuilder& builder) {
  const JsonValue* const status = follow(root, pointer.status);
  if (status == nullptr) return "nothing stands at \"" + pointer.status + "\"";
  const auto said = said_status(*status, builder.words());
  if (!said) return "what stands at \"" + pointer.status + "\" is no text, number or bool";
  builder.say(*said);
  if (pointer.components.empty()) return "";
  // An app that shows its parts only while one fails is well without them.
  const JsonValue* const components = follow(root, pointer.components);
  if (components != nullptr) read_parts(*components, Container::kParts, builder);
  return "";
}

}  // namespace litewatch

#include <string_view>

#include "config/probe_parts.h"
#include "config/probe_words.h"

namespace litewatch {
namespace {

/// RFC 6901: "" or "/" before each step, in which ~0 and ~1 are the only escapes.
std::string check_json_pointer(std::string_view pointer) {
  if (!pointer.starts_with('/')) return "it begins with a slash";
  for (std::size_t at = 0; (at = pointer.find('~', at)) != pointer.npos; ++at) {
    const bool escape =
        at + 1 < pointer.size() && (pointer[at + 1] == '0' || pointer[at + 1] == '1');
    if (!escape) return "only 0 or 1 follow a ~";
  }
  return "";
}

void read_words(const YamlNode& node, const std::string& key, const ProbeSource& source,
                HealthPointer& out) {
  MapReader map(node, key, source.problems);
  if (node.kind != YamlNode::Kind::kMap) return;
  for (const YamlNode& child : node.children) {
    HealthStatus status = HealthStatus::kUnknown;
    map.word<HealthStatus>(child.key, kHealthStatuses, status);
    out.words.emplace_back(child.key, status);
  }
  map.finish();
}

void read_pointer(const YamlNode& node, const std::string& key, const ProbeSource& source,
                  HealthPointer& out) {
  MapReader map(node, key, source.problems);
  constexpr const char* kPointer = "a JSON pointer such as /status";
  map.text("status", out.status, kPointer, check_json_pointer);
  map.text("components", out.components, kPointer, check_json_pointer);
  if (const YamlNode* words = map.find("words")) {
    read_words(*words, map.key_of("words"), source, out);
  }
  map.finish();
}

void read_map(const YamlNode& node, const std::string& key, const ProbeSource& source,
              HealthOptions& out) {
  MapReader map(node, key, source.problems);
  const bool has_format = read_health_format(map, "format", out.format);
  map.word<HealthOptions::FailOn>("fail_on", kFailOn, out.fail_on);
  map.count("max_components", out.max_components, 1, 256);
  if (const YamlNode* pointer = map.find("pointer")) {
    read_pointer(*pointer, map.key_of("pointer"), source, out.pointer);
  }
  map.finish();
  const bool has_place = !out.pointer.status.empty() || !out.pointer.components.empty();
  if (has_place && !has_format) out.format = HealthFormat::kPointer;
  if (out.format == HealthFormat::kPointer && out.pointer.status.empty()) {
    map.complain_at("pointer", "status, which format pointer needs", "nothing");
  } else if (out.format != HealthFormat::kPointer && has_place) {
    map.complain_at("pointer", "format pointer beside status and components", "another format");
  }
}

}  // namespace

bool read_health_format(MapReader& map, std::string_view name, HealthFormat& out) {
  const YamlNode* node = map.find(name);
  if (node == nullptr) return false;
  const auto format =
      node->kind == YamlNode::Kind::kScalar ? parse_health_format(node->text) : std::nullopt;
  if (format) {
    out = *format;
    return true;
  }
  std::string words;
  for (int i = 0; i <= static_cast<int>(HealthFormat::kPointer); ++i) {
    words.append(words.empty() ? "one of " : ", ").append(to_string(static_cast<HealthFormat>(i)));
  }
  map.complain_at(name, words, describe(*node));
  return true;
}

void read_health(MapReader& http, const ProbeSource& source, HealthOptions& out) {
  const YamlNode* node = http.find("health");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kMap) {
    return read_map(*node, http.key_of("health"), source, out);
  }
  read_health_format(http, "health", out.format);
  if (out.format != HealthFormat::kPointer) return;
  http.complain_at("health", "a map with pointer.status for the format pointer", "\"pointer\"");
}

}  // namespace litewatch

#include <algorithm>
#include <array>
#include <string_view>

#include "config/names.h"
#include "config/probe_parts.h"
#include "config/probe_words.h"

namespace litewatch {
namespace {

/// What blackbox_exporter probes and litewatch does not.
constexpr std::array<std::string_view, 4> kForeignProbers = {"icmp", "dns", "grpc", "websocket"};

bool is_foreign(std::string_view prober) {
  return std::ranges::find(kForeignProbers, prober) != kForeignProbers.end();
}

/// Whether the module has a prober, so that the rest of it makes sense.
bool read_prober(MapReader& map, const YamlNode& node, ProbeModule& module) {
  const YamlNode* prober = map.find("prober");
  if (prober == nullptr) {
    if (node.kind == YamlNode::Kind::kMap)
      map.complain_at("prober", "http, tcp or unix", "nothing");
    return false;
  }
  if (prober->kind == YamlNode::Kind::kScalar && is_foreign(prober->text)) {
    map.complain_at("prober",
                    "http, tcp or unix (litewatch has no other; keep blackbox_exporter "
                    "for this module)",
                    in_quotes(prober->text));
    return false;
  }
  const auto is_prober = [&](const auto& row) { return row.first == prober->text; };
  map.word<ProberKind>("prober", kProbers, module.prober);
  return std::ranges::any_of(kProbers, is_prober);
}

/// The sections of other probers, which would have no effect.
void refuse_sections(MapReader& map, ProberKind prober) {
  const std::string got = "a section of another prober";
  const std::string expected = "nothing beside prober " + std::string(word_of(kProbers, prober));
  if (prober != ProberKind::kHttp) map.refuse("http", expected, got);
  if (prober == ProberKind::kHttp) map.refuse("tcp", expected, got);
  if (prober != ProberKind::kUnix) map.refuse("unix", expected, got);
  for (const std::string_view foreign : kForeignProbers) map.refuse(foreign, expected, got);
}

void read_sections(MapReader& map, const ProbeSource& source, ProbeModule& module) {
  refuse_sections(map, module.prober);
  // A key without a value is a section of defaults, as in blackbox.yml.
  const auto section = [&](std::string_view name) -> const YamlNode* {
    const YamlNode* node = map.find(name);
    return node != nullptr && node->kind == YamlNode::Kind::kNothing ? nullptr : node;
  };
  if (module.prober == ProberKind::kHttp) {
    if (const YamlNode* http = section("http")) {
      read_http(*http, map.key_of("http"), source, module.http);
    }
    return;
  }
  const YamlNode* tcp = section("tcp");
  if (tcp != nullptr) read_tcp(*tcp, map.key_of("tcp"), module.prober, source, module.tcp);
  if (module.prober != ProberKind::kUnix) return;
  const YamlNode* unix_section = section("unix");
  if (unix_section == nullptr) return;
  if (tcp != nullptr) return map.complain_at("unix", "either tcp or unix", "both");
  read_tcp(*unix_section, map.key_of("unix"), module.prober, source, module.tcp);
}

ProbeModule read_module(const YamlNode& node, const ProbeSource& source) {
  ProbeModule module;
  module.name = node.key;
  const std::string key = dotted("modules", node.key);
  if (!is_name(node.key)) {
    source.problems.add(node.key_line, key, "a name of 1 to 128 bytes without control characters",
                        in_quotes(node.key));
  }
  MapReader map(node, key, source.problems);
  if (!read_prober(map, node, module)) return module;
  map.duration("timeout", module.timeout_s, kLeastTimeout, kMostTimeout);
  read_sections(map, source, module);
  map.finish();
  return module;
}

}  // namespace

void read_modules(const YamlNode& node, const ProbeSource& source, std::vector<ProbeModule>& out) {
  if (!expect_map(node, "modules", source.problems)) return;
  expect_distinct_keys(node, "modules", source.problems);
  for (const YamlNode& child : node.children) out.push_back(read_module(child, source));
}

}  // namespace litewatch

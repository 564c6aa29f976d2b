#include "rules/routing.h"

#include <re2/re2.h>

#include <array>
#include <optional>
#include <utility>

#include "base/trimmed.h"
#include "config/map_reader.h"
#include "config/problems.h"
#include "config/yaml_tree.h"

namespace litewatch {
namespace {

/// The matchers within `{a="1", b=~"x,y"}`: commas in quotes do not part them.
std::vector<std::string_view> part(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, text.size() - 2);
  }
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    } else if (text[at] == ',' && !quoted) {
      parts.push_back(text.substr(start, at - start));
      start = at + 1;
    }
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string value;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at] == '\\' && at + 2 < text.size()) ++at;
    value += text[at];
  }
  return value;
}

bool is_pattern(const std::string& text) {
  RE2::Options options;
  options.set_log_errors(false);
  return RE2(text, options).ok();
}

std::optional<RouteMatcher> parse_matcher(std::string_view text) {
  const std::size_t at = text.find_first_of("=!");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view label = trimmed(text.substr(0, at));
  for (const std::string_view op : {"=~", "!~", "!=", "="}) {
    if (!text.substr(at).starts_with(op)) continue;
    RouteMatcher matcher{std::string(label), std::string(op),
                         unquoted(trimmed(text.substr(at + op.size())))};
    if (label.empty() || (op.ends_with('~') && !is_pattern(matcher.value))) return std::nullopt;
    return matcher;
  }
  return std::nullopt;
}

/// Reads routes and inhibitions from the tree of the file.
class RoutingReader {
 public:
  explicit RoutingReader(Problems& problems) : problems_(problems) {}

  Route route(const YamlNode& node, const std::string& key) {
    Route route;
    route.line = node.line;
    MapReader map(node, key, problems_);
    map.text("receiver", route.receiver, "the name of a receiver");
    map.texts("group_by", route.group_by, "a label");
    map.flag("continue", route.goes_on);
    matchers(map, "matchers", "match", "match_re", route.matchers);
    map.each("routes", [&](const YamlNode& child, const std::string& at) {
      route.routes.push_back(this->route(child, at));
    });
    return route;
  }

  Inhibition inhibition(const YamlNode& node, const std::string& key) {
    Inhibition inhibition;
    inhibition.line = node.line;
    MapReader map(node, key, problems_);
    matchers(map, "source_matchers", "source_match", "source_match_re", inhibition.source);
    matchers(map, "target_matchers", "target_match", "target_match_re", inhibition.target);
    map.texts("equal", inhibition.equal, "a label");
    return inhibition;
  }

  Receiver receiver(const YamlNode& node, const std::string& key) {
    Receiver receiver{"", node.line};
    MapReader map(node, key, problems_);
    map.text("name", receiver.name, "the name of a receiver");
    if (receiver.name.empty()) map.complain_at("name", "the name of a receiver", "nothing");
    return receiver;
  }

 private:
  /// As a list of texts, and in the two older ways as maps.
  void matchers(MapReader& map, std::string_view list, std::string_view equal,
                std::string_view regex, std::vector<RouteMatcher>& out) {
    map.each(list, [&](const YamlNode& node, const std::string& key) {
      for (const std::string_view text : part(node.text)) {
        if (auto matcher = parse_matcher(text)) {
          out.push_back(*std::move(matcher));
        } else {
          complain(problems_, node, key, "a matcher such as severity=\"critical\"");
        }
      }
    });
    for (const auto& [name, op] : {std::pair{equal, "="}, std::pair{regex, "=~"}}) {
      const YamlNode* node = map.find(name);
      if (node == nullptr || !expect_map(*node, map.key_of(name), problems_)) continue;
      for (const YamlNode& child : node->children) out.push_back({child.key, op, child.text});
    }
  }

  Problems& problems_;
};

}  // namespace

Result<AlertRouting> parse_routing(std::string_view text, const std::string& path) {
  const auto root = parse_yaml(text, path);
  if (!root) return root.error();
  AlertRouting routing;
  routing.path = path;
  Problems problems(path);
  RoutingReader reader(problems);
  MapReader map(*root, "", problems);
  const YamlNode* route = map.require("route", "the root of the routes");
  if (route != nullptr) routing.root = reader.route(*route, "route");
  map.each("receivers", [&](const YamlNode& node, const std::string& key) {
    routing.receivers.push_back(reader.receiver(node, key));
  });
  map.each("inhibit_rules", [&](const YamlNode& node, const std::string& key) {
    routing.inhibitions.push_back(reader.inhibition(node, key));
  });
  if (!problems.none()) return problems.error();
  return routing;
}

}  // namespace litewatch

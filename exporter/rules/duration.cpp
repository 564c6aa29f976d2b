#include "rules/duration.h"

#include <algorithm>
#include <string>

#include "promql/number.h"

namespace litewatch {
namespace {

/// Queries may not hold a duration of zero, files may.
std::optional<double> parse(std::string text) {
  if (text == "0") return 0;
  if (const auto seconds = promql::parse_promql_duration(text)) return seconds;
  if (text.find_first_of("123456789") != std::string::npos) return std::nullopt;
  std::replace(text.begin(), text.end(), '0', '1');
  return promql::parse_promql_duration(text) ? std::optional<double>(0) : std::nullopt;
}

}  // namespace

std::optional<double> read_duration(MapReader& map, std::string_view name) {
  const YamlNode* node = map.find(name);
  if (node == nullptr) return std::nullopt;
  const auto seconds = parse(node->text);
  if (!seconds) map.complain_at(name, "a duration such as 90s, 5m or 1d", describe(*node));
  return seconds;
}

}  // namespace litewatch

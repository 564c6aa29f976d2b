#include "dashboards/source_values.h"

#include "base/trimmed.h"
#include "check/block_lines.h"

namespace litewatch {
namespace {

void point_at_texts(YamlNode& node, const BlockLines& blocks) {
  if (node.key == "expr") node.line = blocks.text_line(node);
  for (YamlNode& child : node.children) point_at_texts(child, blocks);
}

}  // namespace

Result<YamlNode> parse_source(std::string_view text, const std::string& path) {
  auto root = parse_yaml(text, path);
  if (root) point_at_texts(*root, BlockLines(text));
  return root;
}

void read_trimmed(MapReader& map, std::string_view name, std::string& out,
                  std::string_view expected) {
  map.text(name, out, expected);
  out = trimmed(out);
}

void read_int(MapReader& map, std::string_view name, int& out, int min, int max) {
  auto value = static_cast<std::size_t>(out);
  map.count(name, value, static_cast<std::size_t>(min), static_cast<std::size_t>(max));
  out = static_cast<int>(value);
}

void read_int(MapReader& map, std::string_view name, std::optional<int>& out, int min, int max) {
  if (map.find(name) == nullptr) return;
  int value = min;
  read_int(map, name, value, min, max);
  out = value;
}

void read_number(MapReader& map, std::string_view name, std::optional<double>& out) {
  if (map.find(name) == nullptr) return;
  double value = 0;
  map.number(name, value, -kMostNumber, kMostNumber);
  out = value;
}

}  // namespace litewatch

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/map_reader.h"

namespace litewatch {

/// The largest number that the source of a dashboard may hold, and -1 times it the smallest.
inline constexpr double kMostNumber = 1e18;
/// Columns of Grafana's grid.
inline constexpr int kGridColumns = 24;

/// Parses the YAML of a source. A query in a block stands where its text begins, which is where
/// findings about it count their lines from.
Result<YamlNode> parse_source(std::string_view text, const std::string& path);

/// A text without blanks and line feeds at its ends, as a YAML block has them.
void read_trimmed(MapReader& map, std::string_view name, std::string& out,
                  std::string_view expected);

/// Whole numbers as Grafana's JSON has them.
void read_int(MapReader& map, std::string_view name, int& out, int min, int max);
void read_int(MapReader& map, std::string_view name, std::optional<int>& out, int min, int max);
void read_number(MapReader& map, std::string_view name, std::optional<double>& out);

/// A list, each of whose elements is read by `read(node, key, problems)`; empty where absent.
template <class Read>
auto read_list(const YamlNode* node, const std::string& key, Problems& problems, Read read) {
  std::vector<decltype(read(*node, key, problems))> list;
  if (node == nullptr || !expect_list(*node, key, problems)) return list;
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    list.push_back(read(node->children[i], element(key, i), problems));
  }
  return list;
}

}  // namespace litewatch

#include "dashboards/read_panel.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "dashboards/panel_words.h"
#include "dashboards/source_values.h"

namespace litewatch {
namespace {

constexpr int kMostHeight = 40;

void read_looks(MapReader& map, Panel& panel) {
  read_int(map, "width", panel.width, 1, kGridColumns);
  read_int(map, "height", panel.height, 1, kMostHeight);
  map.text("unit", panel.unit, "a unit of Grafana such as bytes, s or percentunit");
  read_number(map, "min", panel.min);
  read_number(map, "max", panel.max);
  read_int(map, "decimals", panel.decimals, 0, 10);
  map.flag("stack", panel.stack);
}

void read_texts_of(MapReader& map, Panel& panel) {
  if (panel.type != PanelType::kText) {
    map.require("title", "what the panel shows, in a few words");
    map.text("title", panel.title, "what the panel shows, in a few words");
  } else if (const YamlNode* title = map.find("title")) {
    panel.title = title->text;
  }
  read_trimmed(map, "description", panel.description, "a text");
  read_trimmed(map, "empty", panel.empty, "why there may be no data");
  map.text("needs", panel.needs, "the name of a fault");
}

/// A column by which to sort that is none would be left unsorted without a word.
void check_sort(MapReader& map, const Panel& panel) {
  const auto is_sort = [&](const PanelQuery& query) { return query.column == panel.sort; };
  if (panel.sort.empty() || std::ranges::any_of(panel.queries, is_sort)) return;
  map.complain_at("sort", "the title of a column of the table", in_quotes(panel.sort));
}

void read_table(MapReader& map, Panel& panel) {
  if (panel.type != PanelType::kTable) {
    map.refuse("key", "a key only in a table", "one");
    map.refuse("sort", "sort only in a table", "it");
    return;
  }
  map.require("key", "the labels that make a row, e.g. [app, db]");
  map.texts("key", panel.key, "a label");
  map.text("sort", panel.sort, "the title of a column of the table");
  check_sort(map, panel);
}

void read_content(MapReader& map, Panel& panel, Problems& problems) {
  if (panel.type == PanelType::kText) {
    map.require("text", "Markdown");
    read_trimmed(map, "text", panel.text, "Markdown");
    map.refuse("queries", "no queries in a text", "some");
    return;
  }
  map.refuse("text", "a text only in a panel of type text", "one");
  const std::string key = map.key_of("queries");
  const auto read = [&](const YamlNode& node, const std::string& at, Problems& all) {
    return read_query(node, at, panel.type, all);
  };
  panel.queries = read_list(map.find("queries"), key, problems, read);
  if (panel.queries.empty()) map.complain_at("queries", "at least one query", "none");
  if (panel.queries.size() > kMostQueries) {
    map.complain_at("queries", "at most 26 queries", std::to_string(panel.queries.size()));
  }
}

void read_raw(MapReader& map, Panel& panel) {
  read_trimmed(map, "raw", panel.raw, "a JSON object");
  if (panel.raw.empty()) return;
  const auto json = nlohmann::json::parse(panel.raw, nullptr, false);
  if (!json.is_object()) map.complain_at("raw", "a JSON object", in_quotes(panel.raw));
}

}  // namespace

Panel read_panel(const YamlNode& node, const std::string& key, Problems& problems) {
  Panel panel;
  panel.line = node.line;
  MapReader map(node, key, problems);
  map.word("type", Words<PanelType>(kPanelTypes), panel.type);
  read_texts_of(map, panel);
  read_looks(map, panel);
  panel.thresholds = read_thresholds(map.find("thresholds"), map.key_of("thresholds"), problems);
  panel.values = read_values(map.find("values"), map.key_of("values"), problems);
  read_content(map, panel, problems);
  read_table(map, panel);
  panel.links = read_list(map.find("links"), map.key_of("links"), problems, read_link);
  read_raw(map, panel);
  map.finish();
  return panel;
}

}  // namespace litewatch

#include "dashboards/read_panel.h"
#include "dashboards/source_values.h"

namespace litewatch {
namespace {

ThresholdStep read_step(const YamlNode& node, const std::string& key, Problems& problems) {
  ThresholdStep step;
  MapReader map(node, key, problems);
  map.require("from", "the number from which on the colour is shown");
  map.require("color", "a colour such as green, orange or red");
  map.number("from", step.from, -kMostNumber, kMostNumber);
  map.text("color", step.color, "a colour such as green, orange or red");
  map.finish();
  return step;
}

ValueName read_value(const YamlNode& node, const std::string& key, Problems& problems) {
  ValueName value;
  MapReader map(node, key, problems);
  map.require("value", "a number");
  map.require("text", "what is shown instead of the number");
  map.number("value", value.value, -kMostNumber, kMostNumber);
  map.text("text", value.text, "what is shown instead of the number");
  map.text("color", value.color, "a colour such as green, orange or red");
  map.finish();
  return value;
}

/// What only a table's query has, or only another's.
void read_column(MapReader& map, PanelType type, PanelQuery& query) {
  if (type == PanelType::kTable) {
    map.require("column", "the title of the column");
    map.text("column", query.column, "the title of the column");
    map.refuse("legend", "no legend in a table: it has columns", "one");
    return;
  }
  map.refuse("column", "a column only in a table", "one");
  read_trimmed(map, "legend", query.legend, "a text such as \"{{app}} {{db}}\"");
}

}  // namespace

std::vector<ThresholdStep> read_thresholds(const YamlNode* node, const std::string& key,
                                           Problems& problems) {
  auto steps = read_list(node, key, problems, read_step);
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].from > steps[i - 1].from) continue;
    complain(problems, node->children[i], element(key, i), "thresholds from low to high");
  }
  return steps;
}

std::vector<ValueName> read_values(const YamlNode* node, const std::string& key,
                                   Problems& problems) {
  return read_list(node, key, problems, read_value);
}

PanelLink read_link(const YamlNode& node, const std::string& key, Problems& problems) {
  PanelLink link;
  link.line = node.line;
  MapReader map(node, key, problems);
  map.require("title", "what the link says");
  map.text("title", link.title, "what the link says");
  map.text("dashboard", link.dashboard, "the name of a dashboard's source, e.g. sqlite");
  map.text("runbook", link.runbook, "the name of an alert");
  map.texts("with", link.with, "a label");
  if (link.dashboard.empty() == link.runbook.empty()) {
    map.complain_at("dashboard", "either dashboard or runbook",
                    link.runbook.empty() ? "neither" : "both");
  }
  map.finish();
  return link;
}

PanelQuery read_query(const YamlNode& node, const std::string& key, PanelType type,
                      Problems& problems) {
  PanelQuery query;
  MapReader map(node, key, problems);
  const YamlNode* expr = map.find("expr");
  query.line = expr == nullptr ? node.line : expr->line;
  map.require("expr", "a query");
  read_trimmed(map, "expr", query.expr, "a query");
  read_column(map, type, query);
  map.flag("limit", query.is_limit);
  map.flag("right", query.right);
  map.text("unit", query.unit, "a unit of Grafana such as bytes, s or percentunit");
  query.thresholds = read_thresholds(map.find("thresholds"), map.key_of("thresholds"), problems);
  query.values = read_values(map.find("values"), map.key_of("values"), problems);
  if (const YamlNode* link = map.find("link")) {
    query.link = read_link(*link, map.key_of("link"), problems);
  }
  read_int(map, "decimals", query.decimals, 0, 10);
  map.finish();
  return query;
}

}  // namespace litewatch

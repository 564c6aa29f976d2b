#include "dashboards/panel_json.h"

namespace litewatch {
namespace {

constexpr const char* kLimitColor = "red";

void add(Json& properties, const char* id, Json value) {
  properties.push_back({{"id", id}, {"value", std::move(value)}});
}

/// An objective is a line to stay below, not another series.
void add_limit_line(Json& properties) {
  add(properties, "color", {{"fixedColor", kLimitColor}, {"mode", "fixed"}});
  add(properties, "custom.lineStyle", {{"dash", Json::array({10, 10})}, {"fill", "dash"}});
  add(properties, "custom.fillOpacity", 0);
  add(properties, "custom.stacking", {{"group", "A"}, {"mode", "none"}});
}

/// What any query may have otherwise than its panel.
void add_meaning(const PanelQuery& query, const Panel& panel, const CompileContext& context,
                 Json& properties) {
  if (!query.unit.empty()) add(properties, "unit", query.unit);
  if (query.decimals) add(properties, "decimals", *query.decimals);
  if (!query.thresholds.empty()) {
    add(properties, "thresholds", threshold_steps(query.thresholds));
  }
  if (!query.values.empty()) add(properties, "mappings", value_mappings(query.values));
  if (query.link) {
    add(properties, "links", Json::array({link_json(*query.link, panel.type, context)}));
  }
}

/// A column shows what the panel says unless it says otherwise itself. Panels' own values would
/// colour the key, too.
PanelQuery with_panels_meaning(PanelQuery query, const Panel& panel) {
  if (query.thresholds.empty()) query.thresholds = panel.thresholds;
  if (query.values.empty()) query.values = panel.values;
  return query;
}

Json column_properties(const PanelQuery& given, const Panel& panel, const CompileContext& context) {
  const PanelQuery query = with_panels_meaning(given, panel);
  Json properties = Json::array();
  add_meaning(query, panel, context, properties);
  if (has_colors(query.thresholds, query.values)) {
    add(properties, "custom.cellOptions", {{"mode", "basic"}, {"type", "color-background"}});
  }
  // The panel's text for "no data" is a sentence, too long for a cell.
  add(properties, "noValue", "-");
  return properties;
}

Json series_properties(const PanelQuery& query, const Panel& panel, const CompileContext& context) {
  Json properties = Json::array();
  if (query.is_limit) add_limit_line(properties);
  if (query.right) add(properties, "custom.axisPlacement", "right");
  add_meaning(query, panel, context, properties);
  return properties;
}

}  // namespace

Json compile_overrides(const Panel& panel, const CompileContext& context) {
  const bool table = panel.type == PanelType::kTable;
  Json overrides = Json::array();
  for (std::size_t i = 0; i < panel.queries.size(); ++i) {
    const PanelQuery& query = panel.queries[i];
    Json properties =
        table ? column_properties(query, panel, context) : series_properties(query, panel, context);
    if (properties.empty()) continue;
    overrides.push_back({{"matcher",
                          {{"id", table ? "byName" : "byFrameRefID"},
                           {"options", table ? query.column : ref_id(i)}}},
                         {"properties", std::move(properties)}});
  }
  return overrides;
}

}  // namespace litewatch

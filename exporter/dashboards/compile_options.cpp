#include <algorithm>

#include "dashboards/panel_json.h"

namespace litewatch {
namespace {

Json last_value() {
  return {{"calcs", Json::array({"lastNotNull"})}, {"fields", ""}, {"values", false}};
}

Json legend(bool shown) {
  return {{"calcs", Json::array()},
          {"displayMode", "list"},
          {"placement", "bottom"},
          {"showLegend", shown}};
}

Json stat(const Panel& panel) {
  const bool has_legend =
      std::ranges::any_of(panel.queries, [](const auto& query) { return !query.legend.empty(); });
  const auto colors = [](const auto& of) { return has_colors(of.thresholds, of.values); };
  const bool colored = colors(panel) || std::ranges::any_of(panel.queries, colors);
  return {{"colorMode", colored ? "background" : "value"},
          {"graphMode", "none"},
          {"justifyMode", "auto"},
          {"orientation", "auto"},
          {"percentChangeColorMode", "standard"},
          {"reduceOptions", last_value()},
          {"showPercentChange", false},
          {"textMode", has_legend ? "value_and_name" : "value"},
          {"wideLayout", true}};
}

Json bargauge() {
  return {{"displayMode", "basic"},
          {"legend", legend(false)},
          {"maxVizHeight", 300},
          {"minVizHeight", 16},
          {"minVizWidth", 8},
          {"namePlacement", "auto"},
          {"orientation", "horizontal"},
          {"reduceOptions", last_value()},
          {"showUnfilled", true},
          {"sizing", "auto"},
          {"valueMode", "color"}};
}

Json table(const Panel& panel) {
  Json sort = Json::array();
  if (!panel.sort.empty()) sort.push_back({{"desc", true}, {"displayName", panel.sort}});
  return {
      {"cellHeight", "sm"}, {"frameIndex", 0}, {"showHeader", true}, {"sortBy", std::move(sort)}};
}

Json timeseries() {
  return {{"legend", legend(true)}, {"tooltip", {{"mode", "multi"}, {"sort", "desc"}}}};
}

Json state_timeline() {
  return {{"alignValue", "left"}, {"legend", legend(true)},
          {"mergeValues", true},  {"rowHeight", 0.9},
          {"showValue", "auto"},  {"tooltip", {{"mode", "single"}, {"sort", "none"}}}};
}

Json heatmap(const Panel& panel) {
  Json axis = {{"axisPlacement", "left"}, {"reverse", false}};
  if (!panel.unit.empty()) axis["unit"] = panel.unit;
  return {{"calculate", false},
          {"cellGap", 1},
          {"color",
           {{"exponent", 0.5},
            {"fill", "dark-orange"},
            {"mode", "scheme"},
            {"reverse", false},
            {"scale", "exponential"},
            {"scheme", "Oranges"},
            {"steps", 64}}},
          {"exemplars", {{"color", "rgba(255,0,255,0.7)"}}},
          {"filterValues", {{"le", 1e-9}}},
          {"legend", {{"show", true}}},
          {"rowsFrame", {{"layout", "auto"}}},
          {"showValue", "never"},
          {"tooltip", {{"mode", "single"}, {"showColorScale", false}, {"yHistogram", false}}},
          {"yAxis", std::move(axis)}};
}

Json text(const Panel& panel) {
  return {{"code", {{"language", "plaintext"}, {"showLineNumbers", false}, {"showMiniMap", false}}},
          {"content", panel.text},
          {"mode", "markdown"}};
}

}  // namespace

Json compile_options(const Panel& panel) {
  switch (panel.type) {
    case PanelType::kStat:
      return stat(panel);
    case PanelType::kTimeseries:
      break;
    case PanelType::kBargauge:
      return bargauge();
    case PanelType::kTable:
      return table(panel);
    case PanelType::kStateTimeline:
      return state_timeline();
    case PanelType::kHeatmap:
      return heatmap(panel);
    case PanelType::kText:
      return text(panel);
  }
  return timeseries();
}

}  // namespace litewatch

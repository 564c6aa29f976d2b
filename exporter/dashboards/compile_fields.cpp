#include <algorithm>
#include <string_view>

#include "config/units.h"
#include "dashboards/panel_json.h"

namespace litewatch {
namespace {

Json hide_from() { return {{"legend", false}, {"tooltip", false}, {"viz", false}}; }

Json lines(const Panel& panel) {
  return {{"axisPlacement", "auto"},
          {"drawStyle", "line"},
          {"fillOpacity", panel.stack ? 30 : 10},
          {"hideFrom", hide_from()},
          {"lineInterpolation", "linear"},
          {"lineWidth", 1},
          {"scaleDistribution", {{"type", "linear"}}},
          {"showPoints", "never"},
          {"spanNulls", false},
          {"stacking", {{"group", "A"}, {"mode", panel.stack ? "normal" : "none"}}},
          {"thresholdsStyle", {{"mode", panel.thresholds.empty() ? "off" : "dashed"}}}};
}

Json custom_of(const Panel& panel) {
  switch (panel.type) {
    case PanelType::kTimeseries:
      return lines(panel);
    case PanelType::kStateTimeline:
      return {{"fillOpacity", 70}, {"hideFrom", hide_from()}, {"lineWidth", 0}};
    case PanelType::kHeatmap:
      return {{"hideFrom", hide_from()}, {"scaleDistribution", {{"type", "linear"}}}};
    case PanelType::kTable:
      return {{"align", "auto"}, {"cellOptions", {{"type", "auto"}}}, {"inspect", false}};
    case PanelType::kStat:
    case PanelType::kBargauge:
    case PanelType::kText:
      break;
  }
  return Json::object();
}

std::string_view color_mode(PanelType type) {
  return type == PanelType::kTimeseries ? "palette-classic" : "thresholds";
}

/// A table's columns have their own.
void add_meaning(const Panel& panel, Json& defaults) {
  const bool table = panel.type == PanelType::kTable;
  defaults["mappings"] = value_mappings(table ? std::vector<ValueName>{} : panel.values);
  defaults["thresholds"] = threshold_steps(table ? std::vector<ThresholdStep>{} : panel.thresholds);
}

}  // namespace

Json threshold_steps(const std::vector<ThresholdStep>& steps) {
  Json list = Json::array();
  // Grafana's first step reaches down to minus infinity. What no step speaks of has no colour.
  if (steps.empty() || steps.front().from > 0)
    list.push_back({{"color", "text"}, {"value", nullptr}});
  for (const ThresholdStep& step : steps) {
    const Json from = list.empty() ? Json(nullptr) : number_json(step.from);
    list.push_back({{"color", step.color}, {"value", from}});
  }
  return {{"mode", "absolute"}, {"steps", std::move(list)}};
}

Json value_mappings(const std::vector<ValueName>& values) {
  if (values.empty()) return Json::array();
  Json options = Json::object();
  for (const ValueName& value : values) {
    Json shown = Json::object();
    if (!value.color.empty()) shown["color"] = value.color;
    shown["index"] = options.size();
    shown["text"] = value.text;
    options[exact_number(value.value)] = std::move(shown);
  }
  return Json::array({{{"options", std::move(options)}, {"type", "value"}}});
}

bool has_colors(const std::vector<ThresholdStep>& steps, const std::vector<ValueName>& values) {
  return !steps.empty() ||
         std::ranges::any_of(values, [](const ValueName& value) { return !value.color.empty(); });
}

Json compile_fields(const Panel& panel, const CompileContext& context) {
  Json defaults = {{"color", {{"mode", color_mode(panel.type)}}}, {"custom", custom_of(panel)}};
  if (panel.decimals) defaults["decimals"] = *panel.decimals;
  Json links = value_links(panel, context);
  if (!links.empty()) defaults["links"] = std::move(links);
  add_meaning(panel, defaults);
  if (panel.max) defaults["max"] = number_json(*panel.max);
  if (panel.min) defaults["min"] = number_json(*panel.min);
  if (!panel.empty.empty()) defaults["noValue"] = panel.empty;
  if (!panel.unit.empty()) defaults["unit"] = panel.unit;
  return {{"defaults", std::move(defaults)}, {"overrides", compile_overrides(panel, context)}};
}

}  // namespace litewatch

#include <string_view>

#include "config/map_reader.h"
#include "dashboards/panel_json.h"
#include "dashboards/panel_words.h"

namespace litewatch {
namespace {

/// The Grafana whose shapes these are. Without it Grafana would take panels for older ones and
/// migrate them.
constexpr const char* kPluginVersion = "10.4.0";

bool is_instant(PanelType type) {
  return type == PanelType::kStat || type == PanelType::kBargauge || type == PanelType::kTable;
}

std::string_view format_of(PanelType type) {
  if (type == PanelType::kTable) return "table";
  return type == PanelType::kHeatmap ? "heatmap" : "time_series";
}

void add_data(const Panel& panel, const CompileContext& context, Json& json) {
  json["datasource"] = datasource_ref();
  json["fieldConfig"] = compile_fields(panel, context);
  json["targets"] = compile_targets(panel, context);
  if (panel.type == PanelType::kTable) {
    json["transformations"] = compile_transformations(panel, context);
  }
}

}  // namespace

Json compile_targets(const Panel& panel, const CompileContext& context) {
  const bool instant = is_instant(panel.type);
  Json targets = Json::array();
  for (std::size_t i = 0; i < panel.queries.size(); ++i) {
    const PanelQuery& query = panel.queries[i];
    targets.push_back({{"datasource", datasource_ref()},
                       {"editorMode", "code"},
                       {"expr", context.scoped(query.expr)},
                       {"format", format_of(panel.type)},
                       {"instant", instant},
                       {"legendFormat", query.legend.empty() ? "__auto" : query.legend},
                       {"range", !instant},
                       {"refId", ref_id(i)}});
  }
  return targets;
}

Json compile_panel(const Panel& panel, const CompileContext& context) {
  Json json = {{"type", word_of(kPanelTypes, panel.type)}, {"title", panel.title}};
  if (!panel.description.empty()) json["description"] = panel.description;
  json["gridPos"] = nullptr;
  json["id"] = nullptr;
  if (panel.type == PanelType::kText) {
    json["transparent"] = true;
  } else {
    add_data(panel, context, json);
  }
  json["links"] = panel_links(panel, context);
  json["options"] = compile_options(panel);
  json["pluginVersion"] = kPluginVersion;
  if (!panel.raw.empty()) json.merge_patch(Json::parse(panel.raw));
  return json;
}

}  // namespace litewatch

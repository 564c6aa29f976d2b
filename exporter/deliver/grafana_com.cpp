#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "dashboards/compile.h"
#include "deliver/dashboard_links.h"
#include "deliver/deliver.h"

namespace litewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kVariable = "${datasource}";
constexpr std::string_view kInput = "${DS_PROMETHEUS}";
constexpr std::string_view kLinkParameter = "${datasource:queryparam}&";
constexpr const char* kOldestGrafana = "10.4.0";

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kPanelNames = {{
    {"bargauge", "Bar gauge"},
    {"heatmap", "Heatmap"},
    {"stat", "Stat"},
    {"state-timeline", "State timeline"},
    {"table", "Table"},
    {"text", "Text"},
    {"timeseries", "Time series"},
}};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// Importing asks once for the data source, so nothing of the variable stays.
void use_input(Json& json) {
  if (json.is_string()) {
    auto& text = json.get_ref<std::string&>();
    replace_all(text, kVariable, kInput);
    replace_all(text, kLinkParameter, "");
  }
  if (!json.is_structured()) return;
  for (Json& child : json) use_input(child);
}

void drop_variable(Json& dashboard) {
  Json kept = Json::array();
  for (Json& variable : dashboard["templating"]["list"]) {
    if (variable["type"] != "datasource") kept.push_back(std::move(variable));
  }
  dashboard["templating"]["list"] = std::move(kept);
}

void add_types(const Json& panels, std::set<std::string>& types) {
  for (const Json& panel : panels) {
    types.insert(panel["type"].get<std::string>());
    if (panel.contains("panels")) add_types(panel["panels"], types);
  }
}

std::string_view name_of(const std::string& type) {
  for (const auto& [known, name] : kPanelNames) {
    if (known == type) return name;
  }
  return "";
}

Json plugin(std::string_view type, std::string_view id, std::string_view name,
            std::string_view version) {
  return {{"id", id}, {"name", name}, {"type", type}, {"version", version}};
}

Json inputs() {
  return Json::array({{{"description", "The Prometheus that scrapes litewatch"},
                       {"label", "Prometheus"},
                       {"name", "DS_PROMETHEUS"},
                       {"pluginId", "prometheus"},
                       {"pluginName", "Prometheus"},
                       {"type", "datasource"}}});
}

Result<Json> requirements(const Json& dashboard, const std::string& path) {
  Json list = Json::array({plugin("grafana", "grafana", "Grafana", kOldestGrafana),
                           plugin("datasource", "prometheus", "Prometheus", "1.0.0")});
  std::set<std::string> types;
  add_types(dashboard["panels"], types);
  types.erase("row");
  for (const std::string& type : types) {
    const std::string_view name = name_of(type);
    if (name.empty()) {
      return Error{ErrorKind::kMalformed, "a panel of the unknown type " + type, path, 0};
    }
    list.push_back(plugin("panel", type, name, ""));
  }
  return list;
}

}  // namespace

Result<Delivery> grafana_com(const DashboardSet& set, const Vocabulary& vocabulary,
                             const DeliveryOptions& options) {
  Delivery delivery;
  for (const Dashboard& dashboard : set.dashboards) {
    Json json = compile_dashboard(dashboard, set, vocabulary, dashboard_links(options));
    drop_variable(json);
    use_input(json);
    const auto requires_list = requirements(json, dashboard.path);
    if (!requires_list) return requires_list.error();
    Json whole = {
        {"__elements", Json::object()}, {"__inputs", inputs()}, {"__requires", *requires_list}};
    whole.update(json);
    delivery["grafana.com/" + dashboard.uid + ".json"] = dashboard_text(whole);
  }
  return delivery;
}

}  // namespace litewatch

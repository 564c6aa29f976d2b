#include "dashboards/grafana_json.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "dashboards/source_values.h"

namespace litewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFirstSchema = 39;
constexpr int kLastSchema = 42;
/// A quarter of what `kubectl apply` can keep in its annotation is left for the rest of it.
constexpr std::size_t kMostBytes = 200 * 1024;

/// What Grafana 10.4 to 13 has built in; "graph", "table-old" and "singlestat" are gone.
constexpr auto kPanelTypes = std::to_array<std::string_view>(
    {"alertlist", "bargauge", "gauge", "heatmap", "histogram", "logs", "piechart", "row", "stat",
     "state-timeline", "status-history", "table", "text", "timeseries"});

constexpr std::string_view kDatasource = "${datasource}";
constexpr std::string_view kBuiltIn = "-- Grafana --";

std::string text_of(const Json& json, const char* key) {
  return json.is_object() && json.contains(key) && json[key].is_string()
             ? json[key].get<std::string>()
             : "";
}

int number_of(const Json& json, const char* key, int fallback) {
  if (!json.is_object() || !json.contains(key)) return fallback;
  return json[key].is_number_integer() ? json[key].get<int>() : fallback;
}

const Json& list_of(const Json& json, const char* key) {
  static const Json kNone = Json::array();
  return json.contains(key) && json[key].is_array() ? json[key] : kNone;
}

struct Place {
  std::string title;
  int x, y, w, h;

  bool overlaps(const Place& other) const {
    return x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h;
  }
};

Place place_of(const Json& panel) {
  const Json place = panel.value("gridPos", Json::object());
  return {text_of(panel, "title"), number_of(place, "x", -1), number_of(place, "y", -1),
          number_of(place, "w", 0), number_of(place, "h", 0)};
}

class GrafanaProblems {
 public:
  std::vector<std::string> look(const Json& dashboard) {
    look_at_head(dashboard);
    look_at_panels(list_of(dashboard, "panels"));
    look_at_datasources(dashboard);
    return std::move(found_);
  }

 private:
  void look_at_head(const Json& dashboard) {
    if (dashboard.contains("__inputs")) add("__inputs are for grafana.com alone");
    if (dashboard.contains("id") && !dashboard["id"].is_null()) add("the id is of one Grafana");
    if (text_of(dashboard, "uid").empty()) add("there is no uid");
    if (text_of(dashboard, "title").empty()) add("there is no title");
    const int schema = number_of(dashboard, "schemaVersion", 0);
    if (schema < kFirstSchema || schema > kLastSchema) {
      add("schemaVersion " + std::to_string(schema) + " is not one of 39 to 42");
    }
    const std::size_t bytes = dashboard.dump().size();
    if (bytes > kMostBytes) {
      add(std::to_string(bytes) + " bytes are more than the " + std::to_string(kMostBytes) +
          " that a ConfigMap takes");
    }
  }

  /// The panels of a collapsed row lie in a grid of their own.
  void look_at_panels(const Json& panels) {
    std::vector<Place> places;
    for (const Json& panel : panels) {
      look_at_panel(panel);
      look_at_place(place_of(panel), places);
      look_at_panels(list_of(panel, "panels"));
    }
  }

  void look_at_panel(const Json& panel) {
    const std::string type = text_of(panel, "type");
    const std::string name = "panel \"" + text_of(panel, "title") + "\"";
    if (!std::binary_search(kPanelTypes.begin(), kPanelTypes.end(), type)) {
      add(name + " is of type \"" + type + "\", which not every Grafana has");
    }
    if (!ids_.insert(number_of(panel, "id", 0)).second) add(name + " has the id of another");
    if (type == "row" || type == "text") return;
    if (!panel.contains("datasource")) add(name + " has no datasource");
    look_at_targets(list_of(panel, "targets"), name);
  }

  void look_at_targets(const Json& targets, const std::string& name) {
    if (targets.empty()) add(name + " has no query");
    std::set<std::string> names;
    for (const Json& target : targets) {
      if (!target.contains("datasource")) add(name + " has a query without a datasource");
      if (text_of(target, "expr").empty()) add(name + " has an empty query");
      if (!names.insert(text_of(target, "refId")).second) {
        add(name + " has two queries of one refId");
      }
    }
  }

  void look_at_place(Place place, std::vector<Place>& places) {
    if (place.x < 0 || place.y < 0 || place.w < 1 || place.h < 1 ||
        place.x + place.w > kGridColumns) {
      add("panel \"" + place.title + "\" lies outside the grid");
    }
    for (const Place& other : places) {
      if (place.overlaps(other)) {
        add("panel \"" + place.title + "\" lies over \"" + other.title + "\"");
      }
    }
    places.push_back(std::move(place));
  }

  void look_at_datasources(const Json& json) {
    if (!json.is_structured()) return;
    for (const auto& [key, value] : json.items()) {
      if (json.is_object() && key == "datasource") look_at_datasource(value);
      look_at_datasources(value);
    }
  }

  void look_at_datasource(const Json& datasource) {
    const std::string uid = text_of(datasource, "uid");
    if (!datasource.is_object() || text_of(datasource, "type").empty()) {
      add("a datasource is not written as type and uid");
    } else if (uid != kDatasource && uid != kBuiltIn) {
      add("datasource \"" + uid + "\" is of one Grafana");
    }
  }

  void add(std::string what) { found_.push_back(std::move(what)); }

  std::set<int> ids_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> grafana_problems(const Json& dashboard) {
  return GrafanaProblems().look(dashboard);
}

}  // namespace litewatch

#include <string>

#include "catch.h"
#include "dashboards/check_dashboards.h"
#include "dashboards/compile.h"
#include "dashboards/grafana_json.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

using Json = nlohmann::ordered_json;

DashboardSet small_set() {
  PanelQuery query;
  query.expr = "max by (app) (sqlite_up)";
  query.legend = "{{app}}";
  Panel panel;
  panel.title = "Up";
  panel.description = "Up.";
  panel.unit = "none";
  panel.queries.push_back(query);
  DashboardRow row;
  row.title = "State";
  row.panels = {panel, panel};
  Dashboard dashboard;
  dashboard.path = "dashboards/test.yml";
  dashboard.name = "test";
  dashboard.uid = "litewatch-test";
  dashboard.title = "Test";
  dashboard.rows.push_back(row);
  DashboardSet set;
  set.dashboards.push_back(dashboard);
  return set;
}

Json compiled() {
  const DashboardSet set = small_set();
  return compile_dashboard(set.dashboards[0], set, Vocabulary());
}

std::string found(const TempDir& root) {
  Findings findings;
  check_built(root.path(), small_set(), Vocabulary(), findings);
  std::string text;
  for (const Finding& finding : findings) {
    text +=
        finding.place.file + ":" + std::to_string(finding.place.line) + ": " + finding.what + "\n";
  }
  return text;
}

TEST_CASE("check of what is built: the committed text is the compiled one -> nothing") {
  const TempDir root;
  root.write("dashboards/grafana/test.json", dashboard_text(compiled()));
  CHECK(found(root) == "");
}

TEST_CASE("check of what is built: absent, changed by hand, left over -> found") {
  const TempDir root;
  CHECK(found(root) == "dashboards/grafana/test.json:1: it is not built yet\n");
  std::string text = dashboard_text(compiled());
  text.replace(text.find("\n  \"") + 4, 1, "X");
  root.write("dashboards/grafana/test.json", text);
  CHECK(found(root) == "dashboards/grafana/test.json:2: it is not what its source compiles to\n");
  root.write("dashboards/grafana/test.json", dashboard_text(compiled()));
  root.write("dashboards/grafana/old.json", "{}");
  CHECK(found(root) == "dashboards/grafana/old.json:1: no source compiles to it\n");
}

/// The problems of the compiled dashboard after a change.
template <class Change>
std::vector<std::string> after(Change change) {
  Json json = compiled();
  change(json);
  return grafana_problems(json);
}

/// The first panel with queries.
Json& panel_of(Json& dashboard, std::size_t skip = 0) {
  for (Json& panel : dashboard["panels"]) {
    if (panel["type"] != "row" && skip-- == 0) return panel;
  }
  return dashboard["panels"][0];
}

TEST_CASE("Grafana's JSON: as it is compiled -> no problem") {
  CHECK(grafana_problems(compiled()).empty());
}

TEST_CASE("Grafana's JSON: what Grafana refuses or mixes up -> a problem") {
  using Problems = std::vector<std::string>;
  CHECK(after([](Json& json) { json["__inputs"] = Json::array(); }) ==
        Problems{"__inputs are for grafana.com alone"});
  CHECK(after([](Json& json) { json["id"] = 7; }) == Problems{"the id is of one Grafana"});
  CHECK(after([](Json& json) { json["schemaVersion"] = 43; }) ==
        Problems{"schemaVersion 43 is not one of 39 to 42"});
  CHECK(after([](Json& json) { json["uid"] = ""; }) == Problems{"there is no uid"});
  CHECK(after([](Json& json) { panel_of(json)["type"] = "graph"; }) ==
        Problems{"panel \"Up\" is of type \"graph\", which not every Grafana has"});
  CHECK(after([](Json& json) { panel_of(json)["id"] = panel_of(json, 1)["id"]; }) ==
        Problems{"panel \"Up\" has the id of another"});
  CHECK(after([](Json& json) { panel_of(json)["gridPos"]["w"] = 25; }).at(0) ==
        "panel \"Up\" lies outside the grid");
  CHECK(after([](Json& json) { panel_of(json, 1)["gridPos"] = panel_of(json)["gridPos"]; }) ==
        Problems{"panel \"Up\" lies over \"Up\""});
  CHECK(after([](Json& json) { panel_of(json)["targets"] = Json::array(); }) ==
        Problems{"panel \"Up\" has no query"});
  CHECK(after([](Json& json) { panel_of(json).erase("datasource"); }) ==
        Problems{"panel \"Up\" has no datasource"});
  CHECK(after([](Json& json) { panel_of(json)["targets"][0].erase("datasource"); }) ==
        Problems{"panel \"Up\" has a query without a datasource"});
  CHECK(after([](Json& json) { panel_of(json)["datasource"] = "Prometheus"; }) ==
        Problems{"a datasource is not written as type and uid"});
  CHECK(after([](Json& json) { panel_of(json)["targets"][0]["datasource"]["uid"] = "P1809F"; }) ==
        Problems{"datasource \"P1809F\" is of one Grafana"});
  CHECK(after([](Json& json) { json["description"] = std::string(210 * 1024, 'x'); }).size() == 1);
}

}  // namespace
}  // namespace litewatch

#include <nlohmann/json.hpp>

#include "catch.h"
#include "config/yaml_tree.h"
#include "dashboards/compile.h"
#include "dashboards/load.h"
#include "deliver/deliver.h"

using namespace litewatch;
using Json = nlohmann::ordered_json;

namespace {

DashboardSet set_with(const std::string& description) {
  DashboardSet set;
  set.variables = {{"app", "App", "label_values(sqlite_up, app)", ".*", 1}};
  const auto dashboard = parse_dashboard(
      "uid: litewatch-sqlite\ntitle: SQLite\nvariables: [app]\nrows:\n"
      "  - title: State\n"
      "    collapsed: true\n"
      "    panels:\n"
      "      - title: Up\n"
      "        type: stat\n"
      "        description: " +
          description +
          "\n"
          "        queries: [{expr: sqlite_up, legend: '{{app}}'}]\n"
          "        links: [{title: Here, dashboard: sqlite}, {title: Do, runbook: "
          "SqliteFileMissing}]\n",
      "dashboards/sqlite.yml");
  INFO((dashboard ? "" : dashboard.error().what));
  REQUIRE(dashboard);
  set.dashboards = {*dashboard};
  return set;
}

const YamlNode& child(const YamlNode& node, std::string_view key) {
  for (const YamlNode& entry : node.children) {
    if (entry.key == key) return entry;
  }
  FAIL("no " << key);
  return node;
}

YamlNode yaml(const std::string& text) {
  const auto node = parse_yaml(text, "delivery");
  INFO((node ? "" : node.error().what));
  REQUIRE(node);
  return *node;
}

std::string compiled(const DashboardSet& set, const DashboardLinks& links = {}) {
  return compile_dashboard(set.dashboards[0], set, Vocabulary(), links).dump();
}

}  // namespace

TEST_CASE("config maps: a dashboard -> the sidecar's label and folder, and the same JSON") {
  const DashboardSet set = set_with("\"Größe: 'a' # b\"");
  DeliveryOptions options;
  options.folder = "SQLite apps";
  options.labels = {{"release", "prometheus"}, {"tier", "1"}};
  options.runbooks_url = "https://r";
  const auto maps = config_maps(set, Vocabulary(), options);
  REQUIRE(maps);
  REQUIRE(maps->size() == 1);
  const YamlNode map = yaml(maps->at("config-maps/litewatch-sqlite.yaml"));
  CHECK(child(map, "kind").text == "ConfigMap");
  const YamlNode& metadata = child(map, "metadata");
  CHECK(child(metadata, "name").text == "dashboard-litewatch-sqlite");
  const YamlNode& labels = child(metadata, "labels");
  CHECK(child(labels, "release").text == "prometheus");
  for (const char* label : {"grafana_dashboard", "tier"}) {
    CHECK((child(labels, label).text == "1" && child(labels, label).quoted));
  }
  CHECK(child(child(metadata, "annotations"), "grafana_folder").text == "SQLite apps");
  const std::string& json = child(child(map, "data"), "litewatch-sqlite.json").text;
  CHECK(Json::parse(json).dump() == compiled(set, {"https://r/"}));
}

TEST_CASE("config maps: a dashboard over 200 KiB -> an error that names it") {
  const DashboardSet set = set_with(std::string(210 << 10, 'a'));
  const auto maps = config_maps(set, Vocabulary(), {});
  REQUIRE_FALSE(maps);
  CHECK(maps.error().path == "dashboards/sqlite.yml");
  CHECK(maps.error().what.find("204800") != std::string::npos);
}

TEST_CASE("provisioning: provider, data source and files -> what Grafana reads at its start") {
  const DashboardSet set = set_with("D");
  DeliveryOptions options;
  options.prometheus_url = "http://p:1";
  options.scrape_interval_s = 15;
  const auto files = grafana_provisioning(set, Vocabulary(), options);
  REQUIRE(files);
  const YamlNode provider = yaml(files->at("grafana/provisioning/dashboards/litewatch.yaml"));
  const YamlNode& first = child(provider, "providers").children.at(0);
  CHECK(child(first, "allowUiUpdates").text == "false");
  CHECK(child(child(first, "options"), "foldersFromFilesStructure").text == "true");
  const YamlNode sources = yaml(files->at("grafana/provisioning/datasources/litewatch.yaml"));
  const YamlNode& source = child(sources, "datasources").children.at(0);
  CHECK(child(source, "url").text == "http://p:1");
  CHECK(child(child(source, "jsonData"), "timeInterval").text == "15s");
  const std::string& json = files->at("grafana/dashboards/litewatch/litewatch-sqlite.json");
  CHECK(Json::parse(json).dump() == compiled(set));
}

TEST_CASE("grafana.com: one input instead of the data source variable, and what is required") {
  const auto files = grafana_com(set_with("D"), Vocabulary(), {});
  REQUIRE(files);
  const std::string& text = files->at("grafana.com/litewatch-sqlite.json");
  CHECK(text.find("${datasource") == std::string::npos);
  const Json json = Json::parse(text);
  REQUIRE(json["__inputs"].size() == 1);
  CHECK(json["__inputs"][0]["name"] == "DS_PROMETHEUS");
  CHECK(json["templating"]["list"].size() == 1);
  const Json& panel = json["panels"][0]["panels"][0];
  CHECK(panel["datasource"]["uid"] == "${DS_PROMETHEUS}");
  CHECK(panel["targets"][0]["datasource"]["uid"] == "${DS_PROMETHEUS}");
  CHECK(panel["links"][0]["url"] == "/d/litewatch-sqlite?${app:queryparam}&${__url_time_range}");
  std::vector<std::string> required;
  for (const Json& entry : json["__requires"]) required.push_back(entry["id"]);
  CHECK(required == std::vector<std::string>{"grafana", "prometheus", "stat"});
}

TEST_CASE("grafana.com: a type of panel that raw brings in -> an error") {
  DashboardSet set = set_with("D");
  set.dashboards[0].rows[0].panels[0].raw = R"({"type": "graph"})";
  const auto files = grafana_com(set, Vocabulary(), {});
  REQUIRE_FALSE(files);
  CHECK(files.error().what.find("graph") != std::string::npos);
}

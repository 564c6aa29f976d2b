#include <set>

#include "catch.h"
#include "compiling.h"

using namespace litewatch;
using Json = nlohmann::ordered_json;

namespace {

const std::string kQuery = "queries: [{expr: sqlite_up}]";

std::string small(const std::string& title, int width, int height) {
  return "{title: " + title + ", width: " + std::to_string(width) +
         ", height: " + std::to_string(height) + ", " + kQuery + "}";
}

/// "x,y" of the panels by title, nested ones included.
std::map<std::string, std::string> places(const Json& panels) {
  std::map<std::string, std::string> found;
  for (const Json& panel : panels) {
    const Json& place = panel["gridPos"];
    found[panel["title"]] = place["x"].dump() + "," + place["y"].dump();
    if (panel.contains("panels")) found.merge(places(panel["panels"]));
  }
  return found;
}

}  // namespace

TEST_CASE("compile: a dashboard -> what Grafana takes by file, without an id") {
  const Json json = compiled(with_panel("{title: P, " + kQuery + "}"));
  CHECK(json["schemaVersion"] == 39);
  CHECK(json["uid"] == "litewatch-sqlite");
  CHECK(json["editable"] == false);
  CHECK(json["time"]["from"] == "now-6h");
  CHECK(json["refresh"] == "30s");
  CHECK_FALSE(json.contains("id"));
  CHECK_FALSE(json.contains("__inputs"));
  CHECK(json["links"][0]["tags"] == Json::array({"litewatch"}));
  CHECK((json["links"][0]["includeVars"] == true && json["links"][0]["keepTime"] == true));
  const std::string text = dashboard_text(json);
  CHECK(text.starts_with("{\n  \"annotations\""));
  CHECK(text.ends_with("}\n"));
  CHECK(dashboard_text(compiled(with_panel("{title: P, " + kQuery + "}"))) == text);
}

TEST_CASE("compile: panels -> laid out from left to right, wrapping, below the tallest") {
  const Json json = compiled(with_rows(
      "[{title: One, panels: [" + small("a", 12, 4) + ", " + small("b", 8, 9) + ", " +
      small("c", 6, 2) + "]}, {title: Two, height: 5, panels: [{title: d, " + kQuery + "}]}]"));
  const auto found = places(json["panels"]);
  CHECK(found.at("One") == "0,0");
  CHECK(found.at("a") == "0,1");
  CHECK(found.at("b") == "12,1");
  CHECK(found.at("c") == "0,10");
  CHECK(found.at("Two") == "0,12");
  CHECK(found.at("d") == "0,13");
  CHECK(json["panels"].back()["gridPos"]["h"] == 5);
}

TEST_CASE("compile: a collapsed row -> holds its panels, and the next row follows at once") {
  const Json json = compiled(with_rows("[{title: One, collapsed: true, panels: [" +
                                       small("a", 12, 4) + "]}, {title: Two, panels: []}]"));
  REQUIRE(json["panels"].size() == 2);
  CHECK(json["panels"][0]["panels"].size() == 1);
  const auto found = places(json["panels"]);
  CHECK(found.at("a") == "0,1");
  CHECK(found.at("Two") == "0,1");
}

TEST_CASE("compile: ids -> unique, and the same when a panel is put before") {
  const std::string a = small("a", 6, 4);
  const Json before = compiled(with_rows("[{title: R, panels: [" + a + "]}]"))["panels"];
  const Json after = compiled(with_rows("[{title: R, panels: [" + small("b", 6, 4) + ", " + a +
                                        ", " + a + "]}]"))["panels"];
  CHECK(before[1]["id"] == after[2]["id"]);
  std::set<int> ids;
  for (const Json& panel : after) ids.insert(panel["id"].get<int>());
  CHECK(ids.size() == after.size());
}

TEST_CASE("compile: every query -> scoped, with the data source of the dashboard") {
  const Json panel = compiled_panel("{title: P, queries: [{expr: sqlite_up, legend: '{{db}}'}]}");
  const Json source = {{"type", "prometheus"}, {"uid", "${datasource}"}};
  CHECK(panel["datasource"] == source);
  const Json& target = panel["targets"][0];
  CHECK(target["datasource"] == source);
  CHECK(target["expr"] == R"(sqlite_up{job=~"$job", app=~"$app", db=~"$db"})");
  CHECK(target["legendFormat"] == "{{db}}");
  CHECK(target["refId"] == "A");
  CHECK((target["range"] == true && target["instant"] == false));
  CHECK(compiled_panel("{title: P, type: stat, " + kQuery + "}")["targets"][0]["instant"] == true);
  const Json heatmap = compiled_panel("{title: P, type: heatmap, unit: s, " + kQuery + "}");
  CHECK(heatmap["targets"][0]["format"] == "heatmap");
  CHECK(heatmap["options"]["yAxis"]["unit"] == "s");
}

TEST_CASE("compile: variables -> data source first, each offering what goes with those before") {
  const Json list = compiled(with_rows("[]"))["templating"]["list"];
  REQUIRE(list.size() == 4);
  CHECK((list[0]["name"] == "datasource" && list[0]["label"] == "Data source"));
  CHECK((list[0]["type"] == "datasource" && list[0]["query"] == "prometheus"));
  CHECK((list[1]["name"] == "job" && list[1]["allValue"] == ".+" && list[1]["refresh"] == 2));
  CHECK((list[1]["multi"] == true && list[1]["includeAll"] == true));
  CHECK(list[1]["definition"] == "label_values(litewatch_build_info, job)");
  CHECK(list[2]["allValue"] == ".*");
  CHECK(list[2]["query"]["query"] == R"(label_values(sqlite_up{job=~"$job"}, app))");
  CHECK(list[3]["label"] == "db");
  CHECK(list[3]["query"]["query"] == R"(label_values(sqlite_up{job=~"$job", app=~"$app"}, db))");
}

TEST_CASE("compile: annotations -> those that are there") {
  const Json list = compiled(with_rows("[]"))["annotations"]["list"];
  REQUIRE(list.size() == 1);
  CHECK(list[0]["name"] == "Firing alerts");
  CHECK(list[0]["expr"] == R"(ALERTS{app=~"$app"})");
  CHECK(list[0]["textFormat"] == "{{app}}");
  CHECK(list[0]["datasource"]["uid"] == "${datasource}");
}

TEST_CASE("compile: links -> to dashboards with what was clicked at or chosen, and to runbooks") {
  const std::string links =
      "links: [{title: A, dashboard: app, with: [app]}, {title: B, dashboard: app}, "
      "{title: C, runbook: AppDown}]";
  const Json panel = compiled_panel("{title: P, " + kQuery + ", " + links + "}", {"https://r/"});
  const Json& on_values = panel["fieldConfig"]["defaults"]["links"];
  REQUIRE(on_values.size() == 1);
  CHECK(on_values[0]["url"] ==
        "/d/litewatch-app?${datasource:queryparam}&var-app=${__field.labels.app}"
        "&${job:queryparam}&${__url_time_range}");
  REQUIRE(panel["links"].size() == 2);
  CHECK(panel["links"][0]["url"] ==
        "/d/litewatch-app?${datasource:queryparam}&${job:queryparam}&${app:queryparam}"
        "&${__url_time_range}");
  CHECK(panel["links"][1]["url"] == "https://r/AppDown.md");
}

TEST_CASE("compile: raw -> merged at last") {
  const Json panel = compiled_panel(
      "{title: P, raw: '{\"options\": {\"legend\": {\"placement\": \"right\"}}, \"links\": "
      "null}', " +
      kQuery + "}");
  CHECK(panel["options"]["legend"]["placement"] == "right");
  CHECK(panel["options"]["tooltip"]["mode"] == "multi");
  CHECK_FALSE(panel.contains("links"));
}

TEST_CASE("compile: a text -> Markdown, and no data source") {
  const Json panel = compiled_panel("{title: \"\", type: text, text: '# A'}");
  CHECK(panel["options"]["content"] == "# A");
  CHECK_FALSE(panel.contains("targets"));
  CHECK_FALSE(panel.contains("datasource"));
}

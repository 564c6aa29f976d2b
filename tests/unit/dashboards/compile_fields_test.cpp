#include <map>

#include "catch.h"
#include "compiling.h"

using namespace litewatch;
using Json = nlohmann::ordered_json;

namespace {

/// The properties of the override for a query or a column, by their ids.
std::map<std::string, Json> properties(const Json& panel, const std::string& of) {
  std::map<std::string, Json> found;
  for (const Json& override : panel["fieldConfig"]["overrides"]) {
    if (override["matcher"]["options"] != of) continue;
    for (const Json& property : override["properties"]) found[property["id"]] = property["value"];
  }
  return found;
}

const char* const kTable =
    "{title: T, type: table, key: [app, db], sort: WAL, unit: short, queries: ["
    "{column: WAL, expr: 'max by (cluster, app, db) (sqlite_wal_live_bytes)', unit: bytes},"
    "{column: Up, expr: sqlite_up, decimals: 0, values: [{value: 0, text: down, color: red}], "
    "link: {title: Open, dashboard: app, with: [app]}},"
    "{column: Share, expr: 'max by (app, db) (sqlite_up)', "
    "thresholds: [{from: 0, color: green}, {from: 0.8, color: red}]}]}";

}  // namespace

TEST_CASE("fields: unit, range, decimals, empty -> defaults") {
  const Json panel = compiled_panel(
      "{title: P, unit: bytes, min: 0, max: 2.5, decimals: 1, empty: None., stack: true, "
      "queries: [{expr: sqlite_up}]}");
  const Json& defaults = panel["fieldConfig"]["defaults"];
  CHECK(defaults["unit"] == "bytes");
  CHECK(defaults["min"].dump() == "0");
  CHECK(defaults["max"].dump() == "2.5");
  CHECK(defaults["decimals"] == 1);
  CHECK(defaults["noValue"] == "None.");
  CHECK(defaults["custom"]["stacking"]["mode"] == "normal");
  CHECK(defaults["color"]["mode"] == "palette-classic");
}

TEST_CASE("fields: thresholds -> the first reaches down to minus infinity") {
  const auto steps = [](const std::string& thresholds) {
    const Json panel = compiled_panel("{title: P, type: stat, thresholds: [" + thresholds +
                                      "], queries: [{expr: sqlite_up}]}");
    return panel["fieldConfig"]["defaults"]["thresholds"]["steps"].dump();
  };
  CHECK(steps("{from: 0, color: green}, {from: 0.8, color: red}") ==
        R"([{"color":"green","value":null},{"color":"red","value":0.8}])");
  CHECK(steps("{from: 1, color: red}") ==
        R"([{"color":"text","value":null},{"color":"red","value":1}])");
}

TEST_CASE("fields: values -> mappings, and colours behind a stat") {
  const Json panel = compiled_panel(
      "{title: P, type: stat, values: [{value: 0, text: down, color: red}, {value: 0.5, text: half}"
      "], queries: [{expr: sqlite_up}]}");
  const Json& mapping = panel["fieldConfig"]["defaults"]["mappings"][0];
  CHECK(mapping["type"] == "value");
  CHECK(mapping["options"]["0"].dump() == R"({"color":"red","index":0,"text":"down"})");
  CHECK(mapping["options"]["0.5"].dump() == R"({"index":1,"text":"half"})");
  CHECK(panel["options"]["colorMode"] == "background");
  const Json plain = compiled_panel("{title: P, type: stat, queries: [{expr: sqlite_up}]}");
  CHECK(plain["options"]["colorMode"] == "value");
}

TEST_CASE("fields: a limit -> a dashed red line that is not stacked; right -> an axis") {
  const Json panel = compiled_panel(
      "{title: P, stack: true, queries: [{expr: sqlite_up}, {expr: sqlite_up, limit: true}, "
      "{expr: sqlite_up, right: true, unit: s}]}");
  CHECK(panel["fieldConfig"]["overrides"].size() == 2);
  CHECK(panel["fieldConfig"]["overrides"][0]["matcher"]["id"] == "byFrameRefID");
  auto limit = properties(panel, "B");
  CHECK(limit["custom.lineStyle"]["fill"] == "dash");
  CHECK(limit["color"]["fixedColor"] == "red");
  CHECK(limit["custom.fillOpacity"] == 0);
  CHECK(limit["custom.stacking"]["mode"] == "none");
  auto right = properties(panel, "C");
  CHECK(right["custom.axisPlacement"] == "right");
  CHECK(right["unit"] == "s");
}

TEST_CASE("table: queries -> joined columns in order, only the key beside them") {
  const Json panel = compiled_panel(kTable);
  for (const Json& target : panel["targets"]) {
    CHECK((target["format"] == "table" && target["instant"] == true));
  }
  REQUIRE(panel["transformations"].size() == 2);
  CHECK(panel["transformations"][0]["id"] == "merge");
  const Json& organize = panel["transformations"][1]["options"];
  CHECK(organize["renameByName"].dump() ==
        R"({"Value #A":"WAL","Value #B":"Up","Value #C":"Share"})");
  CHECK(organize["indexByName"].dump() ==
        R"({"app":0,"db":1,"Value #A":2,"Value #B":3,"Value #C":4})");
  for (const char* hidden : {"Time", "__name__", "cluster", "instance", "job"}) {
    CHECK(organize["excludeByName"][hidden] == true);
  }
  CHECK_FALSE(organize["excludeByName"].contains("app"));
  CHECK(panel["options"]["sortBy"][0].dump() == R"({"desc":true,"displayName":"WAL"})");
}

TEST_CASE("table: columns -> units, colours and links of their own") {
  const Json panel = compiled_panel(kTable);
  CHECK(panel["fieldConfig"]["overrides"][0]["matcher"]["id"] == "byName");
  CHECK(properties(panel, "WAL")["unit"] == "bytes");
  CHECK(properties(panel, "WAL").count("custom.cellOptions") == 0);
  auto up = properties(panel, "Up");
  CHECK(up["decimals"] == 0);
  CHECK(up["custom.cellOptions"]["type"] == "color-background");
  CHECK(up["mappings"][0]["options"]["0"]["text"] == "down");
  CHECK(up["links"][0]["url"].get<std::string>().find("var-app=${__data.fields.app}") !=
        std::string::npos);
  CHECK(properties(panel, "Share")["thresholds"]["steps"][1]["value"] == 0.8);
}

TEST_CASE("table: one column -> Grafana calls its values just Value") {
  const Json panel = compiled_panel(
      "{title: T, type: table, key: [app], thresholds: [{from: 1, color: red}], "
      "queries: [{column: Up, expr: 'max by (app) (sqlite_up)'}]}");
  CHECK(panel["transformations"][1]["options"]["renameByName"].dump() == R"({"Value":"Up"})");
  CHECK(properties(panel, "Up")["thresholds"]["steps"].size() == 2);
  CHECK(panel["fieldConfig"]["defaults"]["thresholds"]["steps"].size() == 1);
}

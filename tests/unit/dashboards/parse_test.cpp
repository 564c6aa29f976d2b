#include "catch.h"
#include "compiling.h"
#include "support/temp_dir.h"

using namespace litewatch;

namespace {

void check_fault(const std::string& yaml, const std::string& words) {
  const std::string fault = fault_of(yaml);
  INFO(fault);
  CHECK(fault.find(words) != std::string::npos);
}

const std::string kQuery = "queries: [{expr: sqlite_up}]";

}  // namespace

TEST_CASE("dashboard source: everything given -> everything read") {
  const auto dashboard = parse_dashboard(
      "uid: litewatch-sqlite\n"
      "title: litewatch / SQLite\n"
      "description: |\n"
      "  What it shows.\n"
      "tags: [litewatch, sqlite]\n"
      "from: now-1h\n"
      "refresh: 1m\n"
      "variables: [app, db]\n"
      "annotations: [alerts]\n"
      "rows:\n"
      "  - title: State\n"
      "    collapsed: true\n"
      "    height: 4\n"
      "    panels:\n"
      "      - title: WAL\n"
      "        width: 8\n"
      "        height: 7\n"
      "        description: |\n"
      "          Two lines\n"
      "          of text.\n"
      "        empty: None.\n"
      "        needs: oom_kill\n"
      "        unit: bytes\n"
      "        min: 0\n"
      "        max: 1.5\n"
      "        decimals: 2\n"
      "        stack: true\n"
      "        queries:\n"
      "          - expr: sqlite_wal_live_bytes\n"
      "            legend: \"{{db}}\"\n"
      "          - {expr: sqlite_wal_limit_bytes, limit: true, right: true, unit: s}\n"
      "        links: [{title: T, dashboard: app, with: [app]}]\n",
      "dashboards/sqlite.yml");
  INFO((dashboard ? "" : dashboard.error().what));
  REQUIRE(dashboard);
  CHECK(dashboard->name == "sqlite");
  CHECK(dashboard->description == "What it shows.");
  CHECK(dashboard->tags == std::vector<std::string>{"litewatch", "sqlite"});
  CHECK(dashboard->from == "now-1h");
  const DashboardRow& row = dashboard->rows.at(0);
  CHECK((row.collapsed && row.height == 4 && row.line == 11));
  const Panel& panel = row.panels.at(0);
  CHECK(panel.type == PanelType::kTimeseries);
  CHECK((panel.width == 8 && panel.height == 7 && panel.line == 15));
  CHECK(panel.description == "Two lines\nof text.");
  CHECK((panel.empty == "None." && panel.needs == "oom_kill" && panel.unit == "bytes"));
  CHECK((panel.min == 0.0 && panel.max == 1.5 && panel.decimals == 2 && panel.stack));
  CHECK(panel.queries.at(0).legend == "{{db}}");
  CHECK(panel.queries.at(0).line == 29);
  CHECK((panel.queries.at(1).is_limit && panel.queries.at(1).right));
  CHECK(panel.links.at(0).with == std::vector<std::string>{"app"});
}

TEST_CASE("dashboard source: a query in a block -> its line is that of the query") {
  const auto dashboard = parse_dashboard(
      "uid: a\ntitle: T\nrows:\n  - title: R\n    panels:\n      - title: P\n        queries:\n"
      "          - legend: a\n            expr: |\n              sqlite_up\n",
      "a.yml");
  REQUIRE(dashboard);
  const PanelQuery& query = dashboard->rows.at(0).panels.at(0).queries.at(0);
  CHECK(query.line == 10);
  CHECK(query.expr == "sqlite_up");
}

TEST_CASE("dashboard source: wrong keys and values -> each with its line and what is expected") {
  check_fault("title: T\nrows: []\n", "uid: expected a short name");
  check_fault("uid: a b\ntitle: T\nrows: []\n", "small letters, digits");
  check_fault("uid: " + std::string(41, 'a') + "\ntitle: T\nrows: []\n", "at most 40");
  check_fault("uid: a\ntitle: T\n", "rows: expected");
  check_fault("uid: a\ntitle: T\nrows: []\nvariable: [app]\n", "did you mean variables?");
  check_fault(with_panel("{title: P, type: graph, " + kQuery + "}"), "one of stat, timeseries");
  check_fault(with_panel("{title: P, widht: 3, " + kQuery + "}"), "did you mean width?");
  check_fault(with_panel("{title: P, width: 25, " + kQuery + "}"), "from 1 to 24");
  check_fault(with_panel("{title: P}"), "at least one query");
  check_fault(with_panel("{title: P, queries: [{legend: a}]}"), "expr: expected a query");
  check_fault(with_panel("{title: P, raw: '[1]', " + kQuery + "}"), "a JSON object");
  check_fault(with_panel("{title: P, links: [{title: T}], " + kQuery + "}"), "got neither");
  check_fault(
      with_panel("{title: P, links: [{title: T, dashboard: a, runbook: B}], " + kQuery + "}"),
      "got both");
  CHECK(fault_of(with_panel("{title: P, height: 0, " + kQuery + "}")).find("sqlite.yml:6:") !=
        std::string::npos);
}

TEST_CASE("dashboard source: thresholds that do not rise -> an error") {
  check_fault(
      with_panel("{title: P, thresholds: [{from: 1, color: red}, {from: 1, color: blue}], " +
                 kQuery + "}"),
      "from low to high");
  check_fault(with_panel("{title: P, thresholds: [{color: red}], " + kQuery + "}"), "from:");
}

TEST_CASE("dashboard source: what a type of panel does not have -> an error") {
  check_fault(with_panel("{type: text, text: A, " + kQuery + "}"), "no queries in a text");
  check_fault(with_panel("{type: text}"), "text: expected Markdown");
  check_fault(with_panel("{title: P, text: A, " + kQuery + "}"), "only in a panel of type text");
  check_fault(with_panel("{title: P, key: [app], " + kQuery + "}"), "a key only in a table");
  check_fault(with_panel("{title: P, queries: [{expr: up, column: A}]}"), "a column only in a");
  check_fault(with_panel("{title: P, type: table, queries: [{expr: up, column: A}]}"), "key:");
  check_fault(with_panel("{title: P, type: table, key: [app], " + kQuery + "}"), "column:");
  check_fault(with_panel("{title: P, type: table, key: [app], sort: B, "
                         "queries: [{expr: up, column: A}]}"),
              "the title of a column");
  CHECK(fault_of(with_panel("{title: \"\", type: text, text: A}")).empty());
}

TEST_CASE("common.yml: a name twice -> an error") {
  const auto common = parse_common(
      "variables: [{name: a, query: label_values(a)}, {name: a, query: label_values(a)}]\n", "c");
  REQUIRE_FALSE(common);
  CHECK(common.error().what.find("each name once") != std::string::npos);
}

TEST_CASE("load_dashboards: one file is wrong -> a finding, and the others are read") {
  TempDir dir;
  dir.write("dashboards/common.yml", "variables: [{name: app, query: 'label_values(up, app)'}]\n");
  dir.write("dashboards/waivers.yml", "[]\n");
  dir.write("dashboards/b.yml", "uid: b\ntitle: B\nvariables: [app]\nrows: []\n");
  dir.write("dashboards/a.yml", "uid: a\nrows: []\n");
  dir.write("dashboards/README.md", "# no source\n");
  Findings findings;
  const DashboardSet set = load_dashboards(dir.path(), findings);
  REQUIRE(set.dashboards.size() == 1);
  CHECK(set.dashboards[0].path == "dashboards/b.yml");
  CHECK(set.variables.size() == 1);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].place.file == "dashboards/a.yml");
  CHECK(findings[0].what.find("title") != std::string::npos);
  CHECK(index_of(set).at("b") == std::set<std::string>{"app", "datasource"});
}

TEST_CASE("load_dashboards: no folder -> findings, not silence") {
  TempDir dir;
  Findings findings;
  CHECK(load_dashboards(dir.path(), findings).dashboards.empty());
  CHECK(findings.size() == 2);
}

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "catch.h"
#include "dashboards/compile.h"
#include "dashboards/load.h"

namespace litewatch {

/// The error's text; "" where there is none.
inline std::string fault_of(const std::string& yaml) {
  const auto dashboard = parse_dashboard(yaml, "dashboards/sqlite.yml");
  return dashboard ? "" : dashboard.error().what;
}

/// A dashboard with `rows` in YAML's flow style, e.g. "[{title: A, panels: []}]".
inline std::string with_rows(const std::string& rows) {
  return "uid: litewatch-sqlite\ntitle: SQLite\ntags: [litewatch]\nvariables: [job, app, db]\n"
         "annotations: [alerts, gone]\nrows: " +
         rows + "\n";
}

/// The same with one panel in one row.
inline std::string with_panel(const std::string& panel) {
  return with_rows("[{title: State, panels: [" + panel + "]}]");
}

inline DashboardSet common_set() {
  const auto common = parse_common(
      "variables:\n"
      "  - {name: job, label: Job, query: 'label_values(litewatch_build_info, job)', all: '.+'}\n"
      "  - {name: app, label: App, query: 'label_values(sqlite_up, app)'}\n"
      "  - {name: db, query: 'label_values(sqlite_up, db)'}\n"
      "annotations:\n"
      "  - {name: alerts, title: Firing alerts, expr: 'ALERTS{app=~\"$app\"}', text: '{{app}}'}\n",
      "dashboards/common.yml");
  REQUIRE(common);
  return *common;
}

/// Grafana's JSON of a source that has no faults; other dashboards may be linked to.
inline nlohmann::ordered_json compiled(const std::string& yaml, const DashboardLinks& links = {}) {
  DashboardSet set = common_set();
  const auto dashboard = parse_dashboard(yaml, "dashboards/sqlite.yml");
  INFO((dashboard ? "" : dashboard.error().what));
  REQUIRE(dashboard);
  const auto other = parse_dashboard(
      "uid: litewatch-app\ntitle: App\nvariables: [job, app]\nrows: []\n", "dashboards/app.yml");
  REQUIRE(other);
  set.dashboards = {*other, *dashboard};
  return compile_dashboard(*dashboard, set, Vocabulary(), links);
}

inline nlohmann::ordered_json compiled_panel(const std::string& panel,
                                             const DashboardLinks& links = {}) {
  return compiled(with_panel(panel), links)["panels"][1];
}

}  // namespace litewatch

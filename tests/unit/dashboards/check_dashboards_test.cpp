#include "dashboards/check_dashboards.h"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.h"
#include "dashboards/load.h"

namespace litewatch {
namespace {

constexpr const char* kCommon = R"yaml(variables:
  - {name: cluster, label: Cluster, query: "label_values(sqlite_up, cluster)", all: ".*"}
  - {name: app, label: App, query: "label_values(sqlite_up, app)", all: ".+"}
annotations:
  - name: alerts
    title: Firing alerts
    expr: ALERTS{alertstate="firing", cluster=~"$cluster"}
    text: "{{alertname}}"
    color: red
)yaml";

const std::string kHead = R"(uid: litewatch-test
title: litewatch / Test
description: How are the databases?
tags: [litewatch]
variables: [cluster, app]
annotations: [alerts]
rows:
  - title: State
    panels:
)";

/// A panel of one query that nothing is wrong with, but for `keys`.
std::string panel(const std::string& expr, const std::string& keys = "unit: none",
                  const std::string& legend = "{{app}}") {
  return "      - title: Panel\n"
         "        description: What it shows.\n"
         "        " +
         keys +
         "\n"
         "        queries:\n"
         "          - expr: " +
         expr +
         "\n"
         "            legend: \"" +
         legend + "\"\n";
}

const std::string kUp = "max by (app) (sqlite_up)";

/// A finding as "rule: what"; those of metrics that no dashboard shows are left out.
std::vector<std::string> found_in(const std::vector<std::string>& dashboards,
                                  const std::string& common = kCommon) {
  auto set = parse_common(common, "dashboards/common.yml");
  INFO((set ? "" : set.error().what));
  REQUIRE(set);
  for (const std::string& text : dashboards) {
    const auto dashboard = parse_dashboard(text, "dashboards/test.yml");
    INFO((dashboard ? "" : dashboard.error().what));
    REQUIRE(dashboard);
    set->dashboards.push_back(*dashboard);
  }
  Findings findings;
  check_dashboards(*set, Vocabulary(), {{"SqliteUnreadable"}, {}}, findings);
  std::vector<std::string> texts;
  for (const Finding& finding : findings) {
    if (finding.rule != "dashboard/usage") texts.push_back(finding.rule + ": " + finding.what);
  }
  return texts;
}

/// The one finding in a dashboard of these panels; "" where there is none, all where more.
std::string found(const std::string& panels, const std::string& common = kCommon) {
  std::string all;
  for (const std::string& text : found_in({kHead + panels}, common)) {
    all += (all.empty() ? "" : "\n") + text;
  }
  return all;
}

bool starts(const std::string& text, const std::string& with) {
  UNSCOPED_INFO(text);
  return text.starts_with(with) && text.find('\n') == std::string::npos;
}

bool has(const std::string& text, const std::string& part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE("check of dashboards: a well one -> nothing is found") { CHECK(found(panel(kUp)) == ""); }

TEST_CASE("check of queries: metrics, labels, habits, syntax -> as in rules") {
  CHECK(has(found(panel("max by (app) (sqlite_upp)")), "promql/metric: "));
  CHECK(starts(found(panel("max by (app, target) (sqlite_up)")), "promql/label: "));
  CHECK(starts(found(panel("max by (app) (sqlite_read_errors_total)")), "promql/counter: "));
  CHECK(has(found(panel("max by (app (sqlite_up)")), "promql/syntax: "));
  CHECK(starts(found(panel("sqlite_up[5m]")), "dashboard/query: the result is a range vector"));
}

TEST_CASE("check of queries: a legend's label that aggregation took away -> found") {
  CHECK(starts(found(panel(kUp, "unit: none", "{{app}} {{ db }}")),
               "dashboard/legend: the legend asks for label \"db\""));
}

TEST_CASE("check of queries: a rate over time with a range of its own -> found") {
  const std::string errors = "sum by (app) (rate(sqlite_read_errors_total[";
  CHECK(found(panel(errors + "$__rate_interval]))", "unit: ops")) == "");
  CHECK(starts(found(panel(errors + "5m]))", "unit: ops")), "dashboard/range: "));
  CHECK(starts(found(panel("sum by (app) (increase(sqlite_read_errors_total[$__range]))")),
               "dashboard/range: "));
  CHECK(found(panel("sum by (app) (increase(sqlite_read_errors_total[1d]))")) == "");
}

TEST_CASE("check of queries: a table whose columns lack a label of the key -> found") {
  const auto table = [](const std::string& expr) {
    return "      - title: Table\n        type: table\n        description: It.\n"
           "        key: [app, db]\n        queries:\n"
           "          - {column: up, expr: " +
           expr + ", unit: none}\n";
  };
  CHECK(found(table("\"min by (app, db) (sqlite_up)\"")) == "");
  CHECK(starts(found(table("min by (app) (sqlite_up)")),
               "dashboard/key: column \"up\" has no label \"db\""));
}

TEST_CASE("check of queries: variables and annotations -> as any query") {
  std::string common = kCommon;
  common.replace(common.find("sqlite_up, app"), 14, "sqlite_db, app");
  CHECK(starts(found(panel(kUp), common), "promql/metric: "));
  common = kCommon;
  common.replace(common.find("sqlite_up, app"), 14, "sqlite_up, db)");
  CHECK(found(panel(kUp), common).find("dashboard/variable: ") != std::string::npos);
  common = kCommon;
  common.replace(common.find("label_values(sqlite_up, app)"), 28, "query_result(sqlite_up)");
  CHECK(starts(found(panel(kUp), common), "dashboard/variable: its query is not"));
  common = kCommon;
  common.replace(common.find("ALERTS{"), 7, "up{    ");
  common.replace(common.find("alertstate=\"firing\","), 20, std::string(20, ' '));
  CHECK(found(panel(kUp), common).find("dashboard/legend: the text asks for") != std::string::npos);
}

TEST_CASE("check of links: what they lead to and go on with -> is there") {
  const auto links = [](const std::string& link) {
    return panel(kUp, "unit: none\n        links: [{title: Go, " + link + "}]");
  };
  CHECK(found(links("runbook: SqliteUnreadable")) == "");
  CHECK(starts(found(links("runbook: SqliteUnreadible")), "dashboard/link: link \"Go\" leads to"));
  CHECK(found(links("dashboard: test, with: [app]")) == "");
  CHECK(starts(found(links("dashboard: tests")), "dashboard/link: link \"Go\" leads to"));
  CHECK(starts(found(links("dashboard: test, with: [cluster]")),
               "dashboard/link: link \"Go\" goes on with label \"cluster\""));
  CHECK(found(links("dashboard: test, with: [db]")).find("is no variable of test") !=
        std::string::npos);
}

TEST_CASE("check of structure: names that are there twice -> found") {
  CHECK(starts(found(panel(kUp) + panel(kUp)), "dashboard/identity: panel title \"Panel\""));
  const auto twice = found_in({kHead + panel(kUp), kHead + panel(kUp)});
  REQUIRE(twice.size() == 2);
  CHECK(starts(twice[0], "dashboard/identity: uid \"litewatch-test\""));
  CHECK(starts(twice[1], "dashboard/identity: title \"litewatch / Test\""));
}

TEST_CASE("check of structure: a panel that may be empty and does not say why -> found") {
  const std::string wal = "max by (app) (sqlite_wal_live_bytes)";
  const std::string rule = "dashboard/empty: ";
  CHECK(starts(found(panel(wal, "unit: bytes")), rule));
  CHECK(found(panel(wal, "unit: bytes\n        empty: No database is in WAL mode.")) == "");
  CHECK(starts(found(panel("max by (app) (sqlite_up == 0)")), rule));
  CHECK(starts(found(panel(kUp, "unit: none\n        needs: oom_kill")), rule));
  CHECK(found(panel("count(sqlite_up == 0) or vector(0)", "unit: none", "down")) == "");
}

TEST_CASE("check of structure: no description -> found") {
  std::string text = panel(kUp);
  const std::string description = "        description: What it shows.\n";
  text.erase(text.find(description), description.size());
  CHECK(starts(found(text), "dashboard/description: "));
}

TEST_CASE("check of structure: too many panels -> found") {
  std::string many;
  for (int i = 0; i < 31; ++i) {
    std::string one = panel(kUp);
    many += one.replace(one.find("Panel"), 5, "Panel " + std::to_string(i));
  }
  CHECK(starts(found(many), "dashboard/size: 31 panels"));
}

TEST_CASE("check of variables: undefined and unused ones -> found") {
  CHECK(found(panel("max by (app) (sqlite_up{db=~\"$db\"})"))
            .find("dashboard/variable: $db is no variable of the dashboard") != std::string::npos);
  const auto unused = found_in({kHead + panel("max(up{job=\"x\"})", "unit: none", "up")});
  REQUIRE(unused.size() == 1);
  CHECK(starts(unused[0], "dashboard/variable: variable \"app\" changes no panel"));
  std::string head = kHead;
  head.replace(head.find("[cluster, app]"), 14, "[cluster, db]");
  const auto undefined = found_in({head + panel(kUp)});
  CHECK(std::ranges::count_if(undefined, [](const std::string& text) {
          return text.find("\"db\" is not in dashboards/common.yml") != std::string::npos ||
                 text.find("no dashboard uses it") != std::string::npos;
        }) == 2);
}

TEST_CASE("check of scope: a selector that the variables cannot narrow -> found") {
  CHECK(starts(found(panel("count(ALERTS) or vector(0)", "unit: none", "alerts") +
                     panel(kUp).replace(15, 5, "Other")),
               "dashboard/scope: ALERTS is not narrowed by variable \"cluster\""));
  CHECK(has(found(panel("max by (app) (sqlite_up{app!=\"\"})")),
            "dashboard/scope: sqlite_up is not narrowed by variable \"app\""));
  CHECK(found(panel("max by (app) (sqlite_up{app!=\"\", app=~\"$app\"})")) == "");
  CHECK(found(panel("max by (app) (sqlite_up{app=\"shop\"}) or max by (app) (sqlite_up)")) == "");
}

TEST_CASE("check of scope: All that hides series without the label -> found") {
  std::string common = kCommon;
  common.replace(common.find(".*"), 2, ".+");
  CHECK(starts(found(panel(kUp), common), "dashboard/scope: \"All\" is \".+\""));
}

TEST_CASE("check of usage: a stable metric that nobody shows -> found, once shown not") {
  auto set = parse_common(kCommon, "dashboards/common.yml");
  const auto dashboard = parse_dashboard(kHead + panel(kUp), "dashboards/test.yml");
  REQUIRE((set && dashboard));
  set->dashboards.push_back(*dashboard);
  Findings findings;
  check_dashboards(*set, Vocabulary(), {{}, {"probe_all_duration_seconds_bucket"}}, findings);
  const auto is_found = [&](const std::string& metric) {
    return std::ranges::any_of(findings, [&](const Finding& finding) {
      return finding.rule == "dashboard/usage" && finding.subject == metric;
    });
  };
  CHECK_FALSE(is_found("sqlite_up"));
  CHECK_FALSE(is_found("probe_all_duration_seconds"));
  CHECK(is_found("sqlite_wal_live_bytes"));
  CHECK(is_found("litewatch_collection_duration_seconds"));
}

}  // namespace
}  // namespace litewatch

#include "rule_project.h"

#include <utility>

#include "catch.h"
#include "rules/check_rules.h"

namespace litewatch {
namespace {

template <class T>
T value_of(Result<T> result) {
  INFO((result ? "" : result.error().message()));
  REQUIRE(result);
  return std::move(*result);
}

RuleSet rule_set(const RuleProject& project) {
  RuleSet rules;
  rules.recording.push_back(
      value_of(parse_rule_file(project.recording, "rules/recording/sqlite.yml")));
  rules.alerts.push_back(value_of(parse_rule_file(project.alerts, "rules/alerts/sqlite-wal.yml")));
  rules.tests.push_back(value_of(parse_rule_tests(project.tests, "rules/tests/sqlite-wal.yml")));
  rules.runbooks.push_back(
      parse_runbook(project.runbook, "rules/runbooks/SqliteWalTooLarge.md", "SqliteWalTooLarge"));
  rules.runbooks.push_back(
      parse_runbook(project.heartbeat_runbook, "rules/runbooks/Watchdog.md", "Watchdog"));
  if (!project.routing.empty()) {
    rules.routing = value_of(parse_routing(project.routing, "rules/alertmanager.yml"));
  }
  return rules;
}

Findings findings_of(const RuleProject& project) {
  const RuleSet rules = rule_set(project);
  const DashboardIndex dashboards = {{"litewatch-sqlite", {"app", "db"}},
                                     {"litewatch-self", {"job", "instance"}}};
  Vocabulary vocabulary;
  add_recorded(rules.recording, vocabulary);
  Findings findings;
  check_rules(rules, vocabulary, dashboards, findings);
  for (const Finding& finding : findings) {
    CHECK_FALSE(finding.mend.empty());
    CHECK(finding.place.file.starts_with("rules/"));
    CHECK(finding.place.line > 0);
  }
  return findings;
}

}  // namespace

RuleProject::RuleProject()
    : recording(R"(groups:
  - name: litewatch-recording-sqlite
    rules:
      - record: app_db:sqlite_wal:ratio
        expr: |
          max by (app, db) (sqlite_wal_live_bytes)
            / (max by (app, db) (sqlite_wal_limit_bytes) > 0)
      - record: app:sqlite_wal:ratio_max
        expr: max by (app) (app_db:sqlite_wal:ratio)
)"),
      alerts(R"(groups:
  - name: litewatch-sqlite-wal
    rules:
      - alert: SqliteWalTooLarge
        expr: app_db:sqlite_wal:ratio > 1
        for: 15m
        labels: {severity: warning, component: sqlite}
        annotations: &texts
          summary: The WAL is too large.
          description: "{{ $labels.db }} of {{ $labels.app }}: {{ $value | humanizePercentage }}."
          runbook_url: /rules/runbooks/SqliteWalTooLarge.md
          dashboard_url: "/d/litewatch-sqlite?var-app={{ $labels.app }}&var-db={{ $labels.db }}"
      - alert: SqliteWalTooLarge
        expr: app_db:sqlite_wal:ratio > 4
        for: 15m
        labels: {severity: critical, component: sqlite}
        annotations: *texts
      - alert: Watchdog
        expr: vector(1)
        labels: {severity: none, component: exporter}
        annotations:
          summary: Alerts arrive.
          description: This alert always fires.
          runbook_url: /rules/runbooks/Watchdog.md
          dashboard_url: /d/litewatch-self
)"),
      tests(R"(rule_files: [../recording/sqlite.yml, ../alerts/*.yml]
evaluation_interval: 30s
tests:
  - name: the WAL grows and shrinks
    input_series:
      - {series: 'sqlite_wal_live_bytes{app="shop", db="main"}', values: "0x100"}
    alert_rule_test:
      - {eval_time: 20m, alertname: SqliteWalTooLarge, exp_alerts: []}
      - eval_time: 20m30s
        alertname: SqliteWalTooLarge
        exp_alerts:
          - exp_labels: {severity: warning, app: shop, db: main}
      - eval_time: 30m
        alertname: SqliteWalTooLarge
        exp_alerts:
          - exp_labels: {severity: warning, app: shop, db: main}
      - eval_time: 30m30s
        alertname: SqliteWalTooLarge
        exp_alerts:
          - exp_labels: {severity: warning, app: shop, db: main}
          - exp_labels: {severity: critical, app: shop, db: main}
      - {eval_time: 60m, alertname: SqliteWalTooLarge, exp_alerts: []}
      - {eval_time: 1m, alertname: Watchdog, exp_alerts: [{exp_labels: {severity: none}}]}
    promql_expr_test:
      - expr: app_db:sqlite_wal:ratio
        eval_time: 20m
        exp_samples: [{labels: 'app_db:sqlite_wal:ratio{app="shop", db="main"}', value: 1.5}]
      - expr: app:sqlite_wal:ratio_max
        eval_time: 20m
        exp_samples: [{labels: 'app:sqlite_wal:ratio_max{app="shop"}', value: 1.5}]
  - name: healthy apps
    input_series:
      - {series: 'sqlite_wal_live_bytes{app="shop", db="main"}', values: "0x100"}
    alert_rule_test:
      - {eval_time: 60m, alertname: SqliteWalTooLarge, exp_alerts: []}
)"),
      routing(R"(route:
  receiver: ticket
  group_by: [cluster, app]
  routes:
    - {receiver: pager, matchers: ['severity="critical"']}
    - {receiver: deadman, matchers: ['alertname = Watchdog']}
inhibit_rules:
  - source_matchers: ['severity="critical"']
    target_matchers: ['severity=~"warning|info"']
    equal: [cluster, app, db]
receivers:
  - name: pager
  - name: ticket
  - name: deadman
)"),
      runbook(R"(# SqliteWalTooLarge

## Meaning
The WAL has grown.

## Impact
Reads become slow.

## Diagnosis

    litetool inspect /srv/app.db

## Mitigation
End the reader.
)"),
      heartbeat_runbook(with(runbook, "SqliteWalTooLarge", "Watchdog")) {}

std::string RuleProject::findings() const {
  std::string text;
  for (const Finding& finding : findings_of(*this)) {
    text.append(text.empty() ? "" : "; ").append(finding.rule).append(": ").append(finding.subject);
  }
  return text;
}

std::string RuleProject::found(std::string_view rule) const {
  std::string text;
  for (const Finding& finding : findings_of(*this)) {
    if (finding.rule == rule) text.append(text.empty() ? "" : "; ").append(finding.what);
  }
  return text;
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  std::size_t at = text.find(from);
  INFO("looking for " << from);
  REQUIRE(at != std::string::npos);
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string found_after(std::string RuleProject::*text, std::string_view rule,
                        std::string_view from, std::string_view to) {
  RuleProject project;
  project.*text = with(project.*text, from, to);
  return project.found(rule);
}

}  // namespace litewatch

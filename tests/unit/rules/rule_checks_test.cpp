#include <string>

#include "catch.h"
#include "check/finding_rules.h"
#include "rule_project.h"
#include "rules/check_rules.h"

namespace litewatch {
namespace {

std::string found(std::string_view rule, std::string_view from, std::string_view to) {
  return found_after(&RuleProject::alerts, rule, from, to);
}

std::string found_in_recording(std::string_view rule, std::string_view from, std::string_view to) {
  return found_after(&RuleProject::recording, rule, from, to);
}

std::string found_in_tests(std::string_view rule, std::string_view from, std::string_view to) {
  return found_after(&RuleProject::tests, rule, from, to);
}

TEST_CASE("check rules: queries -> metrics, labels, joins and habits") {
  CHECK(found("promql/metric", "app_db:sqlite_wal:ratio > 1", "sqlite_upp > 1") ==
        "there is no metric \"sqlite_upp\"");
  CHECK(found("promql/label", "app_db:sqlite_wal:ratio > 1", "app_db:sqlite_wal:ratio{x=\"1\"} > 1")
            .starts_with("label \"x\""));
  CHECK(found("promql/range", "app_db:sqlite_wal:ratio > 1",
              "rate(probe_attempts_total[1m]) > 1") != "");
  CHECK(found("promql/range", "app_db:sqlite_wal:ratio > 1",
              "rate(probe_attempts_total[2m]) > 1") == "");
  CHECK(found_in_recording("promql/syntax", "max by (app) (", "max by (app) ((") != "");
}

TEST_CASE("check rules: rules in the wrong place, or called otherwise -> said") {
  CHECK(found("rule/place", "      - alert: Watchdog",
              "      - {record: 'a:b:c', expr: sqlite_up}\n      - alert: Watchdog") ==
        "a recording rule stands among alerts");
  CHECK(found_in_recording("rule/place", "record: app:sqlite_wal:ratio_max", "alert: A") ==
        "an alert stands among recording rules");
  CHECK(found_in_recording("rule/record-name", "record: app:sqlite_wal:ratio_max",
                           "record: app:ratio") ==
        "the series is not called level:metric:operations");
  CHECK(found("rule/group", "name: litewatch-sqlite-wal", "name: sqlite")
            .starts_with("the group's name does not begin"));
  CHECK(found("rule/group", "name: litewatch-sqlite-wal",
              "name: litewatch-sqlite-wal\n    interval: 10m")
            .starts_with("it is evaluated less than"));
  CHECK(found("rule/group", "groups:\n", "groups:\n  - {name: litewatch-sqlite-wal}\n") ==
        "the file has two groups of that name");
}

TEST_CASE("check rules: the same again -> rule/duplicate") {
  CHECK(found("rule/duplicate", "severity: critical", "severity: warning")
            .starts_with("it has the name and labels of SqliteWalTooLarge (rules/alerts/"));
  CHECK(found("rule/duplicate", "app_db:sqlite_wal:ratio > 4", "app_db:sqlite_wal:ratio>1")
            .starts_with("it has the same expression as SqliteWalTooLarge"));
  CHECK(
      found("rule/duplicate", "app_db:sqlite_wal:ratio > 4", "app_db:sqlite_wal:ratio>5").empty());
}

TEST_CASE("check rules: a recorded series -> after what it derives from, in the same group") {
  CHECK(found_in_recording("rule/order", "max by (app) (app_db:sqlite_wal:ratio)",
                           "max by (app) (app:sqlite_wal:ratio_max)")
            .ends_with("which is recorded after it"));
  CHECK(found_in_recording("rule/order", "      - record: app:sqlite_wal:ratio_max",
                           "  - name: litewatch-b\n    rules:\n"
                           "      - record: app:sqlite_wal:ratio_max")
            .find("which another group records") != std::string::npos);
}

TEST_CASE("check rules: a burn rate that nothing reaches -> rule/slo") {
  CHECK(found("rule/slo", "ratio > 4", "ratio > 14.4 * (1 - 0.9)")
            .starts_with("the threshold is 1.44"));
  CHECK(found("rule/slo", "ratio > 4", "ratio > (14.4 * (1 - 0.999))").empty());
}

TEST_CASE("check rules: tests that leave something out -> coverage") {
  CHECK(found_in_tests("coverage/fires", "severity: none", "severity: some") ==
        "no test expects it to fire");
  CHECK(found_in_tests("coverage/not-yet", "{eval_time: 20m, alertname: SqliteWalTooLarge",
                       "{eval_time: 19m, alertname: SqliteWalTooLarge") ==
        "no test expects it to be quiet one evaluation before it fires");
  CHECK(found_in_tests("coverage/not-yet", "evaluation_interval: 30s", "evaluation_interval: 15s")
            .starts_with("no test expects"));
  CHECK(found_in_tests("coverage/resolves",
                       "      - {eval_time: 60m, alertname: SqliteWalTooLarge, exp_alerts: []}\n"
                       "      - {eval_time: 1m",
                       "      - {eval_time: 1m") ==
        "no test expects it to end; no test expects it to end");
  CHECK(found_in_tests("coverage/healthy", "name: healthy apps", "name: apps")
            .starts_with("no test with healthy series"));
  CHECK(found_in_tests("coverage/recorded", "exp_samples: [{labels: 'app:",
                       "other: [{labels: 'app:") == "no test expects samples of it");
  CHECK(found_in_tests("coverage/recorded", "../recording/sqlite.yml, ", "").find("no test") == 0);
}

TEST_CASE("check rules: tests that name what is not there -> said") {
  CHECK(found_in_tests("coverage/unknown", "alertname: Watchdog", "alertname: Watchdoc") ==
        "no rule file that this test loads has such an alert");
  CHECK(found_in_tests("coverage/unknown", ", ../alerts/*.yml", "") != "");
  CHECK(found_in_tests("test/file", "../recording/sqlite.yml", "../recording/sqlita.yml") ==
        "there is no such file of rules");
  CHECK(found_in_tests("test/series", "sqlite_wal_live_bytes{app", "sqlite_wal_bytes{app")
            .starts_with("there is no metric"));
  CHECK(found_in_tests("test/series", "db=\"main\"}', values", "dbs=\"main\"}', values")
            .starts_with("label \"dbs\""));
  CHECK(found_in_tests("test/series", "expr: app:sqlite_wal:ratio_max", "expr: sum(")
            .starts_with("it does not parse"));
}

TEST_CASE("foreign rules: their own and others' metrics -> left alone; ours -> checked") {
  const auto file = parse_rule_file(R"(groups:
  - name: mine
    rules:
      - {record: mine:load, expr: sum by (app) (node_load1)}
      - {alert: A, expr: 'mine:load{app="x"} > 1 and on (app) sqlite_upp == 0'}
      - {alert: B, expr: 'mine:load{db="x"} > 1'}
      - {alert: C, expr: 'mine:load > 1', annotations: {text: "{{ $labels.instance }}"}}
      - {alert: D, expr: 'mine:load'}
)",
                                    "mine.yml");
  REQUIRE(file);
  Findings findings;
  check_foreign_rules({*file}, Vocabulary(), findings);
  REQUIRE(findings.size() == 4);
  CHECK(findings[0].what == "there is no metric \"sqlite_upp\"");
  CHECK(findings[1].rule == "promql/label");
  CHECK(findings[1].place.line == 6);
  CHECK(findings[2].rule == "alert/template");
  CHECK(findings[3].rule == "alert/condition");
}

}  // namespace
}  // namespace litewatch

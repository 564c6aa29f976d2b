#include "rules/rule_file.h"

#include <string>

#include "catch.h"
#include "rules/template_text.h"

namespace litewatch {
namespace {

TEST_CASE("rule file: alerts and recording rules -> all they say, with lines") {
  const auto file = parse_rule_file(R"(groups:
  - name: sqlite-wal
    interval: 1m
    rules:
      - record: app:sqlite_up:min
        expr: min by (app) (sqlite_up)
      - alert: SqliteWalTooLarge
        expr: |
          sqlite_wal_live_bytes
            > on (app, db) sqlite_wal_limit_bytes
        for: 15m
        keep_firing_for: 5m
        labels: {severity: warning}
        annotations:
          summary: The WAL is too large.
)",
                                    "wal.yml");
  REQUIRE(file);
  REQUIRE(file->groups.size() == 1);
  const RuleGroup& group = file->groups[0];
  CHECK(group.name == "sqlite-wal");
  CHECK(group.interval_s == 60);
  REQUIRE(group.rules.size() == 2);
  CHECK_FALSE(group.rules[0].is_alert);
  CHECK(group.rules[0].name == "app:sqlite_up:min");
  CHECK(group.rules[0].expr == "min by (app) (sqlite_up)");
  const Rule& alert = group.rules[1];
  CHECK(alert.is_alert);
  CHECK(alert.line == 7);
  CHECK(alert.for_s == 900);
  CHECK(alert.keep_firing_for_s == 300);
  CHECK(alert.expr.starts_with("sqlite_wal_live_bytes\n"));
  CHECK(alert.expr_line == 9);
  REQUIRE(alert.label("severity"));
  CHECK(alert.label("severity")->value == "warning");
  REQUIRE(alert.annotation("summary"));
  CHECK(alert.annotation("summary")->line == 15);
  CHECK(alert.annotation("description") == nullptr);
}

std::string problem_of(std::string_view text) {
  const auto file = parse_rule_file(text, "r.yml");
  REQUIRE_FALSE(file);
  return file.error().message();
}

TEST_CASE("rule file: mistakes -> named with their lines") {
  CHECK(problem_of("groups: 5").find("r.yml:1: groups: expected a list") != std::string::npos);
  CHECK(problem_of("rules: []").find("groups: expected a list of groups") != std::string::npos);
  CHECK(problem_of("groups: [{rules: []}]").find("the name of a group") != std::string::npos);
  const std::string head = "groups:\n  - name: a\n    rules:\n";
  CHECK(problem_of(head + "      - {alert: A, record: b, expr: up}\n").find("got both") !=
        std::string::npos);
  CHECK(problem_of(head + "      - {expr: up}\n").find("got neither") != std::string::npos);
  CHECK(problem_of(head + "      - {alert: A}\n").find("expected a query") != std::string::npos);
  CHECK(problem_of(head + "      - {alert: A, expr: up, fro: 5m}\n").find("fro") !=
        std::string::npos);
  CHECK(problem_of(head + "      - {record: a, expr: up, for: 5m}\n").find("beside record") !=
        std::string::npos);
  CHECK(problem_of(head + "      - {alert: A, expr: up, labels: [a]}\n").find("labels") !=
        std::string::npos);
}

TEST_CASE("template: labels, value and queries -> found") {
  const auto text = read_template(
      "{{ $labels.app }} holds {{ $value | humanizeDuration }}, {{ .Labels.db }}, "
      "{{ index $labels \"lock\" }} {{ query \"up == 0\" | first | value }}");
  CHECK(text.labels == std::vector<std::string>{"app", "db", "lock"});
  REQUIRE(text.queries.size() == 1);
  CHECK(text.queries[0].text == "up == 0");
  CHECK(text.has_actions);
  CHECK(text.uses_value);
  CHECK_FALSE(text.value_is_raw);
  CHECK_FALSE(text.problem);
}

TEST_CASE("template: within a query's block -> labels of the query, not of the alert") {
  const auto text = read_template(
      "{{ range printf `up{app=%q} > %d` $labels.app 5 | query }}{{ .Labels.job }}{{ if eq "
      ".Labels.a `b` }}{{ $labels.db }}{{ end }}{{ end }}{{ .Labels.pod }}"
      "{{ with $x := index $y 1 }}{{ .Labels.other }}{{ $x.Labels.what }}{{ end }}"
      "{{/* .Labels.no */}}{{ query \"up\" | first | label \"instance\" }}");
  CHECK(text.labels == std::vector<std::string>{"app", "db", "pod"});
  REQUIRE(text.queries.size() == 2);
  CHECK(text.queries[0].text == "up{app=\"x\"} > 1");
  CHECK(text.queries[0].labels == std::vector<std::string>{"job", "a"});
  CHECK(text.queries[1].labels == std::vector<std::string>{"instance"});
  CHECK_FALSE(text.problem);
  CHECK(read_template("{{ if .Labels.a }}").problem == "a block has no end");
}

TEST_CASE("template: a raw value, an open action, an unknown function -> said") {
  CHECK(read_template("{{ $value }} s").value_is_raw);
  CHECK(read_template("{{ printf \"%.1f\" $value }}").value_is_raw == false);
  CHECK(read_template("{{ $labels.app").problem == "an action is not closed");
  CHECK(read_template("{{ $value | humanise }}").problem == "there is no function \"humanise\"");
  CHECK_FALSE(read_template("plain").has_actions);
  CHECK_FALSE(read_template("{{ if gt $value 5.0 }}a{{ else }}b{{ end }}").problem);
}

}  // namespace
}  // namespace litewatch

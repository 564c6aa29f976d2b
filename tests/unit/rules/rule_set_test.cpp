#include "rules/rule_set.h"

#include <string>

#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

TEST_CASE("rule set: a folder -> every file, by its name from the root") {
  TempDir dir;
  dir.write("rules/recording/b.yml", "groups: [{name: b}]");
  dir.write("rules/recording/a.yml", "groups: [{name: a}]");
  dir.write("rules/alerts/c.yml", "groups: []");
  dir.write("rules/tests/t.yml", "rule_files: [../alerts/c.yml]\nevaluation_interval: 1m30s");
  dir.write("rules/runbooks/AppDown.md", "# AppDown\n");
  dir.write("rules/alertmanager.yml", "route: {receiver: a}\nreceivers: [{name: a}]");
  dir.write("rules/waivers.yml", "- {rule: alert/for, about: 'App*', reason: Why.}");
  Findings findings;
  const RuleSet rules = load_rule_set(dir.path(), findings);
  CHECK(findings.empty());
  REQUIRE(rules.recording.size() == 2);
  CHECK(rules.recording[0].path == "rules/recording/a.yml");
  CHECK(rules.alerts.size() == 1);
  REQUIRE(rules.tests.size() == 1);
  CHECK(rules.tests[0].evaluation_interval_s == 90);
  CHECK(rules.tests[0].rule_files.at(0).value == "../alerts/c.yml");
  REQUIRE(rules.runbooks.size() == 1);
  CHECK(rules.runbooks[0].alert == "AppDown");
  CHECK(rules.routing);
  CHECK(rules.waivers.list.size() == 1);
}

TEST_CASE("rule set: files that are wrong -> findings with their lines, and left out") {
  TempDir dir;
  dir.write("rules/alerts/bad.yml",
            "groups:\n  - {name: a, rulez: []}\n  - {name: 5, interval: x}");
  dir.write("rules/tests/bad.yml", "tests: 5");
  Findings findings;
  const RuleSet rules = load_rule_set(dir.path(), findings);
  CHECK(rules.alerts.empty());
  CHECK(rules.tests.empty());
  CHECK_FALSE(rules.routing);
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].rule == "file/invalid");
  CHECK(findings[0].place.file == "rules/alerts/bad.yml");
  CHECK(findings[0].place.line == 2);
  CHECK(findings[0].what.find("did you mean rules?") != std::string::npos);
  CHECK(findings[1].place.line == 3);
  CHECK(findings[2].place.file == "rules/tests/bad.yml");
}

TEST_CASE("recorded series: in any order -> with the labels they have") {
  const auto file = parse_rule_file(R"(groups:
  - name: a
    rules:
      - {record: 'a:b:c', expr: 'max by (app) (a:b:d)'}
      - {record: 'a:b:d', expr: sqlite_up, labels: {window: 5m, job: ""}}
      - {record: 'a:b:e', expr: 'a:b:e + 1'}
      - {record: 'a:b:f', expr: 'sum by (app) (sqlite_up)', labels: {w: 1h}}
      - {record: 'a:b:f', expr: 'sum by (db) (sqlite_up)'}
)",
                                    "a.yml");
  REQUIRE(file);
  Vocabulary vocabulary;
  add_recorded({*file}, vocabulary);
  const auto labels = [&](std::string_view name) {
    const auto* series = vocabulary.find(name);
    REQUIRE(series);
    CHECK(series->kind == Vocabulary::Kind::kRecorded);
    std::string text;
    for (const auto& label : series->labels) text += label + " ";
    return text + (series->open ? "..." : "");
  };
  CHECK(labels("a:b:c") == "app ");
  CHECK(labels("a:b:d") == "app cluster db instance namespace pod window ");
  CHECK(labels("a:b:e") == "...");
  CHECK(labels("a:b:f") == "app db w ");
}

TEST_CASE("used metrics: of all rules -> each once") {
  RuleSet rules;
  const auto file = parse_rule_file(
      "groups:\n  - name: a\n    rules:\n"
      "      - {alert: A, expr: 'sqlite_up == 0 or {__name__=\"up\"} == 0 or sqlite_up'}\n",
      "a.yml");
  REQUIRE(file);
  rules.alerts.push_back(*file);
  CHECK(used_metrics(rules) == std::set<std::string>{"sqlite_up", "up"});
}

}  // namespace
}  // namespace litewatch

#include <string>

#include "catch.h"
#include "rule_project.h"

namespace litewatch {
namespace {

/// What is found of a rule after a change of the alerts.
std::string found(std::string_view rule, std::string_view from, std::string_view to) {
  return found_after(&RuleProject::alerts, rule, from, to);
}

std::string found_in_runbook(std::string_view rule, std::string_view from, std::string_view to) {
  return found_after(&RuleProject::runbook, rule, from, to);
}

TEST_CASE("check rules: rules that are as they should be -> nothing found") {
  CHECK(RuleProject().findings().empty());
}

TEST_CASE("check rules: a name without a prefix or in another case -> alert/name") {
  CHECK(found("alert/name", "alert: SqliteWalTooLarge", "alert: sqlite_wal") ==
        "the name is not CamelCase; an alert of component sqlite does not begin with Sqlite; "
        "the name is not CamelCase; an alert of component sqlite does not begin with Sqlite");
  CHECK(found("alert/name", "component: exporter", "component: probe").empty());
  CHECK(found("alert/name", "severity: none, component: exporter",
              "severity: info, component: probe") ==
        "an alert of component probe does not begin with App");
}

TEST_CASE("check rules: other words for severity and component -> alert/label") {
  CHECK(found("alert/label", "severity: warning", "severity: page") ==
        "label severity is \"page\"");
  CHECK(found("alert/label", "severity: warning, ", "") == "label severity is no severity");
  CHECK(found("alert/label", "component: exporter", "component: self") ==
        "label component is \"self\"");
}

TEST_CASE("check rules: the value in a label -> alert/identity") {
  CHECK(found("alert/identity", "severity: warning", "severity: warning, size: \"{{ $value }}\"")
            .starts_with("label size holds the value"));
  CHECK(
      found("alert/identity", "severity: warning", "severity: warning, what: \"{{ $labels.app }}\"")
          .empty());
}

TEST_CASE("check rules: waiting -> between a minute and a day, or an event") {
  CHECK(found("alert/for", "for: 15m", "for: 30s") ==
        "it waits for less than a minute; it waits for less than a minute");
  CHECK(found("alert/for", "        for: 15m\n", "").starts_with("it waits for nothing"));
  CHECK(found("alert/for", "for: 15m", "keep_firing_for: 1h").empty());
  CHECK(found("alert/for", "for: 15m", "for: 1m").empty());
  CHECK(found("alert/for", "for: 15m", "for: 2d").starts_with("it waits for 2 d"));
  CHECK(found("alert/for", "expr: app_db:sqlite_wal:ratio > 1\n        for: 15m",
              "expr: absent(sqlite_up)\n        keep_firing_for: 1h") ==
        "one missed scrape makes absent() true");
}

TEST_CASE("check rules: expressions that are no condition -> alert/condition") {
  const auto defect = [](const std::string& expr) {
    return found("alert/condition", "app_db:sqlite_wal:ratio > 1", expr);
  };
  CHECK(defect("sqlite_up[5m]") == "the expression is a range vector");
  CHECK(defect("1") == "the expression is a scalar");
  CHECK(defect("vector(1)").starts_with("the expression looks at no series"));
  CHECK(defect("app_db:sqlite_wal:ratio") ==
        "the expression compares with nothing: it always fires");
  CHECK(defect("app_db:sqlite_wal:ratio > bool 1").starts_with("the expression compares"));
  CHECK(defect("app_db:sqlite_wal:ratio > 1 or app_db:sqlite_wal:ratio").starts_with("the expr"));
  CHECK(defect("app_db:sqlite_wal:ratio and app_db:sqlite_wal:ratio > 1").empty());
  CHECK(defect("app_db:sqlite_wal:ratio unless on (app) sqlite_up").empty());
  CHECK(defect("100 * (app_db:sqlite_wal:ratio > 1)").empty());
  CHECK(defect("absent(sqlite_up)").empty());
  CHECK(found("alert/condition", "vector(1)", "sqlite_up == 0") ==
        "severity none is for an alert that always fires");
}

TEST_CASE("check rules: summaries -> one static sentence") {
  const auto defect = [](const std::string& summary) {
    return found("alert/summary", "Alerts arrive.", summary);
  };
  CHECK(defect("\"{{ $labels.app }} is down.\"") == "the summary has a template in it");
  CHECK(defect("alerts arrive.") == "the summary does not begin with a capital letter");
  CHECK(defect("Alerts arrive") == "the summary does not end in a full stop");
  CHECK(found("alert/summary", "          summary: Alerts arrive.\n", "") == "it has no summary");
}

TEST_CASE("check rules: descriptions -> name what is broken, with humanised values") {
  CHECK(found("alert/description", "{{ $labels.db }} of ", "")
            .starts_with("the description does not name the db"));
  CHECK(found("alert/description", "$value | humanizePercentage", "$value")
            .starts_with("a value is printed as it is"));
  CHECK(found("alert/description", "          description: This alert always fires.\n", "") ==
        "it has no description");
}

TEST_CASE("check rules: templates -> ask for labels that are there, of queries too") {
  const auto defect = [](const std::string& text) {
    return found("alert/template", "of {{ $labels.app }}", "of {{ $labels.app }} " + text);
  };
  CHECK(defect("{{ $labels.target }}")
            .starts_with("annotation description asks for label \"target\", which the expression "
                         "does not keep"));
  CHECK(defect("{{ $labels.severity }}").find("which the rule adds after") != std::string::npos);
  CHECK(defect("{{ $labels.app | humanise }}").find("no function") != std::string::npos);
  CHECK(defect("{{ range query `sum by (db) (sqlite_up)` }}{{ .Labels.app }}{{ end }}")
            .find("label \"app\", which its query does not keep") != std::string::npos);
  CHECK(defect("{{ range query `sum by (db) (sqlite_up)` }}{{ .Labels.db }}{{ end }}").empty());
  CHECK(found("promql/syntax", "of {{ $labels.app }}", "{{ query `sum(` | first | value }}") != "");
}

TEST_CASE("check rules: dashboard_url -> a dashboard with the variables") {
  const auto defect = [](const std::string& from, const std::string& to) {
    return found("alert/dashboard", from, to);
  };
  CHECK(defect("/d/litewatch-self", "/d/litewatch-selv") ==
        "there is no dashboard with uid \"litewatch-selv\"");
  CHECK(defect("/d/litewatch-self", "https://grafana/d/litewatch-self") ==
        "dashboard_url is not a path of a dashboard");
  CHECK(defect("var-db=", "var-target=")
            .starts_with("dashboard litewatch-sqlite has no variable \"target\""));
  CHECK(defect("?var-app={{ $labels.app }}&", "?")
            .starts_with("dashboard_url does not go on with the app"));
  CHECK(defect("          dashboard_url: /d/litewatch-self\n", "") == "it has no dashboard_url");
}

TEST_CASE("check rules: runbooks -> there, linked, whole, and of an alert") {
  CHECK(found("alert/runbook", "/rules/runbooks/Watchdog.md", "/runbooks/Watchdog.md") ==
        "runbook_url does not lead to its runbook");
  CHECK(found("alert/runbook", "          runbook_url: /rules/runbooks/Watchdog.md\n", "") ==
        "it has no runbook_url");
  CHECK(found("alert/runbook", "alert: Watchdog", "alert: Watchcat") ==
        "runbook_url does not lead to its runbook; there is no rules/runbooks/Watchcat.md");
  CHECK(found("runbook/orphan", "alert: Watchdog", "alert: Watchcat") ==
        "there is no alert of that name");
  CHECK(found_in_runbook("runbook/sections", "## Impact", "## Effect")
            .starts_with("its sections are not"));
  CHECK(found_in_runbook("runbook/sections", "Reads become slow.", "")
            .starts_with("its sections are not"));
  CHECK(found_in_runbook("runbook/sections", "    litetool inspect", "litetool inspect") ==
        "its Diagnosis has no command to run");
  CHECK(found_in_runbook("runbook/sections", "# SqliteWalTooLarge", "# The WAL") ==
        "its title is not the alert's name");
}

}  // namespace
}  // namespace litewatch

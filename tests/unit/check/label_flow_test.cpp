#include "check/label_flow.h"

#include <string>

#include "catch.h"
#include "promql/parser.h"

namespace litewatch {
namespace {

struct Outcome {
  std::string labels;    ///< "app db"; ends in "..." where others are possible
  std::string findings;  ///< "rule: what; rule: what"
};

Outcome flow(std::string_view query) {
  const auto parsed = promql::parse(query);
  REQUIRE(parsed.expr);
  QueryFindings found;
  const FlowLabels labels = label_flow(*parsed.expr, Vocabulary(), found);
  Outcome outcome;
  for (const auto& name : labels.names)
    outcome.labels += (outcome.labels.empty() ? "" : " ") + name;
  if (labels.open) outcome.labels += "...";
  for (const auto& finding : found) {
    outcome.findings += (outcome.findings.empty() ? "" : "; ") + finding.rule + ": " + finding.what;
    CHECK_FALSE(finding.mend.empty());
    CHECK(finding.span.start < finding.span.end);
    CHECK(finding.span.end <= query.size());
  }
  return outcome;
}

std::string labels_of(std::string_view query) {
  const Outcome outcome = flow(query);
  CHECK(outcome.findings.empty());
  return outcome.labels;
}

std::string findings_of(std::string_view query) { return flow(query).findings; }

TEST_CASE("label flow: a metric -> its labels and those of its target") {
  CHECK(labels_of("sqlite_up") == "app cluster db instance job namespace pod");
  CHECK(labels_of("{__name__=\"sqlite_up\"}") == "app cluster db instance job namespace pod");
  CHECK(labels_of("rate(probe_all_duration_seconds_bucket[5m])").find(" le ") != std::string::npos);
  CHECK(labels_of("{app=\"shop\"}") == "...");
  CHECK(labels_of("container_last_seen").ends_with("..."));
}

TEST_CASE("label flow: aggregation -> only what it keeps") {
  CHECK(labels_of("sum(sqlite_up)").empty());
  CHECK(labels_of("sum by (app) (sqlite_up)") == "app");
  CHECK(labels_of("sum without (db, instance) (sqlite_up)") == "app cluster job namespace pod");
  CHECK(labels_of("topk by (app) (3, sqlite_up)") == "app cluster db instance job namespace pod");
  CHECK(labels_of("count_values(\"value\", sqlite_up)") == "value");
  CHECK(labels_of("histogram_quantile(0.9, sum by (app, le) "
                  "(rate(probe_all_duration_seconds_bucket[5m])))") == "app");
}

TEST_CASE("label flow: joins -> the labels of the result") {
  CHECK(labels_of("sqlite_up * on (app, db) sqlite_database_open") == "app db");
  CHECK(labels_of("sqlite_up * on (app, db) group_left (path) sqlite_database_info") ==
        "app cluster db instance job namespace path pod");
  CHECK(labels_of("sqlite_up == 0 unless on (app) sqlite_database_open") ==
        "app cluster db instance job namespace pod");
  CHECK(labels_of("sum by (app) (sqlite_up) or sum by (db) (sqlite_up)") == "app db");
  CHECK(labels_of("sqlite_up > bool 0") == "app cluster db instance job namespace pod");
  CHECK(labels_of("1 - sum by (app) (sqlite_up)") == "app");
}

TEST_CASE("label flow: functions -> what they add and take") {
  CHECK(labels_of("absent(up{job=\"litewatch\", instance=~\".+\"})") == "job");
  CHECK(labels_of("label_replace(sum by (db) (sqlite_up), \"what\", \"$1\", \"db\", \"(.*)\")") ==
        "db what");
  CHECK(labels_of("vector(1)").empty());
  CHECK(labels_of("max_over_time(sum by (app) (sqlite_up)[1h:1m])") == "app");
}

TEST_CASE("label flow: what cannot be there -> said") {
  CHECK(findings_of("sqlite_upp") == "promql/metric: there is no metric \"sqlite_upp\"");
  CHECK(findings_of("sqlite_up{datbase=\"x\"}") ==
        "promql/label: label \"datbase\" in a matcher of sqlite_up cannot be there");
  CHECK(findings_of("sum by (target) (sqlite_up)") ==
        "promql/label: label \"target\" in by() cannot be there");
  CHECK(findings_of("sum without (db) (sum by (app) (sqlite_up))") ==
        "promql/label: label \"db\" in without() cannot be there");
  CHECK(findings_of("sqlite_up * on (app, target) probe_success") ==
        "promql/join: label \"target\" in on() on the left side cannot be there");
  CHECK(findings_of("sqlite_up * on (app, db) group_left (module) sqlite_database_info") ==
        "promql/join: label \"module\" brought over by the group cannot be there");
  CHECK(findings_of("sqlite_up * probe_success") ==
        "promql/join: the sides differ in db, module, target, so that nothing matches");
  CHECK(findings_of("label_replace(sqlite_up, \"a\", \"$1\", \"target\", \"(.*)\")") ==
        "promql/label: label \"target\" as a source cannot be there");
  CHECK(findings_of("probe_all_duration_seconds") ==
        "promql/metric: there is no metric \"probe_all_duration_seconds\"");
}

TEST_CASE("label flow: a recording rule's series -> its labels") {
  Vocabulary vocabulary;
  vocabulary.record("app:sqlite_up:min", {Vocabulary::Kind::kRecorded, {"app"}, false});
  QueryFindings found;
  const auto parsed = promql::parse("app:sqlite_up:min{db=\"x\"}");
  REQUIRE(parsed.expr);
  label_flow(*parsed.expr, vocabulary, found);
  REQUIRE(found.size() == 1);
  CHECK(found[0].mend == "labels at this place: app");
}

}  // namespace
}  // namespace litewatch

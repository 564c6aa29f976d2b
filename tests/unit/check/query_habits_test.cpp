#include "check/query_habits.h"

#include <string>

#include "catch.h"
#include "promql/parser.h"

namespace litewatch {
namespace {

/// The rules that a query breaks, with blanks between.
std::string broken_by(std::string_view query) {
  CAPTURE(query);
  const auto parsed = promql::parse(query);
  REQUIRE(parsed.expr);
  QueryFindings found;
  check_habits(*parsed.expr, Vocabulary(), {}, found);
  std::string rules;
  for (const auto& finding : found) {
    rules += (rules.empty() ? "" : " ") + finding.rule;
    CHECK_FALSE(finding.mend.empty());
  }
  return rules;
}

TEST_CASE("habits: counters -> only under functions of their growth") {
  CHECK(broken_by("probe_attempts_total") == "promql/counter");
  CHECK(broken_by("probe_attempts_total{app=\"a\"} > 0") == "promql/counter");
  CHECK(broken_by("sum(probe_attempts_total)") == "promql/counter");
  CHECK(broken_by("delta(probe_attempts_total[5m])") == "promql/counter");
  CHECK(broken_by("sum(rate(probe_attempts_total[5m]))").empty());
  CHECK(broken_by("resets(probe_attempts_total[5m]) > 0").empty());
  CHECK(broken_by("absent(probe_attempts_total)").empty());
  CHECK(broken_by("count(probe_attempts_total)").empty());
  CHECK(broken_by("histogram_quantile(0.9, rate(probe_all_duration_seconds_bucket[5m]))").empty());
}

TEST_CASE("habits: rates -> not of gauges, sums, or less than four scrapes") {
  CHECK(broken_by("rate(sqlite_wal_frames[5m])") == "promql/gauge");
  CHECK(broken_by("deriv(sqlite_wal_frames[5m])").empty());
  CHECK(broken_by("rate(probe_attempts_total[30s])") == "promql/range");
  CHECK(broken_by("rate(probe_attempts_total[1m])").empty());
  CHECK(broken_by("rate(sum(sqlite_up)[5m:1m])") == "promql/rate");
}

TEST_CASE("habits: a division within an aggregate -> guarded against 0/0") {
  CHECK(broken_by("avg(sqlite_freelist_pages / sqlite_database_pages)") == "promql/nan");
  CHECK(broken_by("sum by (app) (sqlite_freelist_pages / (sqlite_database_pages > 0))").empty());
  CHECK(broken_by("avg(sqlite_freelist_pages / clamp_min(sqlite_database_pages, 1))").empty());
  CHECK(broken_by("avg(sqlite_freelist_pages / (sqlite_database_pages != 0))").empty());
  CHECK(broken_by("avg(sqlite_freelist_pages / 1024)").empty());
  CHECK(broken_by("avg(sqlite_freelist_pages / 0)") == "promql/nan");
  CHECK(broken_by("avg(sqlite_freelist_pages / (sqlite_database_pages > bool 0))") == "promql/nan");
  CHECK(broken_by("sqlite_freelist_pages / sqlite_database_pages > 0.4").empty());
  CHECK(broken_by("avg_over_time((sqlite_freelist_pages / sqlite_database_pages)[1h:1m])") ==
        "promql/nan");
}

TEST_CASE("habits: what Prometheus 3 reads otherwise -> said") {
  CHECK(broken_by("rate(probe_all_duration_seconds_bucket{le=\"1\"}[5m])") == "promql/version");
  CHECK(broken_by("rate(probe_all_duration_seconds_bucket{le=\"0.5\"}[5m])").empty());
  CHECK(broken_by("rate(probe_all_duration_seconds_bucket{le=~\"1(\\\\.0)?\"}[5m])").empty());
  CHECK(broken_by("holt_winters(sqlite_wal_frames[5m], 0.1, 0.2)") == "promql/version");
}

}  // namespace
}  // namespace litewatch

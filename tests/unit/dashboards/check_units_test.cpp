#include <string>

#include "catch.h"
#include "dashboards/dashboard_check.h"

namespace litewatch {
namespace {

/// What is found of a panel with one query; empty: nothing.
std::string found(const std::string& expr, const std::string& unit,
                  PanelType type = PanelType::kTimeseries) {
  Panel panel;
  panel.title = "Panel";
  panel.type = type;
  panel.unit = unit;
  PanelQuery query;
  query.expr = expr;
  panel.queries.push_back(query);
  DashboardRow row;
  row.panels.push_back(panel);
  Dashboard dashboard;
  dashboard.name = "test";
  dashboard.rows.push_back(row);
  DashboardSet set;
  set.dashboards.push_back(dashboard);
  Findings findings;
  check_units({set, Vocabulary(), {}, findings});
  if (findings.empty()) return "";
  return findings.front().what + "; " + findings.front().mend;
}

TEST_CASE("check of units: what the query measures -> is what the unit shows") {
  CHECK(found("sqlite_wal_live_bytes", "bytes") == "");
  CHECK(found("sqlite_wal_live_bytes", "s") ==
        "the query gives bytes, shown with unit s; use bytes");
  CHECK(found("rate(container_io_bytes_total[5m])", "binBps") == "");
  CHECK(found("rate(container_io_bytes_total[5m])", "bytes") ==
        "the query gives bytes/s, shown with unit bytes; use binBps");
  CHECK(found("probe_duration_seconds", "s") == "");
  CHECK(found("probe_duration_seconds", "ms") != "");
  CHECK(found("probe_duration_seconds * 1000", "ms") == "");
  CHECK(found("(time() - probe_last_run_timestamp_seconds) / 86400", "d") == "");
  CHECK(found("probe_availability_objective_ratio", "percentunit") == "");
  CHECK(found("probe_availability_objective_ratio", "percent") != "");
  CHECK(found("100 * probe_availability_objective_ratio", "percent") == "");
  CHECK(found("sqlite_up", "none") == "");
  CHECK(found("sqlite_up", "bytes") != "");
  CHECK(found("rate(sqlite_write_transactions_total[5m])", "ops") == "");
  CHECK(found("rate(sqlite_write_transactions_total[5m])", "s") != "");
}

TEST_CASE("check of units: a moment -> in milliseconds, as Grafana counts") {
  CHECK(found("sqlite_last_read_timestamp_seconds * 1000", "dateTimeFromNow") == "");
  CHECK(found("sqlite_last_read_timestamp_seconds", "dateTimeFromNow") ==
        "the query gives Unix time in seconds, shown with unit dateTimeFromNow; multiply by 1000 "
        "and use dateTimeFromNow");
}

TEST_CASE("check of units: no unit, and one that Grafana does not have -> found") {
  CHECK(found("sqlite_up", "").starts_with("no unit is given"));
  CHECK(found("sqlite_up", "byte").ends_with("did you mean bytes?"));
}

TEST_CASE("check of units: a heatmap -> the unit of the bounds") {
  const std::string buckets = "sum by (le) (rate(probe_all_duration_seconds_bucket[5m]))";
  CHECK(found(buckets, "s", PanelType::kHeatmap) == "");
  CHECK(found(buckets, "bytes", PanelType::kHeatmap) != "");
}

}  // namespace
}  // namespace litewatch

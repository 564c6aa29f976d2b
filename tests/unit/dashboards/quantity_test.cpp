#include "dashboards/quantity.h"

#include <string>

#include "catch.h"
#include "check/query_check.h"
#include "dashboards/dashboard_check.h"

namespace litewatch {
namespace {

/// "bytes^1 s^-1", "time x1000", "share", "number", "?".
std::string quantity(const std::string& query) {
  const auto parsed = parse_query(query);
  INFO(query);
  REQUIRE(parsed.expr);
  const auto found = quantity_of(*parsed.expr);
  if (!found) return "?";
  std::string text;
  if (found->bytes != 0) text += "bytes^" + std::to_string(found->bytes);
  if (found->seconds != 0) {
    text += (text.empty() ? "s^" : " s^") + std::to_string(found->seconds);
  }
  if (found->is_time) text = "time";
  if (found->is_share) text = "share";
  if (text.empty()) text = "number";
  return found->factor == 1 ? text : text + " x" + std::to_string(found->factor);
}

TEST_CASE("quantity: a metric's name -> its unit") {
  CHECK(quantity("sqlite_wal_live_bytes") == "bytes^1");
  CHECK(quantity("probe_duration_seconds") == "s^1");
  CHECK(quantity("probe_availability_objective_ratio") == "share");
  CHECK(quantity("sqlite_last_read_timestamp_seconds") == "time");
  CHECK(quantity("sqlite_up") == "number");
  CHECK(quantity("probe_all_duration_seconds_bucket") == "number");
  CHECK(quantity("probe_all_duration_seconds_count") == "number");
  CHECK(quantity("probe_all_duration_seconds_sum") == "s^1");
  CHECK(quantity("scrape_duration_seconds") == "s^1");
  CHECK(quantity("{__name__=\"sqlite_wal_live_bytes\"}") == "bytes^1");
  CHECK(quantity("ALERTS") == "?");
}

TEST_CASE("quantity: a recorded series -> its operations, else its metric") {
  CHECK(quantity("slo:sli_error:ratio_rate5m") == "share");
  CHECK(quantity("db:sqlite_filesystem_full:seconds_deriv6h") == "s^1");
  CHECK(quantity("app_target:probe_duration_seconds:p95_5m") == "s^1");
  CHECK(quantity("db:sqlite_database_size_bytes:delta1d") == "bytes^1");
  CHECK(quantity("container:container_cpu_seconds:rate5m") == "number");
  CHECK(quantity("a:b:c") == "?");
}

TEST_CASE("quantity: functions and aggregations -> followed") {
  CHECK(quantity("sum by (app) (rate(container_io_bytes_total[5m]))") == "bytes^1 s^-1");
  CHECK(quantity("increase(container_io_bytes_total[5m])") == "bytes^1");
  CHECK(quantity("rate(container_cpu_seconds_total[5m])") == "number");
  CHECK(quantity("rate(sqlite_write_transactions_total[5m])") == "s^-1");
  CHECK(quantity("count(sqlite_wal_live_bytes)") == "number");
  CHECK(quantity("changes(probe_duration_seconds[5m])") == "number");
  CHECK(quantity("topk(5, max_over_time(sqlite_wal_live_bytes[1h]))") == "bytes^1");
  CHECK(quantity("histogram_quantile(0.95, sum by (le) "
                 "(rate(probe_all_duration_seconds_bucket[5m])))") == "s^1");
  CHECK(quantity("label_replace(sqlite_wal_live_bytes, \"a\", \"$1\", \"app\", \"(.*)\")") ==
        "bytes^1");
  CHECK(quantity("exp(sqlite_wal_live_bytes)") == "?");
}

TEST_CASE("quantity: arithmetic -> followed") {
  CHECK(quantity("sqlite_wal_live_bytes / (sqlite_wal_limit_bytes > 0)") == "share");
  CHECK(quantity("sqlite_freelist_pages * sqlite_page_size_bytes") == "bytes^1");
  CHECK(quantity("sqlite_freelist_pages / sqlite_database_pages") == "number");
  CHECK(quantity("time() - sqlite_last_read_timestamp_seconds") == "s^1");
  CHECK(quantity("sqlite_last_read_timestamp_seconds * 1000") == "time x1000.000000");
  CHECK(quantity("1000 * probe_duration_seconds") == "s^1 x1000.000000");
  CHECK(quantity("100 * probe_availability_objective_ratio") == "share x100.000000");
  CHECK(quantity("1 - probe_availability_objective_ratio") == "share");
  CHECK(quantity("sqlite_wal_live_bytes * 8") == "?");
  CHECK(quantity("sqlite_wal_live_bytes > bool 5") == "number");
  CHECK(quantity("5 < sqlite_wal_live_bytes") == "bytes^1");
  CHECK(quantity("ALERTS or sqlite_wal_live_bytes") == "bytes^1");
  CHECK(quantity("0 * ALERTS or sqlite_up") == "number");
  CHECK(quantity("sqlite_wal_live_bytes and sqlite_up") == "bytes^1");
}

TEST_CASE("quantity: buckets -> that of the histogram's bounds") {
  const auto parsed = parse_query("sum by (le) (rate(probe_all_duration_seconds_bucket[5m]))");
  const auto found = quantity_of_buckets(*parsed.expr);
  REQUIRE(found);
  CHECK(found->seconds == 1);
}

}  // namespace
}  // namespace litewatch

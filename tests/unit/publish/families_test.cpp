#include "publish/families.h"

#include <set>
#include <string>

#include "catch.h"
#include "parsed_page.h"

namespace litewatch {
namespace {

TEST_CASE("page order: all metrics -> once each, by name") {
  std::set<Metric> seen;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    seen.insert(kPageOrder[i]);
    CHECK(kPageRank[static_cast<std::size_t>(kPageOrder[i])] == i);
    if (i != 0) CHECK(describe(kPageOrder[i - 1]).name < describe(kPageOrder[i]).name);
  }
  CHECK(seen.size() == kMetricCount);
}

TEST_CASE("head: a counter -> OpenMetrics drops _total") {
  const FamilyHeads heads;
  CHECK(heads.of(Metric::kSqliteLockSamplesTotal, Format::kText) ==
        "# HELP sqlite_lock_samples_total Times the lock sampler looked at the database.\n"
        "# TYPE sqlite_lock_samples_total counter\n");
  CHECK(heads.of(Metric::kSqliteLockSamplesTotal, Format::kOpenMetrics) ==
        "# HELP sqlite_lock_samples Times the lock sampler looked at the database.\n"
        "# TYPE sqlite_lock_samples counter\n");
}

TEST_CASE("head: an info -> a gauge in text, an info without _info in OpenMetrics") {
  const FamilyHeads heads;
  CHECK(heads.of(Metric::kSqliteDatabaseInfo, Format::kText) ==
        "# HELP sqlite_database_info What the database is; always 1.\n"
        "# TYPE sqlite_database_info gauge\n");
  CHECK(heads.of(Metric::kSqliteDatabaseInfo, Format::kOpenMetrics) ==
        "# HELP sqlite_database What the database is; always 1.\n"
        "# TYPE sqlite_database info\n");
}

TEST_CASE("head: a unit -> a UNIT line in OpenMetrics only, also on counters") {
  const FamilyHeads heads;
  CHECK(heads.of(Metric::kProcessCpuSecondsTotal, Format::kOpenMetrics) ==
        "# HELP process_cpu_seconds User and system CPU time spent, in seconds.\n"
        "# TYPE process_cpu_seconds counter\n"
        "# UNIT process_cpu_seconds seconds\n");
  CHECK(heads.of(Metric::kSqliteFreelistLimitRatio, Format::kOpenMetrics).find("ratio ratio\n") !=
        std::string_view::npos);
  for (const Metric metric : kPageOrder) {
    CHECK(heads.of(metric, Format::kText).find("# UNIT") == std::string_view::npos);
  }
}

TEST_CASE("head: every unit of the catalogue -> the family's last word") {
  const FamilyHeads heads;
  for (const Metric metric : kPageOrder) {
    const std::string unit(to_string(describe(metric).unit));
    const bool has_line =
        heads.of(metric, Format::kOpenMetrics).find("# UNIT") != std::string_view::npos;
    CAPTURE(describe(metric).name);
    CHECK(has_line == !unit.empty());
    if (has_line) CHECK(family_name(metric, Format::kOpenMetrics).ends_with("_" + unit));
  }
}

TEST_CASE("family names: all of the catalogue -> none is another's, or another's sample") {
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    std::set<std::string> names;
    for (const MetricDesc& row : kCatalogue) {
      std::set<std::string> own = {std::string(family_name(row.metric, format)),
                                   std::string(row.name)};
      if (row.type == MetricType::kHistogram) {
        for (const char* part : {"_bucket", "_sum", "_count"})
          own.insert(std::string(row.name) + part);
      }
      for (const std::string& name : own) {
        CAPTURE(name);
        CHECK(names.insert(name).second);
      }
    }
  }
}

TEST_CASE("heads: all -> total_size is their sum") {
  const FamilyHeads heads;
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    std::size_t size = 0;
    for (const Metric metric : kPageOrder) {
      size += heads.of(metric, format).size();
      CHECK(lines_of(heads.of(metric, format)).size() >= 2);
    }
    CHECK(heads.total_size(format) == size);
  }
}

}  // namespace
}  // namespace litewatch

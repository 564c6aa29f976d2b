#include "catalogue/catalogue.h"

#include <algorithm>
#include <set>
#include <string>

#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("describe: every metric -> its own row") {
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto metric = static_cast<Metric>(i);
    CHECK(describe(metric).metric == metric);
  }
  CHECK(describe(Metric::kSqliteUp).name == "sqlite_up");
}

TEST_CASE("find_metric: names of the catalogue -> their metrics") {
  for (const MetricDesc& row : kCatalogue) {
    CAPTURE(row.name);
    CHECK(find_metric(row.name) == row.metric);
  }
}

TEST_CASE("find_metric: other names -> none") {
  for (const char* name : {"", "sqlite", "sqlite_u", "sqlite_up_", "SQLITE_UP", " sqlite_up"}) {
    CAPTURE(name);
    CHECK(find_metric(name) == std::nullopt);
  }
}

TEST_CASE("labels: all -> different words that Prometheus accepts and does not reserve") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Label::kCount_); ++i) {
    const std::string name(to_string(static_cast<Label>(i)));
    CAPTURE(i, name);
    // What stands for the labels of containers is no label itself.
    if (static_cast<Label>(i) == Label::kContainerLabels) {
      CHECK(name == "container_label_*");
    } else {
      CHECK(lint_detail::is_snake_case(name));
    }
    CHECK(names.insert(name).second);
    CHECK_FALSE((name == "le" || name == "quantile" || name == "job" || name == "instance"));
  }
  CHECK(to_string(Label::kWriterVersion) == "writer_version");
}

TEST_CASE("labels: all -> used by a family") {
  std::set<Label> used;
  for (const MetricDesc& row : kCatalogue) used.insert(row.labels.begin(), row.labels.end());
  for (std::size_t i = 0; i < static_cast<std::size_t>(Label::kCount_); ++i) {
    CAPTURE(to_string(static_cast<Label>(i)));
    CHECK(used.count(static_cast<Label>(i)) == 1);
  }
}

TEST_CASE("families about one database or container -> carry its names first") {
  for (const MetricDesc& row : kCatalogue) {
    const bool has_db =
        std::find(row.labels.begin(), row.labels.end(), Label::kDb) != row.labels.end();
    CAPTURE(row.name);
    const bool has_container =
        std::find(row.labels.begin(), row.labels.end(), Label::kContainer) != row.labels.end();
    if (!has_db && !has_container) continue;
    REQUIRE(row.labels.size() >= 2);
    CHECK(row.labels[0] == Label::kApp);
    CHECK(row.labels[1] == (has_container ? Label::kContainer : Label::kDb));
  }
}

TEST_CASE("to_string: types, units, owners, stability -> their words") {
  CHECK(to_string(MetricType::kCounter) == "counter");
  CHECK(to_string(MetricType::kGauge) == "gauge");
  CHECK(to_string(MetricType::kHistogram) == "histogram");
  CHECK(to_string(MetricType::kInfo) == "info");
  CHECK(to_string(Unit::kNone) == "");
  CHECK(to_string(Unit::kBytes) == "bytes");
  CHECK(to_string(Unit::kSeconds) == "seconds");
  CHECK(to_string(Unit::kTimestampSeconds) == "seconds");
  CHECK(to_string(Unit::kRatio) == "ratio");
  CHECK(to_string(Owner::kSqlite) == "sqlite");
  CHECK(to_string(Owner::kSelf) == "self");
  CHECK(to_string(Stability::kStable) == "stable");
  CHECK(to_string(Stability::kExperimental) == "experimental");
}

}  // namespace
}  // namespace litewatch

#include "catalogue/lint.h"

#include <array>

#include "catalogue/catalogue.h"
#include "catch.h"

namespace litewatch {
namespace {

using lint_detail::lint_row;

/// A row that breaks no rule, to be spoiled in one place.
constexpr MetricDesc good_row() {
  return {Metric::kSqliteWalSizeBytes, "sqlite_wal_size_bytes",
          MetricType::kGauge,          Unit::kBytes,
          {Label::kApp, Label::kDb},   Owner::kSqlite,
          Stability::kStable,          "Size of the WAL file.",
          "The file exists."};
}

constexpr MetricDesc named(std::string_view name, MetricType type, Unit unit) {
  MetricDesc row = good_row();
  row.name = name;
  row.type = type;
  row.unit = unit;
  return row;
}

using enum MetricType;
using enum Unit;

TEST_CASE("lint: good rows of every type and unit -> no rule broken") {
  CHECK(lint_row(good_row()) == "");
  CHECK(lint_row(named("sqlite_up", kGauge, kNone)) == "");
  CHECK(lint_row(named("sqlite_wal_read_bytes_total", kCounter, kBytes)) == "");
  CHECK(lint_row(named("sqlite_resets_total", kCounter, kNone)) == "");
  CHECK(lint_row(named("litewatch_build_info", kInfo, kNone)) == "");
  CHECK(lint_row(named("litewatch_wait_duration_seconds", kHistogram, kSeconds)) == "");
  CHECK(lint_row(named("sqlite_read_timestamp_seconds", kGauge, kTimestampSeconds)) == "");
  CHECK(lint_row(named("process_start_time_seconds", kGauge, kTimestampSeconds)) == "");
  CHECK(lint_row(named("sqlite_free_ratio", kGauge, kRatio)) == "");
  CHECK(lint_row(named("sqlite_v2_up", kGauge, kNone)) == "");
}

TEST_CASE("lint: a name that is not snake case -> named") {
  for (const char* name : {"", "Sqlite_up", "sqlite_Up", "sqlite__up", "sqlite_up_", "_sqlite_up",
                           "sqlite:up", "sqlite-up", "1sqlite_up", "sqlite_\xC3\xA4"}) {
    CAPTURE(name);
    CHECK(lint_row(named(name, kGauge, kNone)) == "a name is snake_case");
  }
}

TEST_CASE("lint: an unknown prefix -> named") {
  for (const char* name : {"up", "sqlite", "sqlitex_up", "go_threads"}) {
    CAPTURE(name);
    CHECK(lint_row(named(name, kGauge, kNone)) ==
          "a name starts with sqlite_, probe_, container_, machine_, litewatch_ or process_");
  }
}

TEST_CASE("lint: _total missing or in the wrong place -> named") {
  const std::string_view rule = "_total ends the name of counters, and of nothing else";
  CHECK(lint_row(named("sqlite_resets", kCounter, kNone)) == rule);
  CHECK(lint_row(named("sqlite_total_resets", kCounter, kNone)) == rule);
  CHECK(lint_row(named("sqlite_resets_total", kGauge, kNone)) == rule);
  CHECK(lint_row(named("sqlite_resets_total", kHistogram, kNone)) == rule);
}

TEST_CASE("lint: _info missing or in the wrong place -> named") {
  const std::string_view rule = "_info ends the name of infos, and of nothing else";
  CHECK(lint_row(named("sqlite_database", kInfo, kNone)) == rule);
  CHECK(lint_row(named("sqlite_database_info", kGauge, kNone)) == rule);
}

TEST_CASE("lint: a suffix of histograms' series -> named") {
  for (const char* name : {"sqlite_wal_count", "sqlite_wal_sum", "sqlite_wal_bucket"}) {
    CAPTURE(name);
    CHECK(lint_row(named(name, kGauge, kNone)) ==
          "_count, _sum and _bucket belong to histograms' own series");
  }
}

TEST_CASE("lint: a unit that is not the last word, or another's -> named") {
  const std::string_view rule = "the unit is the last word of the name";
  CHECK(lint_row(named("sqlite_wal_size", kGauge, kBytes)) == rule);
  CHECK(lint_row(named("sqlite_bytes_wal", kGauge, kBytes)) == rule);
  CHECK(lint_row(named("sqlite_wal_size_bytes", kGauge, kNone)) == rule);
  CHECK(lint_row(named("sqlite_wal_seconds", kGauge, kNone)) == rule);
  CHECK(lint_row(named("sqlite_wal_ratio", kGauge, kNone)) == rule);
  CHECK(lint_row(named("sqlite_wal_bytes_total", kCounter, kNone)) == rule);
  CHECK(lint_row(named("sqlite_wal_size_bytes", kGauge, kSeconds)) == rule);
  CHECK(lint_row(named("sqlite_read_timestamp_seconds", kGauge, kSeconds)) == rule);
  CHECK(lint_row(named("sqlite_read_seconds", kGauge, kTimestampSeconds)) == rule);
  CHECK(lint_row(named("sqlite_free_percent", kGauge, kRatio)) == rule);
}

TEST_CASE("lint: help or condition without a full stop, or of two lines -> named") {
  MetricDesc row = good_row();
  row.help = "";
  CHECK(lint_row(row) == "help ends in a full stop");
  row.help = "Size of the WAL file";
  CHECK(lint_row(row) == "help ends in a full stop");
  row.help = "Size of\nthe WAL file.";
  CHECK(lint_row(row) == "help is one line");
  row = good_row();
  row.condition = "The file exists";
  CHECK(lint_row(row) == "condition ends in a full stop");
  row.condition = "";
  CHECK(lint_row(row) == "");
}

TEST_CASE("lint: a label twice -> named") {
  MetricDesc row = good_row();
  row.labels = {Label::kApp, Label::kDb, Label::kApp};
  CHECK(lint_row(row) == "a label is named once");
}

constexpr MetricDesc row_of(Metric metric, std::string_view name) {
  MetricDesc row = named(name, kGauge, kNone);
  row.metric = metric;
  return row;
}

TEST_CASE("lint: a table -> the first bad row and its rule, at compile time") {
  constexpr auto kFirst = static_cast<Metric>(0);
  constexpr auto kSecond = static_cast<Metric>(1);
  constexpr std::array kGood = {row_of(kFirst, "sqlite_a"), row_of(kSecond, "sqlite_b")};
  constexpr std::array kSwapped = {row_of(kSecond, "sqlite_a"), row_of(kFirst, "sqlite_b")};
  constexpr std::array kTwice = {row_of(kFirst, "sqlite_a"), row_of(kSecond, "sqlite_a")};
  constexpr std::array kBad = {row_of(kFirst, "sqlite_a"), row_of(kSecond, "b")};
  CHECK(lint(kGood) == LintFinding{});
  CHECK(lint(kSwapped) == LintFinding{0, "rows stand in the enum's order"});
  CHECK(lint(kTwice) == LintFinding{1, "a name stands once"});
  CHECK(lint(kBad) ==
        LintFinding{
            1, "a name starts with sqlite_, probe_, container_, machine_, litewatch_ or process_"});
  CHECK(lint(kCatalogue) == LintFinding{});
}

}  // namespace
}  // namespace litewatch

#include "publish/series_table.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.h"
#include "publish/escape.h"

namespace litewatch {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// "head value" of what is present, in the fragment's order.
std::vector<std::string> shown(const Fragment& fragment) {
  std::vector<std::string> lines;
  REQUIRE(fragment.values.size() == fragment.layout->series.size());
  for (std::size_t i = 0; i < fragment.values.size(); ++i) {
    if (std::isnan(fragment.values[i])) continue;
    std::string value = std::to_string(fragment.values[i]);
    value.resize(value.find('.'));
    lines.push_back(std::string(fragment.layout->head(i)) + value);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("table: series set in any order -> by family name, then labels") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kSqliteUp, {"b", "main"}, 1);
  table.set(Metric::kProcessThreads, {}, 7);
  table.set(Metric::kSqliteUp, {"a", "main"}, 2);
  table.set(Metric::kSqliteDatabasePages, {"a", "main"}, 3);
  table.set(Metric::kSqliteUp, {"a", "logs"}, 4);
  const Lines expected = {
      "process_threads 7",
      R"(sqlite_database_pages{app="a",db="main"} 3)",
      R"(sqlite_up{app="a",db="logs"} 4)",
      R"(sqlite_up{app="a",db="main"} 2)",
      R"(sqlite_up{app="b",db="main"} 1)",
  };
  CHECK(shown(*table.commit()) == expected);
  CHECK(budget.used() == 5);
}

TEST_CASE("table: later runs in another order, with new series -> still sorted") {
  SeriesBudget budget(1000);
  SeriesTable table(budget);
  for (int run = 1; run <= 20; ++run) {
    table.begin();
    for (int i = 0; i < run * 5; ++i) {
      const int shuffled = (i * 37 + run) % 101;
      table.set(Metric::kSqliteUp, {std::to_string(100 + shuffled), "main"}, shuffled);
    }
    const auto fragment = table.commit();
    const Lines lines = shown(*fragment);
    REQUIRE(lines.size() == static_cast<std::size_t>(run * 5));
    REQUIRE(std::is_sorted(lines.begin(), lines.end()));
    for (const std::string& line : lines) {
      const std::string app = line.substr(line.find("app=\"") + 5, 3);
      REQUIRE(line ==
              "sqlite_up{app=\"" + app + "\",db=\"main\"} " + std::to_string(std::stoi(app) - 100));
    }
  }
}

TEST_CASE("table: labels that are prefixes of others or hold separators -> kept apart") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  for (int run = 0; run < 3; ++run) {
    table.begin();
    table.set(Metric::kSqliteUp, {"ab", "c"}, 1);
    table.set(Metric::kSqliteUp, {"a", "bc"}, 2);
    table.set(Metric::kSqliteUp, {"a\",db=\"c", "d"}, 3);
    table.set(Metric::kSqliteUp, {"a\\", "d"}, 4);
    table.set(Metric::kSqliteUp, {"a\\\\", "d"}, 5);
    table.set(Metric::kSqliteUp, {"", "a"}, 6);
    table.set(Metric::kSqliteUp, {"a", ""}, 7);
    table.set(Metric::kSqliteUp, {"", ""}, 8);
    const Lines expected = {
        R"(sqlite_up 8)",
        R"(sqlite_up{app="a"} 7)",
        R"(sqlite_up{app="a",db="bc"} 2)",
        R"(sqlite_up{app="a\",db=\"c",db="d"} 3)",
        R"(sqlite_up{app="a\\",db="d"} 4)",
        R"(sqlite_up{app="a\\\\",db="d"} 5)",
        R"(sqlite_up{app="ab",db="c"} 1)",
        R"(sqlite_up{db="a"} 6)",
    };
    CHECK(shown(*table.commit()) == expected);
  }
}

TEST_CASE("table: labels whose bytes look like another series' text -> kept apart") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  const auto run = [&](const char* app, const char* db) {
    table.begin();
    table.set(Metric::kProcessThreads, {}, 1);  // what follows it is guessed in the next run
    table.set(Metric::kSqliteUp, {app, db}, 2);
    return shown(*table.commit()).at(1);
  };
  for (int i = 0; i < 3; ++i) {
    CHECK(run("x", "yyyyyy1") == R"(sqlite_up{app="x",db="yyyyyy1"} 2)");
    CHECK(run("x", "yyyyyy1") == R"(sqlite_up{app="x",db="yyyyyy1"} 2)");
    CHECK(run("x\",db=\"yyyyyy1", "") == R"(sqlite_up{app="x\",db=\"yyyyyy1"} 2)");
    CHECK(run("x", "yyyyyy1") == R"(sqlite_up{app="x",db="yyyyyy1"} 2)");
    CHECK(run("x\",db=", "yy1") == R"(sqlite_up{app="x\",db=",db="yy1"} 2)");
    CHECK(run("a\\", "d") == R"(sqlite_up{app="a\\",db="d"} 2)");
    CHECK(run("a\\", "d") == R"(sqlite_up{app="a\\",db="d"} 2)");
    CHECK(run("a\\\\", "d") == R"(sqlite_up{app="a\\\\",db="d"} 2)");
  }
  CHECK(budget.used() == 6);
}

TEST_CASE("table: values that differ only in invalid bytes -> one series, last wins") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  for (int run = 0; run < 2; ++run) {
    table.begin();
    table.set(Metric::kSqliteUp, {"x\xFF", "main"}, 1);
    table.set(Metric::kSqliteUp, {"x\xFE", "main"}, 2);
    CHECK(shown(*table.commit()) == Lines{"sqlite_up{app=\"x\xEF\xBF\xBD\",db=\"main\"} 2"});
  }
  CHECK(budget.used() == 1);
}

TEST_CASE("table: set twice in a run -> last wins; NaN -> absent") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kProcessThreads, {}, 1);
  table.set(Metric::kProcessThreads, {}, 2);
  table.set(Metric::kProcessOpenFds, {}, kNan);
  CHECK(shown(*table.commit()) == Lines{"process_threads 2"});
  CHECK(budget.used() == 1);
  table.begin();
  table.set(Metric::kProcessThreads, {}, 3);
  table.set(Metric::kProcessThreads, {}, kNan);
  CHECK(shown(*table.commit()).empty());
}

TEST_CASE("table: a series not set in a run -> absent from that fragment only") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kProcessThreads, {}, 1);
  table.set(Metric::kProcessOpenFds, {}, 5);
  const auto first = table.commit();
  table.begin();
  table.set(Metric::kProcessThreads, {}, 2);
  const auto second = table.commit();
  CHECK(shown(*first) == Lines{"process_open_fds 5", "process_threads 1"});
  CHECK(shown(*second) == Lines{"process_threads 2"});
  CHECK(first->layout == second->layout);
}

TEST_CASE("table: absent for ten runs in a row -> forgotten, its room given back") {
  SeriesBudget budget(2);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kProcessOpenFds, {}, 5);
  table.set(Metric::kProcessThreads, {}, 1);
  table.commit();
  const auto run = [&](bool with_fds) {
    table.begin();
    table.set(Metric::kProcessThreads, {}, 1);
    if (with_fds) table.set(Metric::kProcessOpenFds, {}, 5);
    return table.commit();
  };
  for (int i = 0; i < SeriesTable::kRunsRemembered - 1; ++i) run(false);
  CHECK(shown(*run(true)).size() == 2);  // seen again just in time: the count starts anew
  for (int i = 0; i < SeriesTable::kRunsRemembered - 1; ++i) {
    CHECK(run(false)->layout->series.size() == 2);
    CHECK(budget.used() == 2);
  }
  CHECK(run(false)->layout->series.size() == 1);
  CHECK(budget.used() == 1);
  CHECK(shown(*run(true)) == Lines{"process_open_fds 5", "process_threads 1"});
  CHECK(budget.used() == 2);
}

TEST_CASE("table: other series come and go -> runs of absence are still counted") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kProcessOpenFds, {}, 5);
  table.commit();
  for (int i = 0; i < SeriesTable::kRunsRemembered; ++i) {
    CHECK(budget.used() == static_cast<std::size_t>(i + 1));
    table.begin();
    for (int app = 0; app <= i; ++app) table.set(Metric::kSqliteUp, {std::to_string(app), "x"}, 1);
    table.commit();
  }
  CHECK(budget.used() == SeriesTable::kRunsRemembered);
}

TEST_CASE("table: more series than the budget -> the rest left out and counted once per run") {
  SeriesBudget budget(2);
  SeriesTable table(budget);
  for (int run = 1; run <= 3; ++run) {
    table.begin();
    for (int repeat = 0; repeat < 2; ++repeat) {
      for (const char* app : {"a", "b", "c", "d", "e"}) table.set(Metric::kSqliteUp, {app, "x"}, 1);
    }
    CHECK(shown(*table.commit()).size() == 2);
    CHECK(budget.used() == 2);
    CHECK(budget.dropped() == static_cast<std::uint64_t>(3 * run));
  }
  budget.set_limit(4);
  table.begin();
  for (const char* app : {"a", "b", "c", "d", "e"}) table.set(Metric::kSqliteUp, {app, "x"}, 1);
  CHECK(shown(*table.commit()).size() == 4);
  CHECK(budget.dropped() == 10);
}

TEST_CASE("budget: two tables -> share it; a table that goes gives back") {
  SeriesBudget budget(3);
  SeriesTable stays(budget);
  {
    SeriesTable goes(budget);
    goes.begin();
    goes.set(Metric::kSqliteUp, {"a", "x"}, 1);
    goes.set(Metric::kSqliteUp, {"b", "x"}, 1);
    goes.commit();
    goes.begin();
    goes.set(Metric::kSqliteUp, {"c", "x"}, 1);  // never committed
    CHECK(budget.used() == 3);
    stays.begin();
    stays.set(Metric::kProcessThreads, {}, 1);
    CHECK(shown(*stays.commit()).empty());
    CHECK(budget.dropped() == 1);
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("budget: limits around what is used -> take is all or nothing") {
  SeriesBudget budget(5);
  CHECK(budget.take(3));
  CHECK_FALSE(budget.take(3));
  CHECK(budget.used() == 3);
  CHECK(budget.take(2));
  budget.set_limit(1);
  CHECK_FALSE(budget.take());
  budget.give(5);
  CHECK(budget.take());
  CHECK(budget.used() == 1);
  CHECK(budget.dropped() == 0);
  CHECK_FALSE(SeriesBudget(0).take());
}

TEST_CASE("table: a run begun but not committed -> discarded") {
  SeriesBudget budget(3);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kProcessThreads, {}, 1);
  table.commit();
  table.begin();
  table.set(Metric::kProcessThreads, {}, 2);
  table.set(Metric::kProcessOpenFds, {}, 5);
  table.set(Metric::kProcessMaxFds, {}, 9);
  table.set(Metric::kSqliteUp, {"over", "budget"}, 1);
  table.add_status().name = "discarded";
  table.begin();
  table.set(Metric::kProcessMaxFds, {}, 9);
  const auto fragment = table.commit();
  CHECK(shown(*fragment) == Lines{"process_max_fds 9"});
  CHECK(fragment->status.empty());
  CHECK(budget.dropped() == 0);
}

TEST_CASE("table: nothing set -> an empty fragment") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  table.begin();
  const auto fragment = table.commit();
  REQUIRE(fragment->layout != nullptr);
  CHECK(fragment->values.empty());
}

TEST_CASE("table: an older fragment held by a reader -> never changes") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  std::vector<std::shared_ptr<const Fragment>> held;
  for (int run = 0; run < 8; ++run) {
    table.begin();
    table.set(Metric::kProcessThreads, {}, run);
    table.add_status().name = std::to_string(run);
    held.push_back(table.commit());
  }
  for (std::size_t run = 0; run < held.size(); ++run) {
    CHECK(shown(*held[run]) == Lines{"process_threads " + std::to_string(run)});
    CHECK(held[run]->status.at(0).name == std::to_string(run));
  }
}

TEST_CASE("table: a fragment that outlives its table -> still readable") {
  SeriesBudget budget(100);
  std::shared_ptr<const Fragment> fragment;
  {
    SeriesTable table(budget);
    table.begin();
    table.set(Metric::kProcessThreads, {}, 3);
    fragment = table.commit();
  }
  CHECK(shown(*fragment) == Lines{"process_threads 3"});
}

TEST_CASE("histogram: set -> buckets by number, then sum and count") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  const std::array<double, 4> bounds = {0.5, 1, 2, 10};
  const std::array<std::uint64_t, 5> counts = {1, 1, 3, 7, 8};
  table.begin();
  table.set_histogram(Metric::kLitewatchHttpRequestDurationSeconds, {"status"},
                      {bounds, counts, 25});
  table.set_histogram(Metric::kLitewatchHttpRequestDurationSeconds, {"metrics"},
                      {bounds, counts, 25});
  const auto fragment = table.commit();
  Lines expected;
  const std::string name = "litewatch_http_request_duration_seconds";
  for (const std::string handler : {"metrics", "status"}) {
    const std::string label = "handler=\"" + handler + "\"";
    for (const char* bucket :
         {R"(0.5"} 1)", R"(1.0"} 1)", R"(2.0"} 3)", R"(10.0"} 7)", R"(+Inf"} 8)"}) {
      expected.push_back(name + "_bucket{" + label + ",le=\"" + bucket);
    }
    expected.push_back(name + "_sum{" + label + "} 25");
    expected.push_back(name + "_count{" + label + "} 8");
  }
  CHECK(shown(*fragment) == expected);
  CHECK(budget.used() == 14);
}

TEST_CASE("histogram: other bounds in a later run -> the new ones only") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  const std::array<double, 2> old_bounds = {1, 3};
  const std::array<double, 2> new_bounds = {2, 3};
  const std::array<std::uint64_t, 3> counts = {1, 2, 3};
  table.begin();
  table.set_histogram(Metric::kSqliteScrapeDurationSeconds, {}, {old_bounds, counts, 4});
  table.commit();
  table.begin();
  table.set_histogram(Metric::kSqliteScrapeDurationSeconds, {}, {new_bounds, counts, 4});
  const Lines expected = {
      R"(sqlite_scrape_duration_seconds_bucket{le="2.0"} 1)",
      R"(sqlite_scrape_duration_seconds_bucket{le="3.0"} 2)",
      R"(sqlite_scrape_duration_seconds_bucket{le="+Inf"} 3)",
      "sqlite_scrape_duration_seconds_sum 4",
      "sqlite_scrape_duration_seconds_count 3",
  };
  CHECK(shown(*table.commit()) == expected);
}

TEST_CASE("rendered labels: several at once -> on the page as they came, again and again") {
  SeriesBudget budget(10);
  SeriesTable table(budget);
  std::string allowed;
  append_label(allowed, "container_label_team", "a\"b");
  append_label(allowed, "container_label_tier", "db");
  const Lines expected = {
      R"(container_last_seen{app="shop",container_label_team="a\"b",container_label_tier="db",id="/a"} 2)",
      R"(container_last_seen{container_label_team="a\"b",container_label_tier="db",id="/a"} 3)",
      R"(container_last_seen{id="/a"} 1)",
  };
  for (int run = 0; run < 3; ++run) {
    table.begin();
    table.set(Metric::kContainerLastSeen, {"", "", "", "/a", "", "", "", ""}, 1);
    table.set(Metric::kContainerLastSeen, {"shop", "", allowed, "/a", "", "", "", ""}, 2);
    table.set(Metric::kContainerLastSeen, {"", "", allowed, "/a", "", "", "", ""}, 3);
    CHECK(shown(*table.commit()) == expected);
  }
  CHECK(budget.used() == 3);
}

TEST_CASE("histogram: not enough room -> left out as a whole") {
  SeriesBudget budget(5);
  SeriesTable table(budget);
  const std::array<double, 2> bounds = {1, 2};
  const std::array<std::uint64_t, 3> counts = {1, 2, 3};
  table.begin();
  table.set(Metric::kProcessThreads, {}, 1);
  table.set_histogram(Metric::kSqliteScrapeDurationSeconds, {}, {bounds, counts, 4});
  CHECK(shown(*table.commit()) == Lines{"process_threads 1"});
  CHECK(budget.used() == 1);
  CHECK(budget.dropped() == 5);
  budget.set_limit(6);
  table.begin();
  table.set_histogram(Metric::kSqliteScrapeDurationSeconds, {}, {bounds, counts, 4});
  CHECK(shown(*table.commit()).size() == 5);
}

TEST_CASE("status: rows of a run -> in order; fewer in the next run -> only those") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  table.begin();
  for (const char* name : {"a", "b", "c"}) table.add_status().name = name;
  CHECK(table.commit()->status.size() == 3);
  table.begin();
  table.add_status().name = "d";
  const auto fragment = table.commit();
  REQUIRE(fragment->status.size() == 1);
  CHECK(fragment->status[0].name == "d");
}

}  // namespace
}  // namespace litewatch

#include "publish/page.h"

#include <array>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "catalogue/catalogue.h"
#include "catch.h"
#include "parsed_page.h"
#include "publish/series_table.h"

namespace litewatch {
namespace {

using Fragments = std::vector<std::shared_ptr<const Fragment>>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string text_of(const Fragments& fragments, Format format = Format::kText) {
  PageFactory factory;
  return std::string(factory.make(fragments)->body(format));
}

std::shared_ptr<const Fragment> small_fragment(SeriesBudget& budget) {
  static constexpr std::array<double, 2> kBounds = {0.25, 1};
  static constexpr std::array<std::uint64_t, 3> kCounts = {2, 3, 3};
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kSqliteWalSizeBytes, {"shop", "main"}, 4152);
  table.set(Metric::kSqliteWalSizeBytes, {"blog", "main"}, 0.5);
  table.set(Metric::kSqliteReadErrorsTotal, {"shop", "main", "wal"}, 3);
  table.set(Metric::kLitewatchBuildInfo, {"0.1.0"}, 1);
  table.set_histogram(Metric::kSqliteScrapeDurationSeconds, {}, {kBounds, kCounts, 0.75});
  return table.commit();
}

TEST_CASE("page: a few series as text -> this page") {
  SeriesBudget budget(100);
  CHECK(text_of({small_fragment(budget)}) ==
        R"(# HELP litewatch_build_info )" +
            std::string(describe(Metric::kLitewatchBuildInfo).help) +
            R"(
# TYPE litewatch_build_info gauge
litewatch_build_info{version="0.1.0"} 1
# HELP sqlite_read_errors_total Failed readings by what was read: database, wal, wal_index, journal or locks.
# TYPE sqlite_read_errors_total counter
sqlite_read_errors_total{app="shop",db="main",op="wal"} 3
# HELP sqlite_scrape_duration_seconds Time it took to read all databases of one file system, in seconds.
# TYPE sqlite_scrape_duration_seconds histogram
sqlite_scrape_duration_seconds_bucket{le="0.25"} 2
sqlite_scrape_duration_seconds_bucket{le="1.0"} 3
sqlite_scrape_duration_seconds_bucket{le="+Inf"} 3
sqlite_scrape_duration_seconds_sum 0.75
sqlite_scrape_duration_seconds_count 3
# HELP sqlite_wal_size_bytes Size of the WAL file, a high-water mark; 0 if there is none.
# TYPE sqlite_wal_size_bytes gauge
sqlite_wal_size_bytes{app="blog",db="main"} 0.5
sqlite_wal_size_bytes{app="shop",db="main"} 4152
)");
}

TEST_CASE("page: the same as OpenMetrics -> names, units and the end mark differ, samples do not") {
  SeriesBudget budget(100);
  CHECK(text_of({small_fragment(budget)}, Format::kOpenMetrics) ==
        R"(# HELP litewatch_build )" + std::string(describe(Metric::kLitewatchBuildInfo).help) +
            R"(
# TYPE litewatch_build info
litewatch_build_info{version="0.1.0"} 1
# HELP sqlite_read_errors Failed readings by what was read: database, wal, wal_index, journal or locks.
# TYPE sqlite_read_errors counter
sqlite_read_errors_total{app="shop",db="main",op="wal"} 3
# HELP sqlite_scrape_duration_seconds Time it took to read all databases of one file system, in seconds.
# TYPE sqlite_scrape_duration_seconds histogram
# UNIT sqlite_scrape_duration_seconds seconds
sqlite_scrape_duration_seconds_bucket{le="0.25"} 2
sqlite_scrape_duration_seconds_bucket{le="1.0"} 3
sqlite_scrape_duration_seconds_bucket{le="+Inf"} 3
sqlite_scrape_duration_seconds_sum 0.75
sqlite_scrape_duration_seconds_count 3
# HELP sqlite_wal_size_bytes Size of the WAL file, a high-water mark; 0 if there is none.
# TYPE sqlite_wal_size_bytes gauge
# UNIT sqlite_wal_size_bytes bytes
sqlite_wal_size_bytes{app="blog",db="main"} 0.5
sqlite_wal_size_bytes{app="shop",db="main"} 4152
# EOF
)");
}

TEST_CASE("page: both formats -> the same series with the same values") {
  SeriesBudget budget(100);
  const Fragments fragments = {small_fragment(budget)};
  CHECK(parse_page(text_of(fragments)) == parse_page(text_of(fragments, Format::kOpenMetrics)));
}

TEST_CASE("page: content types -> exactly those that Prometheus knows") {
  CHECK(content_type(Format::kText) == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(content_type(Format::kOpenMetrics) ==
        "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

TEST_CASE("page: nothing to show -> empty text, OpenMetrics with its end mark") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kProcessThreads, {}, 1);
  table.commit();
  table.begin();
  const auto all_absent = table.commit();
  REQUIRE(all_absent->layout->series.size() == 1);
  for (const Fragments& fragments :
       {Fragments{}, Fragments{nullptr}, Fragments{all_absent},
        Fragments{std::make_shared<Fragment>(), nullptr, all_absent}}) {
    CHECK(text_of(fragments).empty());
    CHECK(text_of(fragments, Format::kOpenMetrics) == "# EOF\n");
    PageFactory factory;
    CHECK(gunzip(factory.make(fragments)->gzip(Format::kText)).empty());
  }
}

/// A page of 60 series, dealt to `workers` tables in an order that depends on `seed`.
std::string dealt_page(std::size_t workers, unsigned seed, Format format) {
  SeriesBudget budget(1000);
  std::vector<std::unique_ptr<SeriesTable>> tables;
  for (std::size_t i = 0; i < workers; ++i) {
    tables.push_back(std::make_unique<SeriesTable>(budget));
    tables.back()->begin();
  }
  constexpr std::array<Metric, 3> kMetrics = {Metric::kSqliteUp, Metric::kSqliteDatabasePages,
                                              Metric::kSqliteFileReplacedTotal};
  for (unsigned i = 0; i < 60; ++i) {
    const unsigned n = (i * 7 + seed * 13) % 60;
    const std::string app = "app" + std::to_string(n / 3);
    tables[(n / 3 + seed) % workers]->set(kMetrics[n % 3], {app, "main"}, n + 0.5);
  }
  Fragments fragments;
  for (const auto& table : tables) fragments.push_back(table->commit());
  return text_of(fragments, format);
}

TEST_CASE("page: whatever worker sets what, in whatever order -> the same bytes, sorted") {
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    const std::string page = dealt_page(1, 0, format);
    CHECK(parse_page(page).size() == 60);
    for (const std::size_t workers : {1, 2, 3, 7}) {
      for (unsigned seed = 0; seed < 5; ++seed) CHECK(dealt_page(workers, seed, format) == page);
    }
    std::string previous;
    for (const std::string& line : lines_of(page)) {
      if (!line.starts_with('#')) {
        CHECK((previous.starts_with('#') || previous < line));
      }
      previous = line;
    }
  }
}

TEST_CASE("page: a series in two fragments -> once, the first fragment's") {
  SeriesBudget budget(100);
  SeriesTable first(budget);
  SeriesTable second(budget);
  first.begin();
  first.set(Metric::kSqliteUp, {"b", "x"}, 1);
  second.begin();
  for (const char* app : {"a", "b", "c"}) second.set(Metric::kSqliteUp, {app, "x"}, 2);
  const auto one = first.commit();
  const auto two = second.commit();
  const auto values = [](const std::string& page) {
    std::string all;
    for (const ParsedSample& sample : parse_page(page)) all += sample.value;
    return all;
  };
  CHECK(values(text_of({one, two})) == "212");
  CHECK(values(text_of({two, one})) == "222");
  CHECK(values(text_of({one, one, one})) == "1");
  first.begin();
  const auto absent = first.commit();
  CHECK(values(text_of({absent, two})) == "222");
}

TEST_CASE("page: a histogram in two fragments -> the first one's, whole") {
  SeriesBudget budget(100);
  SeriesTable first(budget);
  SeriesTable second(budget);
  const std::array<double, 1> bound_one = {1};
  const std::array<double, 1> bound_two = {2};
  const std::array<std::uint64_t, 2> counts = {4, 5};
  first.begin();
  first.set_histogram(Metric::kSqliteScrapeDurationSeconds, {}, {bound_one, counts, 1});
  second.begin();
  second.set_histogram(Metric::kSqliteScrapeDurationSeconds, {}, {bound_two, counts, 2});
  const auto one = first.commit();
  const auto two = second.commit();
  CHECK(text_of({one, two}) == text_of({one}));
  CHECK(text_of({two, one}) == text_of({two}));
}

TEST_CASE("page: histograms of two fragments -> each in one piece, counts never falling") {
  SeriesBudget budget(100);
  SeriesTable first(budget);
  SeriesTable second(budget);
  const std::array<double, 3> bounds = {0.5, 5, 50};
  const std::array<std::uint64_t, 4> counts = {1, 2, 9, 10};
  const Metric metric = Metric::kLitewatchHttpRequestDurationSeconds;
  first.begin();
  first.set_histogram(metric, {"metrics"}, {bounds, counts, 1});
  first.set_histogram(metric, {"status"}, {bounds, counts, 1});
  second.begin();
  second.set_histogram(metric, {"ready"}, {bounds, counts, 1});
  const auto samples = parse_page(text_of({first.commit(), second.commit()}));
  REQUIRE(samples.size() == 18);
  for (std::size_t group = 0; group < 3; ++group) {
    for (std::size_t i = 1; i < 4; ++i) {
      const ParsedSample& before = samples[group * 6 + i - 1];
      const ParsedSample& sample = samples[group * 6 + i];
      CHECK(sample.labels.at("handler") == before.labels.at("handler"));
      CHECK(std::stod(before.labels.at("le")) < std::stod(sample.labels.at("le")));
      CHECK(std::stod(before.value) <= std::stod(sample.value));
    }
    CHECK(samples[group * 6 + 5].value == samples[group * 6 + 3].value);
  }
}

TEST_CASE("page: labels and values of every kind -> valid lines that read back") {
  using namespace std::string_literals;
  SeriesBudget budget(1000);
  SeriesTable table(budget);
  std::set<ParsedSample> expected;
  const std::vector<std::string> nasty = {
      "plain", "q\"uote",      "back\\slash", "new\nline", "nul\0!"s, "tab\tand\rreturn",
      "{},= ", "h\xC3\xA9llo", "\\n",         "\\\""};
  table.begin();
  double value = 0.1;
  for (const std::string& app : nasty) {
    for (const std::string& db : nasty) {
      table.set(Metric::kSqliteUp, {app, db}, value);
      std::array<char, 32> text;
      std::snprintf(text.data(), text.size(), "%.17g", value);
      expected.insert({"sqlite_up", {{"app", app}, {"db", db}}, text.data()});
      value *= 1.7;
    }
  }
  std::set<ParsedSample> found;
  for (ParsedSample sample : parse_page(text_of({table.commit()}))) {
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.17g", std::strtod(sample.value.c_str(), nullptr));
    sample.value = text.data();
    found.insert(std::move(sample));
  }
  CHECK(found == expected);
}

TEST_CASE("page: infinities -> +Inf and -Inf") {
  SeriesBudget budget(10);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kSqliteUp, {"a", "x"}, kInfinity);
  table.set(Metric::kSqliteUp, {"b", "x"}, -kInfinity);
  const auto samples = parse_page(text_of({table.commit()}));
  CHECK(samples.at(0).value == "+Inf");
  CHECK(samples.at(1).value == "-Inf");
}

TEST_CASE("page: gzip -> one member that holds the body, the same bytes each time") {
  SeriesBudget budget(10000);
  SeriesTable table(budget);
  PageFactory factory;
  for (const int series : {0, 1, 3000, 10}) {
    table.begin();
    for (int i = 0; i < series; ++i)
      table.set(Metric::kSqliteUp, {std::to_string(i), "x"}, i / 7.0);
    const Fragments fragments = {table.commit()};
    const auto page = factory.make(fragments);
    const auto again = factory.make(fragments);
    for (const Format format : {Format::kText, Format::kOpenMetrics}) {
      CHECK(gunzip(page->gzip(format)) == page->body(format));
      CHECK(page->gzip(format) == again->gzip(format));
      CHECK(page->gzip(format).data() == page->gzip(format).data());
    }
  }
}

TEST_CASE("page: what it was made of -> fragments, and how many series are present") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  table.begin();
  table.set(Metric::kProcessThreads, {}, 1);
  table.set(Metric::kProcessOpenFds, {}, 1);
  table.commit();
  table.begin();
  table.set(Metric::kProcessThreads, {}, 2);
  const auto fragment = table.commit();
  PageFactory factory;
  const auto page = factory.make(std::vector{fragment, std::shared_ptr<const Fragment>()});
  CHECK(page->series_count() == 1);
  REQUIRE(page->fragments().size() == 2);
  CHECK(page->fragments()[0] == fragment);
}

TEST_CASE("page: held while others are made and dropped -> never changes; dropped -> lets go") {
  SeriesBudget budget(100);
  SeriesTable table(budget);
  PageFactory factory;
  const auto make = [&](double value) {
    table.begin();
    table.set(Metric::kProcessThreads, {}, value);
    return factory.make(std::vector{table.commit()});
  };
  auto held = make(1);
  const std::string_view body = held->body(Format::kText);
  const std::weak_ptr<const Fragment> fragment = held->fragments()[0];
  for (int i = 2; i < 30; ++i) {
    const auto page = make(i);
    CHECK(page->body(Format::kText).ends_with("process_threads " + std::to_string(i) + "\n"));
    CHECK(body.ends_with("process_threads 1\n"));
  }
  held.reset();
  CHECK(fragment.expired());
}

TEST_CASE("page: outlives its factory -> still renders") {
  SeriesBudget budget(100);
  std::shared_ptr<const Page> page;
  {
    PageFactory factory;
    page = factory.make(std::vector{small_fragment(budget)});
  }
  CHECK(gunzip(page->gzip(Format::kText)) == page->body(Format::kText));
  CHECK(parse_page(page->body(Format::kText)).size() == 9);
}

}  // namespace
}  // namespace litewatch

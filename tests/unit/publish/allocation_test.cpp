#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "publish/page.h"
#include "publish/series_table.h"
#include "support/count_allocations.h"

namespace litewatch {
namespace {

constexpr std::array<double, 3> kBounds = {0.1, 1, 10};
constexpr std::array<std::uint64_t, 4> kCounts = {1, 2, 3, 4};

/// A collector's run over series with plain and with nasty labels.
std::shared_ptr<const Fragment> run(SeriesTable& table, const std::vector<std::string>& apps,
                                    double value) {
  table.begin();
  for (const std::string& app : apps) {
    table.set(Metric::kSqliteUp, {app, "main"}, value);
    table.set(Metric::kSqliteWalSizeBytes, {app, "n\xC3\xA4sty \"\xFF\n"}, value / 3);
    StatusRow& row = table.add_status();
    row.app = app;
    row.detail = "/a/path/that/is/too/long/for/the/small/string/optimisation.db";
  }
  table.set_histogram(Metric::kSqliteScrapeDurationSeconds, {}, {kBounds, kCounts, value});
  return table.commit();
}

TEST_CASE("steady state: collect and render all variants -> no allocation") {
  SeriesBudget budget(10000);
  SeriesTable first(budget);
  SeriesTable second(budget);
  PageFactory factory;
  std::vector<std::string> apps;
  for (int i = 0; i < 200; ++i) apps.push_back("app" + std::to_string(i));
  std::array<std::shared_ptr<const Fragment>, 2> board;
  std::shared_ptr<const Page> latest;
  std::size_t bytes = 0;
  const auto scrape = [&](double value) {
    board[0] = run(first, apps, value);
    board[1] = run(second, apps, value + 1);
    latest = factory.make(board);
    for (const Format format : {Format::kText, Format::kOpenMetrics}) {
      bytes += latest->body(format).size() + latest->gzip(format).size();
    }
  };
  for (int i = 0; i < 5; ++i) scrape(i);
  const std::size_t before = allocations;
  for (int i = 0; i < 20; ++i) scrape(100.25 + i);
  CHECK(allocations - before == 0);
  CHECK(bytes > 0);
}

TEST_CASE("steady state: the counter itself -> sees an allocation") {
  const std::size_t before = allocations;
  const std::vector<int> vector(1000, 1);
  CHECK(allocations > before);
  CHECK(vector.size() == 1000);
}

}  // namespace
}  // namespace litewatch

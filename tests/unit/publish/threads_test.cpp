#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "catch.h"
#include "parsed_page.h"
#include "publish/page.h"
#include "publish/self_metrics.h"
#include "publish/series_table.h"

namespace litewatch {
namespace {

/// The latest page, as a server holds it.
class Latest {
 public:
  void put(std::shared_ptr<const Page> page) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    page_.swap(page);
  }
  std::shared_ptr<const Page> get() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return page_;
  }

 private:
  Mutex mutex_;
  std::shared_ptr<const Page> page_ GUARDED_BY(mutex_);
};

constexpr int kRuns = 300;
constexpr std::size_t kSeries = 50;

void publish_runs(Latest& latest) {
  SeriesBudget budget(1000);
  SeriesTable table(budget);
  PageFactory factory;
  for (int run = 0; run < kRuns; ++run) {
    table.begin();
    for (std::size_t i = 0; i < kSeries; ++i) {
      table.set(Metric::kSqliteUp, {std::to_string(i), "main"}, run);
    }
    table.add_status().name = std::to_string(run);
    latest.put(factory.make(std::vector{table.commit()}));
    if (run % 16 == 0) std::this_thread::yield();
  }
}

/// Empty where all samples of the page are of one run.
std::string problem_of(const Page& page, Format format, bool gzip) {
  const std::string text = gzip ? gunzip(page.gzip(format)) : std::string(page.body(format));
  const auto samples = parse_page(text);
  if (samples.size() != kSeries) return "series are missing";
  const std::string& run = page.fragments()[0]->status.at(0).name;
  for (const ParsedSample& sample : samples) {
    if (sample.value != run) return "values of two runs on one page";
  }
  return "";
}

TEST_CASE("threads: one publisher, four readers of all variants -> whole pages of one run each") {
  Latest latest;
  std::atomic<bool> done = false;
  std::array<std::string, 4> problems;
  std::array<int, 4> pages{};
  std::vector<std::thread> readers;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    readers.emplace_back([&, i] {
      const Format format = i % 2 == 0 ? Format::kText : Format::kOpenMetrics;
      while (problems[i].empty() && (!done || pages[i] == 0)) {
        const auto page = latest.get();
        if (!page) continue;
        problems[i] = problem_of(*page, format, i >= 2);
        ++pages[i];
      }
    });
  }
  publish_runs(latest);
  done = true;
  for (std::thread& reader : readers) reader.join();
  for (std::size_t i = 0; i < problems.size(); ++i) {
    CHECK(problems[i] == "");
    CHECK(pages[i] > 0);
  }
}

TEST_CASE("threads: self metrics counted and published at once -> nothing is lost") {
  SelfMetrics self;
  std::vector<std::thread> counters;
  for (int i = 0; i < 3; ++i) {
    counters.emplace_back([&] {
      for (int n = 0; n < 500; ++n) self.count_http_request("metrics", 200 + n % 3, 0.001);
    });
  }
  SeriesBudget budget(1000);
  SeriesTable table(budget);
  for (int run = 0; run < 20; ++run) {
    table.begin();
    self.publish(table);
    table.commit();
  }
  for (std::thread& counter : counters) counter.join();
  table.begin();
  self.publish(table);
  PageFactory factory;
  double total = 0;
  for (const auto& sample :
       parse_page(factory.make(std::vector{table.commit()})->body(Format::kText))) {
    if (sample.name == "litewatch_http_requests_total") total += std::stod(sample.value);
  }
  CHECK(total == 1500);
}

TEST_CASE("threads: a shared budget -> never over its limit") {
  SeriesBudget budget(100);
  std::atomic<int> taken = 0;
  std::vector<std::thread> takers;
  for (int i = 0; i < 4; ++i) {
    takers.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) {
        if (budget.take(3)) taken += 3;
        if (n % 3 == 0 && taken > 60 && budget.take(0)) std::this_thread::yield();
      }
    });
  }
  for (std::thread& taker : takers) taker.join();
  CHECK(taken == 99);
  CHECK(budget.used() == 99);
}

}  // namespace
}  // namespace litewatch

#include "collect/runner.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "base/clock.h"
#include "catch.h"
#include "runner_service.h"

namespace litewatch {
namespace {

class Throwing : public Collector {
 public:
  explicit Throwing(std::atomic<bool>& fail) : fail_(fail) {}
  void collect(SeriesTable& sink) override {
    if (fail_) throw std::runtime_error("a defect");
    sink.set(Metric::kSqliteUp, {"throwing", "d"}, 1);
  }

 private:
  std::atomic<bool>& fail_;
};

class Idle : public Collector {
 public:
  explicit Idle(std::atomic<int>& calls, bool fail = false) : calls_(calls), fail_(fail) {}
  void collect(SeriesTable&) override {}
  double idle() override {
    ++calls_;
    if (fail_) throw std::runtime_error("a defect");
    return 0.001;
  }

 private:
  std::atomic<int>& calls_;
  const bool fail_;
};

}  // namespace

TEST_CASE("runner: no collectors -> an empty page but for the summaries") {
  Service service;
  CHECK(shows(service.page(), "summary", 1));
  CHECK(service.summary.seen.empty());
}

TEST_CASE("runner: every collection -> runs each collector once, then the summaries") {
  Service service;
  service.add("one", service.open_gate);
  CHECK(shows(service.page(), "one", 1));
  const std::string page = service.page();
  CHECK(shows(page, "one", 2));
  CHECK(shows(page, "summary", 2));
  const CollectorHealth& health = service.health("one");
  CHECK(health.mountpoint == "/one");
  CHECK(health.success);
  CHECK_FALSE(health.stale);
  CHECK(health.duration_s.value() >= 0);
  CHECK(*health.last_success_unix_s <= unix_s());
}

TEST_CASE("runner: two collections at once -> share one run and one page") {
  Service service;
  service.add("one", service.gate);
  service.gate.close();
  const auto collect = [&] { return service.runner.collect(monotonic_s() + kLong_s); };
  auto first = std::async(std::launch::async, collect);
  service.gate.wait_until_somebody_waits();
  auto second = std::async(std::launch::async, collect);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(second.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  service.gate.open();
  CHECK(first.get() == second.get());
  CHECK(service.runs == 1);
}

TEST_CASE("runner: a collection that joins and runs out of time -> the page before") {
  Service service;
  service.add("one", service.gate);
  const std::string before = service.page();
  service.gate.close();
  auto first = std::async(std::launch::async, [&] { return service.page(); });
  service.gate.wait_until_somebody_waits();
  CHECK(service.page(0.02) == before);
  service.gate.open();
  CHECK(shows(first.get(), "one", 2));
}

TEST_CASE("runner: a collector that hangs -> silences itself alone, shown stale, then dropped") {
  Service service;
  service.add("good", service.open_gate);
  service.add("stuck", service.gate);
  CHECK(shows(service.page(), "stuck"));
  service.gate.close();

  const double start_s = monotonic_s();
  std::string page = service.page(0.1);
  CHECK(monotonic_s() - start_s < 5);
  CHECK(shows(page, "stuck"));  // what it said last
  CHECK(service.health("stuck").stale);
  CHECK(service.health("stuck").success);
  CHECK_FALSE(service.health("good").stale);
  CHECK(service.errors("timeout") == 1);
  const int so_far = service.runs;
  CHECK(shows(page, "good", so_far));
  const double again_s = monotonic_s();
  CHECK(shows(service.page(), "good", so_far + 1));  // the others stay fresh
  CHECK(monotonic_s() - again_s < 5);                // and nobody waits for it a second time
  CHECK(service.errors("timeout") == 2);

  service.runner.set_options({.max_age_s = 0.01});
  page = service.page(0.05);
  CHECK_FALSE(shows(page, "stuck"));
  CHECK(shows(page, "good"));

  service.gate.open();
  const double deadline_s = monotonic_s() + kLong_s;
  do {
    page = service.page();
  } while (service.health("stuck").stale && monotonic_s() < deadline_s);
  CHECK(shows(page, "stuck"));
  CHECK_FALSE(service.health("stuck").stale);
}

TEST_CASE("runner: a collector that has never answered -> stale, and nothing of it is shown") {
  Service service;
  service.add("stuck", service.gate);
  service.gate.close();
  CHECK_FALSE(shows(service.page(0.02), "stuck"));
  CHECK(service.health("stuck").stale);
  CHECK_FALSE(service.health("stuck").success);
  CHECK_FALSE(service.health("stuck").duration_s.has_value());
}

TEST_CASE("runner: a deadline in the past -> a page at once") {
  Service service;
  service.add("stuck", service.gate);
  service.gate.close();
  CHECK(shows(service.page(-1), "summary", 1));
}

TEST_CASE("runner: a collector that throws -> no success, an error counted, and it may recover") {
  Service service;
  std::atomic<bool> fail = true;
  service.runner.add("throwing", "", std::make_unique<Throwing>(fail));
  service.add("good", service.open_gate);
  std::string page = service.page();
  CHECK_FALSE(shows(page, "throwing"));
  CHECK(shows(page, "good"));
  CHECK_FALSE(service.health("throwing").success);
  CHECK_FALSE(service.health("throwing").last_success_unix_s.has_value());
  CHECK(service.errors("internal") == 1);
  fail = false;
  CHECK(shows(service.page(), "throwing", 1));
  CHECK(service.health("throwing").success);
  CHECK(service.runner.stop(monotonic_s() + kLong_s));
}

TEST_CASE("runner: a summary that throws -> the page before, and the next one is made") {
  Service service;
  const std::string before = service.page();
  service.summary.fail = true;
  CHECK(service.page() == before);
  service.summary.fail = false;
  CHECK(shows(service.page(), "summary", 2));
}

TEST_CASE("runner: between collections -> idle() as often as it asks, though it throws") {
  std::atomic<int> calls = 0;
  std::atomic<int> failures = 0;
  Service service;
  service.runner.add("idle", "", std::make_unique<Idle>(calls));
  service.runner.add("bad", "", std::make_unique<Idle>(failures, true));
  for (const double end_s = monotonic_s() + kLong_s; monotonic_s() < end_s && calls < 10;) {
    std::this_thread::yield();
  }
  CHECK(calls >= 10);
  service.page();
  CHECK(service.health("bad").success);
  CHECK(service.runner.stop(monotonic_s() + kLong_s));
  CHECK(failures >= 1);
  CHECK(service.errors("internal") == failures);
}

TEST_CASE("runner: stop with a worker that is stuck -> false in time, true once it ends") {
  Service service;
  service.add("stuck", service.gate);
  service.add("good", service.open_gate);
  service.gate.close();
  service.page(0.02);
  const double start_s = monotonic_s();
  CHECK_FALSE(service.runner.stop(start_s + 0.05));
  CHECK(monotonic_s() - start_s < 5);
  service.page(kLong_s);  // does not wait for anybody any more
  CHECK(monotonic_s() - start_s < 5);
  service.gate.open();
  CHECK(service.runner.stop(monotonic_s() + kLong_s));
  service.add("late", service.open_gate);  // starts nothing
  CHECK_FALSE(shows(service.page(0.01), "late"));
}

TEST_CASE("runner: many threads collect, add and look -> each gets a page") {
  std::atomic<int> pages = 0;
  Service service;
  for (int i = 0; i < 4; ++i) service.add("c" + std::to_string(i), service.open_gate);
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 50; ++round) {
        const auto page = service.runner.collect(monotonic_s() + (round % 10 == 0 ? 0 : kLong_s));
        if (page && page->body(Format::kText).size() + page->series_count() > 0) ++pages;
        if (i == 0 && round % 10 == 5) service.add("n" + std::to_string(round), service.open_gate);
        if (i == 1) service.runner.set_options({.max_age_s = 1.0 + round});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(pages >= 290);  // the very first ones may be empty
  CHECK(service.runner.stop(monotonic_s() + kLong_s));
}

}  // namespace litewatch

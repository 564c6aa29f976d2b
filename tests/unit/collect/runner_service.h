#pragma once

#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "collect/runner.h"

namespace litewatch {

constexpr double kLong_s = 20;

/// Stands between a test and a collector: closed, collect() waits.
class Gate {
 public:
  void close() {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  void open() {
    MutexLock lock(mutex_);
    closed_ = false;
    changed_.notify_all();
  }
  void pass() {
    MutexLock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    while (closed_) changed_.wait(mutex_);
    --waiting_;
  }
  void wait_until_somebody_waits() {
    MutexLock lock(mutex_);
    while (waiting_ == 0) changed_.wait(mutex_);
  }

 private:
  Mutex mutex_;
  Condition changed_;
  bool closed_ GUARDED_BY(mutex_) = false;
  int waiting_ GUARDED_BY(mutex_) = 0;
};

/// Sets sqlite_up{app=NAME,db="d"} to the number of the run, once the gate lets it.
class Counting : public Collector {
 public:
  Counting(std::string name, Gate& gate, std::atomic<int>& runs)
      : name_(std::move(name)), gate_(gate), runs_(runs) {}
  void collect(SeriesTable& sink) override {
    gate_.pass();
    sink.set(Metric::kSqliteUp, {name_, "d"}, ++runs_);
  }

 private:
  const std::string name_;
  Gate& gate_;
  std::atomic<int>& runs_;
};

/// Writes down what it was told.
class Recording : public Summary {
 public:
  void summarize(std::span<const CollectorHealth> collectors, SeriesTable& sink) override {
    if (fail) throw std::runtime_error("a defect");
    seen.assign(collectors.begin(), collectors.end());
    sink.set(Metric::kSqliteUp, {"summary", "d"}, ++runs);
  }
  std::vector<CollectorHealth> seen;
  int runs = 0;
  bool fail = false;
};

struct Service {
  explicit Service(double max_age_s = 300) : runner({max_age_s}, budget, self) {
    spdlog::set_level(spdlog::level::off);
    runner.add_summary(summary);
  }
  ~Service() { gate.open(); }

  void add(const std::string& name, Gate& at) {
    runner.add(name, "/" + name, std::make_unique<Counting>(name, at, runs));
  }
  std::string page(double within_s = kLong_s) {
    return std::string(runner.collect(monotonic_s() + within_s)->body(Format::kText));
  }
  const CollectorHealth& health(const std::string& name) const {
    for (const auto& health : summary.seen) {
      if (health.name == name) return health;
    }
    throw std::runtime_error("no health of " + name);
  }
  double errors(const std::string& reason) {
    SeriesTable table(budget);
    table.begin();
    self.publish(table);
    PageFactory factory;
    const std::vector<std::shared_ptr<const Fragment>> fragments = {table.commit()};
    const auto page = factory.make(fragments);
    const std::string_view text = page->body(Format::kText);
    double sum = 0;
    for (std::size_t at = 0; (at = text.find("litewatch_collector_errors_total{", at)) != text.npos;
         ++at) {
      const std::string_view line = text.substr(at, text.find('\n', at) - at);
      if (line.find("reason=\"" + reason + "\"") != line.npos) {
        sum += std::stod(std::string(line.substr(line.rfind(' ') + 1)));
      }
    }
    return sum;
  }

  // The gate and the counter outlive the runner's threads.
  Gate gate;
  Gate open_gate;
  std::atomic<int> runs{0};
  SeriesBudget budget{1000};
  SelfMetrics self;
  Recording summary;
  Runner runner;
};

inline bool shows(const std::string& page, const std::string& app, int value) {
  const std::string line =
      "sqlite_up{app=\"" + app + "\",db=\"d\"} " + std::to_string(value) + "\n";
  return page.find(line) != std::string::npos;
}

inline bool shows(const std::string& page, const std::string& app) {
  return page.find("sqlite_up{app=\"" + app + "\"") != std::string::npos;
}

}  // namespace litewatch

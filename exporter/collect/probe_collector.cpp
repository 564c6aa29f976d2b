#include "collect/probe_collector.h"

#include <spdlog/spdlog.h>

#include "base/clock.h"
#include "collect/probe_metrics.h"

namespace litewatch {
namespace {

constexpr double kLogEvery_s = 1;
constexpr double kRefreshEvery_s = 10;
constexpr double kMostRefresh_s = 0.5;  // a scrape may wait for it

}  // namespace

void ProbeCollector::collect(SeriesTable& sink) {
  if (!enabled_) return;
  set_stats(sink);  // first: what there is of them must not depend on room for the targets
  const double now_unix_s = unix_s();
  prober_->visit([&](const TargetView& view) {
    const ProbeLabels labels{view.target->app, view.target->name, view.target->module};
    if (view.result) set_probe_result(sink, labels, *view.result, now_unix_s);
    set_probe_history(sink, labels, view);
    add_probe_status(sink, view, now_unix_s);
  });
}

void ProbeCollector::set_stats(SeriesTable& sink) {
  using enum Metric;
  const ProberStats stats = prober_->stats();
  const auto count = [&](Metric metric, std::uint64_t value) {
    sink.set(metric, {}, static_cast<double>(value));
  };
  count(kLitewatchProbeTargets, stats.targets);
  count(kLitewatchProbesInFlight, stats.in_flight + stats.on_demand_in_flight);
  count(kLitewatchProbesWaiting, stats.waiting);
  sink.set(kLitewatchProbeLoopLagSeconds, {}, stats.lag_s);
  sink.set(kLitewatchProbeRejectedTotal, {"busy"}, static_cast<double>(stats.rejected_busy));
  sink.set(kLitewatchProbeRejectedTotal, {"policy"}, static_cast<double>(stats.rejected_policy));
}

double ProbeCollector::idle() {
  const double now_s = monotonic_s();
  if (now_s >= next_refresh_s_) refresh_files(now_s);
  const std::uint64_t changes = prober_->changes();
  if (changes != changes_seen_) {
    changes_seen_ = changes;
    log_.look(*prober_, now_s);
  }
  return kLogEvery_s;
}

/// What is wrong with the files of modules; empty where nothing is.
std::string ProbeCollector::refresh_problem() {
  const auto problem =
      reader_.read([prober = prober_] { return prober->refresh_files(); }, kMostRefresh_s);
  if (!problem)
    return "a file that a probe module names lies on a file system that does not answer";
  return *problem ? (*problem)->message() : "";
}

void ProbeCollector::refresh_files(double now_s) {
  next_refresh_s_ = now_s + kRefreshEvery_s;
  const std::string message = refresh_problem();
  if (message == problem_) return;
  problem_ = message;
  if (message.empty()) {
    spdlog::info("the files of all probe modules can be read again");
  } else {
    spdlog::error("the files read before stay in use: {}", message);
  }
}

}  // namespace litewatch

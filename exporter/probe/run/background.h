#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "probe/net/loop.h"
#include "probe/run.h"
#include "probe/run/plan.h"
#include "probe/run/schedule.h"

namespace litewatch {

/// What probes run on; shared by them, so that one that began on an older resolver ends on it.
struct ProbeEngine {
  ProbeEngine(Loop& loop, Transfers& transfers, std::unique_ptr<Resolver> names,
              const std::string& user_agent)
      : resolver(std::move(names)), context{loop, *resolver, transfers, user_agent} {}

  const std::unique_ptr<Resolver> resolver;
  ProbeContext context;
};

/// The last handshake that a result shows, kept alive by it; null where there is none.
std::shared_ptr<const TlsResult> tls_of(const std::shared_ptr<const ProbeResult>& result);

/// The targets of a plan, each probed on its interval. All but the counts belongs to the loop's
/// thread.
class BackgroundProbes {
 public:
  explicit BackgroundProbes(Loop& loop) : loop_(loop) {}
  BackgroundProbes(const BackgroundProbes&) = delete;
  BackgroundProbes& operator=(const BackgroundProbes&) = delete;

  /// Goes over to a plan: runs of targets that are gone or changed are dropped, the others go on.
  void apply(std::shared_ptr<const ProbePlan> plan, std::shared_ptr<ProbeEngine> engine);
  /// Drops every run and forgets every target.
  void clear();

  // Any thread.
  std::size_t in_flight() const { return in_flight_; }
  std::size_t waiting() const { return waiting_; }
  /// How often a target went from success to failure or back, first results included.
  std::uint64_t changes() const { return changes_; }

 private:
  struct Target {
    const PlannedTarget* planned = nullptr;  ///< in plan_
    Schedule::Id id = 0;
    std::shared_ptr<ProbeEngine> engine;  ///< of the run under way, which it outlives
    std::unique_ptr<ProbeRun> run;
  };
  using Targets = std::unordered_map<std::string_view, std::unique_ptr<Target>>;

  void add(const PlannedTarget& planned, std::size_t count);
  void drop(Target& target);
  void advance();
  void set_timer();
  void start(Target& target, double queue_s);
  void finished(Schedule::Id id, ProbeResult result);
  void publish_next_run(const Target& target) const;

  Loop& loop_;
  std::shared_ptr<const ProbePlan> plan_;
  std::shared_ptr<ProbeEngine> engine_;
  Schedule schedule_;
  Schedule::Turn turn_;
  Schedule::Id last_id_ = 0;
  Targets targets_;  ///< by the name in plan_
  std::unordered_map<Schedule::Id, Target*> by_id_;
  Loop::TimerId timer_ = 0;
  double timer_s_ = 0;  ///< when timer_ expires

  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> changes_{0};
};

}  // namespace litewatch

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>

#include "probe/prober.h"
#include "probe/run/background.h"
#include "probe/run/plan.h"

namespace litewatch {

/// A probe on demand that may be run.
struct OnDemandOrder {
  ProbeOrder order;
  /// Of the target whose history it belongs to: one that is configured, probed with its own module
  /// under its own name; null for the others.
  std::shared_ptr<TargetRecord> record;
};

/// What to do about a query: run an order, or reply at once (a refusal, or what was asked for is
/// cached). Pure.
std::variant<OnDemandOrder, ProbeReply> answer_query(const ProbePlan& plan,
                                                     const ProbeQuery& query);

/// Runs orders as they come. Belongs to the loop's thread.
class OnDemandProbes {
 public:
  using Done = std::function<void(ProbeReply)>;

  void start(std::shared_ptr<ProbeEngine> engine, OnDemandOrder order, Done done);
  /// Drops every run; each `done` is called with kStopped.
  void clear();
  /// As BackgroundProbes::changes(). Any thread.
  std::uint64_t changes() const { return changes_; }

 private:
  using Id = std::uint64_t;
  struct Run {
    std::shared_ptr<ProbeEngine> engine;  ///< outlives `probe`
    std::shared_ptr<const ProbeModule> module;
    std::shared_ptr<TargetRecord> record;
    Done done;
    std::unique_ptr<ProbeRun> probe;
  };

  void finished(Id id, ProbeResult result);

  Id last_id_ = 0;
  std::unordered_map<Id, Run> runs_;
  std::atomic<std::uint64_t> changes_{0};
};

}  // namespace litewatch

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/module.h"
#include "probe/options.h"
#include "probe/result.h"
#include "probe/target.h"

namespace litewatch {

/// Upper bounds of probe_all_duration_seconds.
inline constexpr std::array<double, 11> kProbeDurationBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                                0.5,   1,    2.5,   5,    10};

/// One mark of a target's history.
struct ProbeMark {
  ProbeReason reason = ProbeReason::kNone;
  HealthStatus health = HealthStatus::kUnknown;
  float duration_s = 0;
};

/// What is known of one target. A copy: `result` and `target` are shared and immutable.
struct TargetView {
  std::shared_ptr<const ProbeTarget> target;
  std::shared_ptr<const ProbeResult> result;  ///< the last one; null before the first
  std::string host;                           ///< of the URL; empty for Unix sockets
  bool https = false;
  std::string shown_url;  ///< of the target, as it may be shown

  std::uint64_t attempts = 0;
  std::array<std::uint64_t, kProbeReasonCount> failures{};
  /// Reasons that its configuration can produce; the others are published once they occurred.
  std::array<bool, kProbeReasonCount> possible{};
  std::array<std::uint64_t, kProbeDurationBounds.size() + 1> durations{};  ///< cumulative
  double duration_sum_s = 0;
  std::uint64_t skipped = 0;  ///< runs left out: the one before was not done, or there was no room
  std::uint64_t consecutive_failures = 0;
  std::optional<bool> confirmed_success;
  std::optional<double> last_run_unix_s;  ///< when the last probe ended
  std::optional<double> next_run_unix_s;  ///< absent where it is probed on demand only
  std::uint64_t components_dropped = 0;

  static constexpr std::size_t kMarks = 24;
  std::array<ProbeMark, kMarks> marks{};  ///< the last ones, oldest first
  std::size_t mark_count = 0;
};

struct ProbePlan;

struct ProberStats {
  std::size_t targets = 0;
  std::size_t in_flight = 0;
  std::size_t on_demand_in_flight = 0;
  std::size_t waiting = 0;            ///< due, but there is no room
  double lag_s = 0;                   ///< how late the loop was at most since the stats before
  std::uint64_t rejected_busy = 0;    ///< on demand: over the cap
  std::uint64_t rejected_policy = 0;  ///< on demand: not an allowed target
};

/// One probe on demand.
struct ProbeQuery {
  std::string target;  ///< a configured name, or a URL where raw targets are allowed
  std::string module;  ///< empty: the target's own, or http_2xx
  std::string hostname;
  std::optional<double> scrape_timeout_s;  ///< what the scraper gives
  bool cached = false;                     ///< the last result instead of a new one
  bool debug = false;                      ///< keep a log
};

struct ProbeReply {
  enum class Status : std::uint8_t {
    kDone,           ///< `result` holds
    kUnknownTarget,  ///< no such name, and raw URLs are not allowed or this one is not: `problem`
    kUnknownModule,
    kBadRequest,
    kNothingCached,
    kTooBusy,
    kStopped,
  };
  Status status = Status::kDone;
  std::shared_ptr<const ProbeResult> result;
  std::shared_ptr<const ProbeModule> module;  ///< what it was probed with
  std::string problem;                        ///< for the client, one sentence
};

/// Probes targets, each on its own interval and any on demand, all on one thread. Thread-safe.
class Prober {
 public:
  /// `user_agent` is what its HTTP requests name themselves.
  static Result<std::unique_ptr<Prober>> create(std::string user_agent = "litewatch");
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// Applies a configuration; probes in flight go on, but those of targets that are gone or that
  /// changed are dropped. A target keeps its history where its name, app, module and URL are as
  /// before. Returns when the loop has taken it, so not for a `done` of probe(). An error leaves
  /// everything as it was. It is prepare() and install().
  std::optional<Error> configure(const ProberConfig& config);

  /// Reads the files that modules name, on the caller's thread and for as long as their file system
  /// takes; holds up nothing else. Errors: a file that cannot be read, a bad certificate or
  /// expression.
  Result<std::shared_ptr<const ProbePlan>> prepare(const ProberConfig& config) const;
  /// Applies what prepare() gave. Never reads files.
  std::optional<Error> install(std::shared_ptr<const ProbePlan> plan);

  /// Reads secrets and certificates again where their files changed. The old ones stay where that
  /// fails; returns what went wrong. Blocks as prepare() does, and comes to nothing where another
  /// plan is in use by then.
  std::optional<Error> refresh_files();

  /// Probes once. `done` is called exactly once, from any thread, possibly before this returns;
  /// it must not block.
  void probe(ProbeQuery query, std::function<void(ProbeReply)> done);

  /// All targets in the configuration's order. Never waits for the loop's thread.
  std::vector<TargetView> targets() const;
  /// The same one by one, for many of them: the view holds for the call only.
  void visit(const std::function<void(const TargetView&)>& use) const;
  ProberStats stats();
  /// How often a target went from success to failure or back, first results included.
  std::uint64_t changes() const;

  /// The modules there are, the built-in ones included.
  std::vector<std::shared_ptr<const ProbeModule>> modules() const;

  /// Ends the thread; probes in flight are dropped and their `done` called with kStopped. Twice is
  /// once.
  void stop();

 private:
  struct State;
  explicit Prober(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace litewatch

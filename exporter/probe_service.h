#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "collect/probe_page.h"
#include "collect/runner.h"
#include "config/config.h"
#include "probe/prober.h"
#include "web/server.h"

namespace litewatch {

/// The probes' share of a configuration, made ready.
struct ProbeSetup {
  bool enabled = false;
  std::uint64_t scheduled = 0;  ///< targets that have an interval
  bool few_files = false;       ///< the limit of open files lowers how many probes go at once
  std::size_t max_in_flight = 0;
  std::shared_ptr<const ProbePlan> plan;
};

/// The prober within the service: what a reload changes of it, and what the web server asks it.
/// Thread-safe.
class ProbeService {
 public:
  /// `file_limit`: how many files the process may have open.
  static Result<std::unique_ptr<ProbeService>> create(std::size_t file_limit);

  /// Adds the collector, once. The service must outlive the runner's workers.
  void add_to(Runner& runner);

  /// Makes ready what a configuration says of probes; reads files, as Prober::prepare() does. The
  /// function may outlive the service.
  std::function<Result<ProbeSetup>(const Config&)> preparer() const;
  /// Takes what was made ready; an error leaves everything as it was. One thread at a time.
  std::optional<Error> apply(ProbeSetup setup);

  /// True until every target that has an interval was probed once.
  bool warming_up() const { return prober_->changes() < scheduled_; }

  /// Handlers::probe.
  void answer(ProbeParams params, std::function<void(ProbeAnswer)> done);
  /// Handlers::sd_targets.
  std::string sd_targets(const std::string& authority, const std::string& scheme) const;

  /// Ends the prober; who still waits for an answer gets one.
  void stop() { prober_->stop(); }

 private:
  ProbeService(std::size_t file_limit, std::shared_ptr<Prober> prober)
      : file_limit_(file_limit), prober_(std::move(prober)) {}

  ProbeAnswer to_answer(const ProbeReply& reply, bool debug);

  const std::size_t file_limit_;
  const std::shared_ptr<Prober> prober_;
  ProbePages pages_;
  std::atomic<bool> enabled_{false};
  std::atomic<std::uint64_t> scheduled_{0};
};

}  // namespace litewatch

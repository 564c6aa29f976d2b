#pragma once

#include <atomic>
#include <span>
#include <string>

#include "collect/collector.h"
#include "publish/self_metrics.h"
#include "publish/series_table.h"

namespace litewatch {

/// litewatch about itself: its collectors, its configuration, its series, its process.
class SelfSummary : public Summary {
 public:
  /// `budget` and `self` must outlive the summary. `procfs` is where /proc is mounted.
  SelfSummary(std::string version, std::string procfs, const SeriesBudget& budget,
              const SelfMetrics& self);

  /// Notes the outcome of loading the configuration. Any thread.
  void config_loaded(bool successful, double unix_s);

  /// Whether anything is published at all. Any thread.
  void enable(bool enabled) { enabled_ = enabled; }

  void summarize(std::span<const CollectorHealth> collectors, SeriesTable& sink) override;

 private:
  void set_process(SeriesTable& sink) const;

  const std::string version_;
  const std::string procfs_;
  const double boot_unix_s_;
  const SeriesBudget& budget_;
  const SelfMetrics& self_;
  std::atomic<bool> enabled_{true};
  std::atomic<bool> config_successful_{false};
  std::atomic<double> config_success_unix_s_{0};
};

}  // namespace litewatch

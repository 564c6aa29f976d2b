#include "collect/self.h"

#include <utility>

#include "read/process.h"

namespace litewatch {

SelfSummary::SelfSummary(std::string version, std::string procfs, const SeriesBudget& budget,
                         const SelfMetrics& self)
    : version_(std::move(version)),
      procfs_(std::move(procfs)),
      boot_unix_s_(read_boot_unix_s(procfs_)),
      budget_(budget),
      self_(self) {}

void SelfSummary::config_loaded(bool successful, double unix_s) {
  config_successful_ = successful;
  if (successful) config_success_unix_s_ = unix_s;
}

void SelfSummary::summarize(std::span<const CollectorHealth> collectors, SeriesTable& sink) {
  using enum Metric;
  if (!enabled_) return;
  sink.set(kLitewatchBuildInfo, {version_}, 1);
  sink.set(kLitewatchConfigLastReloadSuccessful, {}, config_successful_);
  sink.set(kLitewatchConfigLastReloadSuccessTimestampSeconds, {}, config_success_unix_s_);
  for (const CollectorHealth& health : collectors) {
    const auto set = [&](Metric metric, double value) {
      sink.set(metric, {health.name, health.mountpoint}, value);
    };
    set(kLitewatchCollectorSuccess, health.success);
    set(kLitewatchCollectorStale, health.stale);
    if (health.duration_s) set(kLitewatchCollectorDurationSeconds, *health.duration_s);
    if (health.last_success_unix_s) {
      set(kLitewatchCollectorLastSuccessTimestampSeconds, *health.last_success_unix_s);
    }
  }
  sink.set(kLitewatchSeries, {}, static_cast<double>(budget_.used()));
  sink.set(kLitewatchSeriesLimit, {}, static_cast<double>(budget_.limit()));
  sink.set(kLitewatchSeriesDroppedTotal, {}, static_cast<double>(budget_.dropped()));
  self_.publish(sink);
  set_process(sink);
}

void SelfSummary::set_process(SeriesTable& sink) const {
  using enum Metric;
  const auto process = read_own_process(procfs_, boot_unix_s_);
  if (!process) return;  // a hidden /proc: the families are absent
  sink.set(kProcessCpuSecondsTotal, {}, process->stat.cpu_s);
  sink.set(kProcessResidentMemoryBytes, {}, static_cast<double>(process->stat.resident_bytes));
  sink.set(kProcessVirtualMemoryBytes, {}, static_cast<double>(process->stat.virtual_bytes));
  sink.set(kProcessOpenFds, {}, static_cast<double>(process->open_fds));
  sink.set(kProcessMaxFds, {}, static_cast<double>(process->max_fds));
  sink.set(kProcessThreads, {}, static_cast<double>(process->stat.threads));
  sink.set(kProcessStartTimeSeconds, {}, process->start_unix_s);
}

}  // namespace litewatch

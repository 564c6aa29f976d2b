#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "collect/collector.h"
#include "collect/probe_log.h"
#include "probe/prober.h"

namespace litewatch {

/// Publishes what the prober knows. Between collections it has secrets and certificates read again
/// where their files changed, and logs what happened to the targets.
class ProbeCollector : public Collector {
 public:
  /// `prober` must outlive the collector. It publishes and logs while `enabled`, which must outlive
  /// it too.
  ProbeCollector(Prober& prober, const std::atomic<bool>& enabled)
      : prober_(prober), enabled_(enabled) {}

  void collect(SeriesTable& sink) override;
  double idle() override;

 private:
  void set_stats(SeriesTable& sink);
  void refresh_files(double now_s);

  Prober& prober_;
  const std::atomic<bool>& enabled_;
  ProbeLog log_;
  std::uint64_t changes_seen_ = 0;
  double next_refresh_s_ = 0;
  std::string problem_;  ///< with the files; logged once
};

}  // namespace litewatch

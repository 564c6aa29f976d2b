#pragma once

#include "collect/collector.h"
#include "probe/prober.h"

namespace litewatch {

/// Publishes what the prober knows. Between collections it has secrets and certificates read again
/// where their files changed.
class ProbeCollector : public Collector {
 public:
  /// `prober` must outlive the collector.
  explicit ProbeCollector(Prober& prober) : prober_(prober) {}

  void collect(SeriesTable& sink) override;
  double idle() override;

 private:
  Prober& prober_;
};

}  // namespace litewatch

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/bounded_reader.h"
#include "collect/collector.h"
#include "collect/probe_log.h"
#include "probe/prober.h"

namespace litewatch {

/// Publishes what the prober knows. Between collections it has secrets and certificates read again
/// where their files changed, and logs what happened to the targets. Files that cannot be read now,
/// or not at all, hold up neither.
class ProbeCollector : public Collector {
 public:
  /// It publishes and logs while `enabled`, which must outlive it.
  ProbeCollector(std::shared_ptr<Prober> prober, const std::atomic<bool>& enabled)
      : prober_(std::move(prober)), enabled_(enabled) {}

  void collect(SeriesTable& sink) override;
  double idle() override;

 private:
  void set_stats(SeriesTable& sink);
  void refresh_files(double now_s);
  std::string refresh_problem();

  const std::shared_ptr<Prober> prober_;
  const std::atomic<bool>& enabled_;
  ProbeLog log_;
  std::uint64_t changes_seen_ = 0;
  double next_refresh_s_ = 0;
  std::string problem_;  ///< with the files; logged once
  BoundedReader reader_;
};

}  // namespace litewatch

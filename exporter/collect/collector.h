#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "publish/series_table.h"

namespace litewatch {

/// One source of metrics. It runs on a worker of its own, so it may block: a collector that hangs
/// silences itself and nothing else.
class Collector {
 public:
  virtual ~Collector() = default;

  /// Looks at the world once and sets every value it has.
  virtual void collect(SeriesTable& sink) = 0;

  /// Work between collections, e.g. sampling. Returns the seconds until it wants to be called
  /// again.
  virtual double idle() { return std::numeric_limits<double>::infinity(); }
};

/// How a collector's last run went.
struct CollectorHealth {
  std::string name;        ///< label `collector`
  std::string mountpoint;  ///< label `mountpoint`; empty unless there is one collector per mount
  bool stale = false;      ///< the collection at hand did not get its answer in time
  bool success = false;    ///< the last finished run did not fail
  std::optional<double> duration_s;
  std::optional<double> finished_monotonic_s;
  std::optional<double> last_success_unix_s;
};

/// What is said after all collectors had their time: about the collectors, or over several of them.
/// Runs on the scrape's own thread and so must never block.
class Summary {
 public:
  virtual ~Summary() = default;
  virtual void summarize(std::span<const CollectorHealth> collectors, SeriesTable& sink) = 0;
};

}  // namespace litewatch

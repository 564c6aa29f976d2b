#pragma once

#include <optional>

#include "collect/container/status.h"
#include "read/cgroup_stats.h"

namespace litewatch {

/// Makes rates of a container's counters. Two looks within kShortest_s are one: what they differ in
/// is too little to tell a rate by.
class RateMeter {
 public:
  static constexpr double kShortest_s = 1;

  void look(const CgroupStats& stats, double now_s);
  /// Of the last interval that was long enough.
  const ContainerRates& rates() const { return rates_; }

 private:
  /// The counters that rates are made of.
  struct Look {
    double at_s = 0;
    std::optional<double> cpu_s, cpu_pressure_s, memory_pressure_s, io_pressure_s;
    std::optional<std::uint64_t> periods, throttled_periods, pids_limit_hits;
  };

  static ContainerRates between(const Look& before, const Look& after);

  std::optional<Look> before_;
  ContainerRates rates_;
};

}  // namespace litewatch

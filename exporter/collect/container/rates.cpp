#include "collect/container/rates.h"

#include <algorithm>

namespace litewatch {
namespace {

/// How much a counter grew; absent where one look lacks it, or it went back.
template <class Number>
std::optional<Number> growth(const std::optional<Number>& before,
                             const std::optional<Number>& after) {
  if (!before || !after || *after < *before) return std::nullopt;
  return *after - *before;
}

std::optional<double> per_second(const std::optional<double>& before,
                                 const std::optional<double>& after, double took_s) {
  const auto grown = growth(before, after);
  return grown ? std::optional(*grown / took_s) : std::nullopt;
}

/// The files are not read at the very moments that the interval is measured by.
std::optional<double> share_of_time(const std::optional<double>& before,
                                    const std::optional<double>& after, double took_s) {
  const auto rate = per_second(before, after, took_s);
  return rate ? std::optional(std::min(*rate, 1.0)) : std::nullopt;
}

}  // namespace

void RateMeter::look(const CgroupStats& stats, double now_s) {
  if (before_ && now_s - before_->at_s < kShortest_s) return;
  const Look look{now_s,
                  stats.cpu_usage_s,
                  stats.cpu_pressure.some_s,
                  stats.memory_pressure.some_s,
                  stats.io_pressure.some_s,
                  stats.cpu_quota_us ? stats.cpu_periods : std::nullopt,
                  stats.cpu_throttled_periods,
                  stats.threads_max_hits};
  if (before_) rates_ = between(*before_, look);
  before_ = look;
}

ContainerRates RateMeter::between(const Look& before, const Look& after) {
  const double took_s = after.at_s - before.at_s;
  ContainerRates rates;
  rates.cpu_cores = per_second(before.cpu_s, after.cpu_s, took_s);
  rates.cpu_pressure_ratio = share_of_time(before.cpu_pressure_s, after.cpu_pressure_s, took_s);
  rates.memory_pressure_ratio =
      share_of_time(before.memory_pressure_s, after.memory_pressure_s, took_s);
  rates.io_pressure_ratio = share_of_time(before.io_pressure_s, after.io_pressure_s, took_s);
  rates.pids_limit_hits = growth(before.pids_limit_hits, after.pids_limit_hits).value_or(0);
  const auto periods = growth(before.periods, after.periods);
  const auto throttled = growth(before.throttled_periods, after.throttled_periods);
  if (!periods || !throttled) return rates;
  // No period passes while nothing runs.
  rates.throttled_ratio =
      *periods == 0 ? 0 : static_cast<double>(*throttled) / static_cast<double>(*periods);
  return rates;
}

}  // namespace litewatch

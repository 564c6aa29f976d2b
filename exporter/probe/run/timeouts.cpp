#include "probe/run/timeouts.h"

#include <algorithm>

namespace litewatch {
namespace {

constexpr double kWayBack_s = 0.5;
constexpr double kMostOnDemand_s = 120;

}  // namespace

double background_timeout_s(const ProbeTarget& target, const ProbeModule& module) {
  const double timeout_s =
      target.timeout_s.value_or(module.timeout_s.value_or(kDefaultProbeTimeout_s));
  if (target.interval_s <= 0) return timeout_s;
  return std::min(timeout_s, target.interval_s - std::min(target.interval_s / 10, kWayBack_s));
}

double on_demand_timeout_s(std::optional<double> configured_s,
                           std::optional<double> scrape_timeout_s) {
  double timeout_s = configured_s.value_or(kDefaultProbeTimeout_s);
  if (scrape_timeout_s && *scrape_timeout_s > kWayBack_s) {
    const double left_s = *scrape_timeout_s - kWayBack_s;
    timeout_s = configured_s ? std::min(*configured_s, left_s) : left_s;
  } else if (scrape_timeout_s && *scrape_timeout_s > 0) {
    timeout_s = std::min(timeout_s, *scrape_timeout_s);
  }
  return std::min(timeout_s, kMostOnDemand_s);
}

}  // namespace litewatch

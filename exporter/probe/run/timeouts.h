#pragma once

#include <optional>

#include "probe/module.h"
#include "probe/target.h"

namespace litewatch {

/// What a probe gets where nothing says how long it may take, in seconds.
inline constexpr double kDefaultProbeTimeout_s = 10;

/// How long a probe on the target's own interval may take: the target's timeout, else the module's,
/// else the default; less than the interval, so that it is over when the next one is due.
double background_timeout_s(const ProbeTarget& target, const ProbeModule& module);

/// How long a probe on demand may take: half a second less than the scraper waits (what
/// blackbox_exporter's --timeout-offset leaves for the way back), where that is anything. The
/// configured timeout where it is smaller, or where the scraper does not say. At most 120 s.
double on_demand_timeout_s(std::optional<double> configured_s,
                           std::optional<double> scrape_timeout_s);

}  // namespace litewatch

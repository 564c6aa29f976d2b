#pragma once

#include <memory>
#include <set>
#include <string>

#include "collect/probe_metrics.h"
#include "probe/prober.h"
#include "publish/page.h"

namespace litewatch {

/// Unix time of all scenes.
inline constexpr double kNow_s = 1'800'000'000;

/// Results as probes leave them.
ProbeResult plain_success();
ProbeResult tls_success();
ProbeResult refused();  ///< nothing but a reason: the connection was refused
HealthDocument health_document(HealthStatus status);

/// A target that was probed once, with that result.
TargetView view_of(ProbeResult result);
/// A target that was never probed.
TargetView unprobed();

/// What is published of a result, without labels of the target; sorted lines without comments.
std::set<std::string> lines_of(const ProbeResult& result);
/// What is published of a target.
std::set<std::string> lines_of(const TargetView& view);
/// The row of the status page.
StatusRow row_of(const TargetView& view);

/// The lines that begin with `prefix`.
std::set<std::string> starting_with(const std::set<std::string>& lines, const std::string& prefix);

}  // namespace litewatch

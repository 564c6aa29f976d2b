#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "check/dashboard_index.h"
#include "check/finding.h"
#include "check/waivers.h"
#include "dashboards/dashboard.h"

namespace litewatch {

/// Read strictly: unknown keys, unknown words and wrong values are errors, all in one message with
/// their lines.
Result<Dashboard> parse_dashboard(std::string_view text, const std::string& path);
/// dashboards/common.yml: the variables and annotations that dashboards share.
Result<DashboardSet> parse_common(std::string_view text, const std::string& path);

/// Reads `root`/dashboards/*.yml. A file that cannot be read or parsed is a finding and left out.
DashboardSet load_dashboards(const std::filesystem::path& root, Findings& findings);
/// `root`/dashboards/waivers.yml; none where there is no such file.
Waivers load_dashboard_waivers(const std::filesystem::path& root, Findings& findings);

DashboardIndex index_of(const DashboardSet& set);

}  // namespace litewatch

#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "check/finding.h"
#include "check/vocabulary.h"
#include "dashboards/dashboard.h"

namespace litewatch {

/// What dashboards are compared with.
struct DashboardSurroundings {
  std::set<std::string> runbooks;       ///< the alerts that have one
  std::set<std::string> used_by_rules;  ///< series that the rules name, recorded ones included
};

/// Everything that makes a dashboard empty, wrong or refused: metrics and labels that nobody
/// publishes, legends and links that ask for labels that aggregation took away, counters without
/// rate(), units that are not the metric's, panels without a description, variables that are not
/// there, stable metrics that neither a dashboard nor a rule shows, and so on; one file per kind.
/// Waivers are not applied.
void check_dashboards(const DashboardSet& set, const Vocabulary& vocabulary,
                      const DashboardSurroundings& around, Findings& findings);

/// Compares `root`/dashboards/grafana/*.json with what the sources compile to, and looks at the
/// JSON itself as Grafana would: ids, places in the grid, datasources, size.
void check_built(const std::filesystem::path& root, const DashboardSet& set,
                 const Vocabulary& vocabulary, Findings& findings);

}  // namespace litewatch

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "check/vocabulary.h"
#include "dashboards/dashboard.h"

namespace litewatch {

/// What differs between installations.
struct DashboardLinks {
  std::string runbooks = "/rules/runbooks/";  ///< URL before ALERT.md
};

/// Grafana's classic JSON, schemaVersion 39: what every Grafana from 10.4 to 13 takes by file, by
/// ConfigMap, by Terraform and by import. Deterministic. Unknown variables and annotations are left
/// out: check_dashboards says so.
nlohmann::ordered_json compile_dashboard(const Dashboard& dashboard, const DashboardSet& set,
                                         const Vocabulary& vocabulary,
                                         const DashboardLinks& links = {});

/// As it is committed under dashboards/grafana/NAME.json: two spaces, a line feed at the end.
std::string dashboard_text(const nlohmann::ordered_json& dashboard);

}  // namespace litewatch

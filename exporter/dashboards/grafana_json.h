#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace litewatch {

/// What Grafana, or one of the ways in which dashboards get there, would refuse or lay out wrongly:
/// ids that are there twice, panels beyond the grid or over each other, types of panels that are
/// gone, datasources of one installation, what is too large for a ConfigMap. One sentence each,
/// without a full stop.
std::vector<std::string> grafana_problems(const nlohmann::ordered_json& dashboard);

}  // namespace litewatch

#pragma once

#include <string>

#include "config/problems.h"
#include "config/yaml_tree.h"
#include "dashboards/dashboard.h"

namespace litewatch {

/// Reads one element of a row's `panels`, reached as `key`.
Panel read_panel(const YamlNode& node, const std::string& key, Problems& problems);

/// Reads one element of a panel's `queries`.
PanelQuery read_query(const YamlNode& node, const std::string& key, PanelType type,
                      Problems& problems);

// What panels and their queries share.

std::vector<ThresholdStep> read_thresholds(const YamlNode* node, const std::string& key,
                                           Problems& problems);
std::vector<ValueName> read_values(const YamlNode* node, const std::string& key,
                                   Problems& problems);
PanelLink read_link(const YamlNode& node, const std::string& key, Problems& problems);

}  // namespace litewatch

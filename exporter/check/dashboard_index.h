#pragma once

#include <map>
#include <set>
#include <string>

namespace litewatch {

/// What links to dashboards may name: the variables of each dashboard by its uid.
using DashboardIndex = std::map<std::string, std::set<std::string>>;

}  // namespace litewatch

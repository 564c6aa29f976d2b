#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "dashboards/dashboard.h"

namespace litewatch {

/// The types of panels, as the sources and as Grafana call them.
inline constexpr std::array<std::pair<std::string_view, PanelType>, 7> kPanelTypes = {{
    {"stat", PanelType::kStat},
    {"timeseries", PanelType::kTimeseries},
    {"bargauge", PanelType::kBargauge},
    {"table", PanelType::kTable},
    {"state-timeline", PanelType::kStateTimeline},
    {"heatmap", PanelType::kHeatmap},
    {"text", PanelType::kText},
}};

/// Queries of a panel are called A to Z.
inline constexpr std::size_t kMostQueries = 26;

}  // namespace litewatch

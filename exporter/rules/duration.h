#pragma once

#include <optional>
#include <string_view>

#include "config/map_reader.h"

namespace litewatch {

/// Reads a duration as Prometheus writes them in its files, "1w" and "0" included. nullopt where
/// the key is absent, or wrong, of which there is a complaint.
std::optional<double> read_duration(MapReader& map, std::string_view name);

}  // namespace litewatch

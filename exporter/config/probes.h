#pragma once

#include <filesystem>
#include <string_view>

#include "config/map_reader.h"
#include "config/problems.h"
#include "probe/options.h"

namespace litewatch {

/// Reads `targets:`, `modules:` and `probes:` of the document.
void read_probes(MapReader& document, const std::filesystem::path& folder, Problems& problems,
                 ProberConfig& out);

}  // namespace litewatch

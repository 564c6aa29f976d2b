#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace litewatch {

/// The folder that holds rules/ and dashboards/: `given` where it is not empty, else the nearest
/// one upward from the working directory. nullopt: there is none.
std::optional<std::filesystem::path> project_root(const std::string& given);

}  // namespace litewatch

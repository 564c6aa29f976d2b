#pragma once

#include <filesystem>

#include "base/container_options.h"
#include "config/problems.h"
#include "config/yaml_tree.h"
#include "config/yaml_writer.h"

namespace litewatch {

/// Reads `containers:` of the document. Relative paths start at `folder`.
void read_containers(const YamlNode& node, const std::filesystem::path& folder, Problems& problems,
                     ContainerOptions& out);

/// Writes the keys of `containers:`, which read_containers reads back.
void add_containers(YamlLines lines, const ContainerOptions& options);

}  // namespace litewatch

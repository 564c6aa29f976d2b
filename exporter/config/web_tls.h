#pragma once

#include <filesystem>

#include "config/problems.h"
#include "config/web_config.h"
#include "config/yaml_tree.h"

namespace litewatch {

/// Reads `tls_server_config` into `out.tls` with the files it names, and sets `out.tls_enabled` if
/// it names a certificate, a key, a client CA or a client_auth_type (as exporter-toolkit does).
/// Mistakes go to `problems`, remarks to `out.warnings`.
void read_tls_config(const YamlNode& node, const std::filesystem::path& folder, Problems& problems,
                     WebConfig& out);

}  // namespace litewatch

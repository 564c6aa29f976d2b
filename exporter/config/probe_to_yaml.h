#pragma once

#include <string>
#include <string_view>

#include "config/yaml_writer.h"
#include "probe/options.h"

namespace litewatch {

// The parts of to_yaml that the prober's configuration has; see config/load.h.

void add_target(YamlLines lines, const ProbeTarget& target);
/// "NAME:" and what is below it.
void add_module(YamlLines& modules, const ProbeModule& module);
void add_probe_options(YamlLines lines, const ProberOptions& options);

/// A URL with "***" in the place of each value in its query whose name is_secret_header.
std::string url_without_secrets(std::string_view url);

/// What the modules of HTTP and TCP share.
void add_tls_client(YamlLines& section, const TlsClientOptions& tls);
void add_http(YamlLines lines, const HttpModule& http);

}  // namespace litewatch

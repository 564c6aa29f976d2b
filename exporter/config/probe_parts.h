#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/map_reader.h"
#include "config/problems.h"
#include "config/yaml_tree.h"
#include "probe/options.h"

namespace litewatch {

/// What the reading of any part of the prober's configuration needs.
struct ProbeSource {
  const std::filesystem::path& folder;  ///< where relative paths start
  Problems& problems;
};

// Each reads one part strictly into `out`, which keeps its value where the part is absent or wrong.
// `key` is the dotted path of the node.

/// `modules:`, a map of names.
void read_modules(const YamlNode& node, const ProbeSource& source, std::vector<ProbeModule>& out);

/// `http:` of a module.
void read_http(const YamlNode& node, const std::string& key, const ProbeSource& source,
               HttpModule& out);

/// A URL that is no target. It is not shown where it is wrong: it may hold a password.
void read_http_url(MapReader& map, std::string_view name, std::string& out);

/// `headers:`, `http_headers:` and `proxy_connect_header:`.
void read_headers(MapReader& http, const ProbeSource& source, HttpModule& out);

/// `redirects:` and `follow_redirects:`.
void read_redirects(MapReader& http, const ProbeSource& source, RedirectOptions& out);

/// `basic_auth:`, `authorization:`, `bearer_token_file:` and `oauth2:`, at most one of them.
void read_auth(MapReader& http, const ProbeSource& source, HttpModule& out);

/// `health:` of a module: a format, or a map.
void read_health(MapReader& http, const ProbeSource& source, HealthOptions& out);

/// The word of a health format under `name`. Whether it stands there, well or badly.
bool read_health_format(MapReader& map, std::string_view name, HealthFormat& out);

/// `tls_config:`.
void read_tls_client(MapReader& map, const ProbeSource& source, TlsClientOptions& out);

/// `tcp:` or `unix:` of a module.
void read_tcp(const YamlNode& node, const std::string& key, ProberKind prober,
              const ProbeSource& source, TcpModule& out);

/// What `probes:` says for targets that do not say it themselves.
struct TargetDefaults {
  double interval_s = ProbeTarget().interval_s;
  double failing_interval_s = ProbeTarget().failing_interval_s;
  std::optional<double> timeout_s;
  std::size_t confirm_failures = ProbeTarget().confirm_failures;
};

/// `probes:`.
void read_probe_options(const YamlNode& node, const ProbeSource& source, ProberOptions& out,
                        TargetDefaults& defaults);

/// `targets:`, with the modules that they may name. Names are derived.
void read_targets(const YamlNode& node, const ProbeSource& source, const TargetDefaults& defaults,
                  const std::vector<ProbeModule>& modules, std::vector<ProbeTarget>& out);

/// Bounds of intervals and of timeouts.
inline constexpr double kLeastInterval = 0.1;
inline constexpr double kMostInterval = 86400;
inline constexpr double kLeastTimeout = 0.001;
inline constexpr double kMostTimeout = 3600;
inline constexpr double kMostCertificate = 3650 * 86400.0;

}  // namespace litewatch

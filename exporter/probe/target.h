#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/health.h"

namespace litewatch {

/// What is good enough for one target; published as series.
struct ProbeObjectives {
  std::optional<double> latency_s;
  std::optional<double> availability_ratio;
  double certificate_s = 21 * 86400.0;  ///< least time that a certificate has left
  bool operator==(const ProbeObjectives&) const = default;
};

/// Plain data: one configured target.
struct ProbeTarget {
  std::string name;  ///< label `target`; unique
  std::string app;   ///< label `app`
  std::string module = "http_2xx";
  std::string url;          ///< http(s)://... ; host:port for TCP; a path for prober unix
  std::string unix_socket;  ///< HTTP over this socket; empty: TCP
  std::string hostname;     ///< Host field and SNI instead of the URL's host; empty: the URL's
  double interval_s = 15;   ///< 0: on demand only
  double failing_interval_s = 5;  ///< while it fails; at most interval_s
  std::optional<double> timeout_s;
  std::size_t confirm_failures = 3;           ///< failures in a row that confirm one
  bool reuse_connection = false;              ///< keep the connection between probes
  std::optional<HealthFormat> health_format;  ///< instead of the module's
  ProbeObjectives objectives;
  bool operator==(const ProbeTarget&) const = default;
};

/// What is known of an app by its name.
struct ProbePreset {
  std::string_view app;  ///< "pocketbase"
  std::string_view url;  ///< where it listens by default, with the path of its health endpoint
  HealthFormat format;
};

/// The preset of an app, by its name in any case; nullptr where there is none.
const ProbePreset* find_preset(std::string_view app);

/// The names of all presets, sorted.
std::vector<std::string_view> preset_names();

/// A URL given for an app with a preset: where it has no path, or "/", the preset's path is put in.
std::string url_with_preset(std::string_view url, const ProbePreset& preset);

/// What is wrong with a target's URL for that prober; empty where nothing is. HTTP takes http and
/// https only, without user information or fragment; TCP takes host:port; unix an absolute path.
std::string check_target_url(std::string_view url, bool http, bool unix_path);

/// The URL as it may be shown: without user information, and without values in its query.
std::string shown_url(std::string_view url);

}  // namespace litewatch

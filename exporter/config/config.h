#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/container_options.h"
#include "base/objectives.h"
#include "probe/options.h"

namespace litewatch {

/// One entry under `databases:`: a path, or a pattern that leads to many.
struct DatabaseConfig {
  std::string path;   ///< absolute; may hold *, ?, [...] and ** in components
  std::string name;   ///< label `db`; empty: derived from the path
  std::string app;    ///< label `app`; empty: the name
  std::string group;  ///< label `group` of the roll-ups; empty: the app, else "default"
  SqliteObjectives objectives;
  bool locks_on_remote = false;  ///< ask for locks on network file systems, where it may hang
  bool literal = false;          ///< *, ? and [ in the path stand for themselves

  /// Whether the path may lead to more than one database.
  bool is_pattern() const;
  bool operator==(const DatabaseConfig&) const = default;
};

/// One entry under `discovery:`: a folder searched for SQLite files by their magic.
struct DiscoveryConfig {
  std::string root;                  ///< absolute
  std::string app;                   ///< label `app`; empty: the folder's own name
  std::string group;                 ///< label `group` of the roll-ups; empty: the app
  std::size_t max_depth = 4;         ///< folders below root
  std::vector<std::string> exclude;  ///< globs on the path relative to root
  SqliteObjectives objectives;

  bool operator==(const DiscoveryConfig&) const = default;
};

struct CollectorsConfig {
  bool sqlite = true;
  bool probe = true;
  bool container = true;
  bool self = true;

  bool operator==(const CollectorsConfig&) const = default;
};

struct LimitsConfig {
  std::size_t series = 200'000;    ///< series on the page
  std::size_t databases = 20'000;  ///< databases watched
  std::size_t detailed_databases =
      500;                         ///< databases with series of their own; the rest is rolled up
  std::size_t containers = 200;    ///< containers and services watched
  double collect_timeout_s = 1.0;  ///< how long a scrape waits for a collector
  double max_age_s = 300;          ///< how long a stale result is shown
  double rescan_interval_s = 60;   ///< how often patterns and folders are searched again
  double lock_samples_per_s = 2;   ///< rate of the lock sampler; 0: off
  std::size_t sampled_databases = 200;  ///< databases that the lock sampler looks at

  bool operator==(const LimitsConfig&) const = default;
};

/// Everything the configuration file says, with defaults for what it does not.
struct Config {
  std::vector<DatabaseConfig> databases;
  std::vector<DiscoveryConfig> discovery;
  ProberConfig probes;  ///< `targets:`, `modules:` and `probes:`
  ContainerOptions containers;
  CollectorsConfig collectors;
  LimitsConfig limits;

  bool operator==(const Config&) const = default;
};

}  // namespace litewatch

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "probe/module.h"
#include "probe/target.h"

namespace litewatch {

/// What /probe may be asked for beside configured names. A URL must fit every list.
struct RawTargetRules {
  bool enabled = false;
  std::vector<std::string> schemes;   ///< "http", "https", "tcp"
  std::vector<std::string> hosts;     ///< globs on the host of the URL
  std::vector<int> ports;             ///< empty: the scheme's own
  std::vector<std::string> networks;  ///< CIDR; checked on the address that is connected to
  bool operator==(const RawTargetRules&) const = default;
};

struct ProberOptions {
  /// Background probes at once, and of them to one host. Targets that fail get half of each, so
  /// that those that hang never hold up the healthy ones.
  std::size_t max_in_flight = 512;
  std::size_t max_in_flight_per_host = 32;
  std::size_t max_on_demand = 64;  ///< on-demand probes at once; more are refused
  /// Link-local and metadata addresses that may be connected to all the same; CIDR.
  std::vector<std::string> allow_link_local;
  std::vector<std::string> dns_servers;  ///< "address[:port]"; empty: the machine's
  RawTargetRules raw_targets;
  bool operator==(const ProberOptions&) const = default;
};

/// Everything that a reload swaps.
struct ProberConfig {
  ProberOptions options;
  std::vector<ProbeModule> modules;  ///< those configured; the built-in ones are there unless named
  std::vector<ProbeTarget> targets;
  bool operator==(const ProberConfig&) const = default;
};

}  // namespace litewatch

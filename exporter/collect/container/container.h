#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/container/discovery.h"
#include "collect/container/effective_limits.h"
#include "collect/container/ledger.h"
#include "read/cgroup_stats.h"
#include "read/net_dev.h"
#include "read/process_files.h"

namespace litewatch {

/// The labels under which a container is published.
struct ContainerLabels {
  std::string app;
  std::string container;
  std::string namespace_name;
  std::string pod;
  // On container_info and under cAdvisor's names only:
  std::string id;    ///< the cgroup's path, as cAdvisor has it
  std::string name;  ///< cAdvisor's
  std::string image;
  std::string rendered;  ///< the container's own labels that are allowed: see is_rendered()

  bool operator==(const ContainerLabels&) const = default;
};

/// A database within a container.
struct ContainerDatabase {
  std::string app;  ///< the database's, under which its other series are too
  std::string db;
  bool on_writable_layer = false;
};

/// One container as one collection sees it.
struct ContainerReading {
  std::shared_ptr<const LiveContainer> live;  ///< stays when it is gone
  ContainerLabels labels;
  bool running = true;   ///< false: it is gone since `last_seen_unix_s`
  bool sandbox = false;  ///< only its network is published, for the pod
  double last_seen_unix_s = 0;
  std::optional<double> started_unix_s;
  std::string health;               ///< see ContainerName::health
  std::string_view cgroup_version;  ///< "1" or "2": that of its limits
  CgroupStats stats;
  EffectiveLimits effective;
  ContainerLedger::Entry counts;
  std::optional<double> last_oom_kill_unix_s;  ///< absent: none since litewatch started
  bool owns_network = false;  ///< the first of those that share the network namespace
  std::vector<NetworkInterface> interfaces;
  ProcessFiles files;
  std::vector<ContainerDatabase> databases;
};

}  // namespace litewatch

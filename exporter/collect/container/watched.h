#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/container/container.h"
#include "collect/container/processes.h"
#include "collect/container/rates.h"

namespace litewatch {

/// A container with all that is remembered of it from one collection to the next.
struct WatchedContainer {
  ContainerReading reading;
  std::string key;              ///< of the ledger
  std::string pod_key;          ///< "namespace/pod"; empty: not of a pod whose name is known
  double found_s = 0;           ///< monotonic
  bool labelled = false;        ///< false: held back, as the sources of names have not answered
  bool shown = false;           ///< it is wanted, and no younger one has its names
  bool counted = false;         ///< reading.counts is set
  bool stands_for_pod = false;  ///< the one of its pod by which the pod's cgroup is found
  std::optional<std::uint64_t> kills_heard_of;  ///< see ContainerWatch::oom_kills()
  RateMeter meter;

  int told_pid = 0;           ///< as its runtime says
  double search_again_s = 0;  ///< when its process is looked for next; monotonic
  bool settled = false;       ///< the process was found when the container was no longer new
  std::optional<HeldProcess> process;
  std::string database_app;  ///< of the databases in its mounts; empty: none, or of several

  std::uint64_t instance() const { return reading.live->folder.inode(); }
};

using WatchedContainers = std::vector<std::unique_ptr<WatchedContainer>>;

}  // namespace litewatch

#pragma once

#include <functional>
#include <vector>

#include "collect/container/settings.h"
#include "config/config.h"
#include "config/flags.h"

namespace litewatch {

/// What the surroundings tell of litewatch's own container.
struct ContainerEnvironment {
  bool kubernetes = false;  ///< KUBERNETES_SERVICE_HOST is set: the kubelet has cAdvisor's names
  OwnNames own;
};

/// Reads the process's environment.
ContainerEnvironment read_container_environment();

/// What the container collector is told. `databases` tells those watched now.
ContainerSettings to_container_settings(const Config& config, const Flags& flags,
                                        const ContainerEnvironment& environment,
                                        std::function<std::vector<WatchedDatabase>()> databases);

}  // namespace litewatch

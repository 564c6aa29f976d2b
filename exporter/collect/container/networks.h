#pragma once

#include "collect/container/processes.h"
#include "collect/container/watched.h"

namespace litewatch {

/// Decides who publishes each network namespace, so that nothing is counted twice: nobody that of
/// the machine (`host`, nullptr where there is none to leave out), else the pod's sandbox, else the
/// container that came first.
void assign_networks(const WatchedContainers& containers, const HeldProcess* host);

}  // namespace litewatch

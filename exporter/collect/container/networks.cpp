#include "collect/container/networks.h"

#include <algorithm>
#include <tuple>

namespace litewatch {
namespace {

bool can_own(const WatchedContainer& container) {
  return container.reading.running && container.labelled && container.shown && container.process;
}

/// The sandbox first, then by age.
bool comes_before(const WatchedContainer& a, const WatchedContainer& b) {
  const auto order = [](const WatchedContainer& container) {
    const LiveContainer& live = *container.reading.live;
    return std::tuple(!container.reading.sandbox, live.folder.made_unix_s(), live.folder.inode());
  };
  return order(a) < order(b);
}

bool has_owner_before(const WatchedContainers& containers, const WatchedContainer& candidate) {
  return std::any_of(containers.begin(), containers.end(), [&](const auto& other) {
    return other.get() != &candidate && can_own(*other) &&
           other->process->network().same_as(candidate.process->network()) &&
           comes_before(*other, candidate);
  });
}

/// A new container of the pod whose names are not known yet may be its sandbox.
bool may_have_sandbox(const WatchedContainers& containers, const WatchedContainer& candidate) {
  const std::string& uid = candidate.reading.live->identity.pod_uid;
  if (uid.empty() || candidate.reading.sandbox) return false;
  return std::any_of(containers.begin(), containers.end(), [&](const auto& other) {
    return other->reading.running && !other->labelled &&
           other->reading.live->identity.pod_uid == uid;
  });
}

/// A sandbox is of no app itself: its network is that of the pod's containers.
void borrow_app(const WatchedContainers& containers, WatchedContainer& sandbox) {
  for (const auto& other : containers) {
    if (!other->reading.running || other->pod_key != sandbox.pod_key) continue;
    if (other->reading.labels.app.empty()) continue;
    sandbox.reading.labels.app = other->reading.labels.app;
    return;
  }
}

}  // namespace

void assign_networks(const WatchedContainers& containers, const HeldProcess* host) {
  for (const auto& container : containers) {
    WatchedContainer& one = *container;
    one.reading.owns_network =
        can_own(one) && (host == nullptr || !one.process->network().same_as(host->network())) &&
        !has_owner_before(containers, one) && !may_have_sandbox(containers, one);
    if (one.reading.sandbox && !one.pod_key.empty()) borrow_app(containers, one);
  }
}

}  // namespace litewatch

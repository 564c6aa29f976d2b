#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "collect/container/discovery.h"
#include "collect/container/effective_limits.h"
#include "collect/container/ledger.h"
#include "collect/container/names.h"
#include "collect/container/settings.h"
#include "collect/container/watch.h"
#include "collect/container/watched.h"

namespace litewatch {

/// The containers that are watched: those that run, by path, then for a while those that are gone,
/// the longest gone first. Not thread-safe.
class ContainerFleet {
 public:
  /// How long a new container waits for its names, so that no series appears under an id first.
  static constexpr double kHoldBack_s = 2;

  /// Both must outlive it.
  ContainerFleet(ContainerWatch& watch, ContainerLedger& ledger) : watch_(watch), ledger_(ledger) {}

  const WatchedContainers& containers() const { return containers_; }

  /// What becomes of the containers that are not found any more.
  enum class Missing : unsigned char {
    kEnd,     ///< they are gone
    kForget,  ///< other settings: nobody looks for them
  };

  /// Takes over what was found. What has the path and the cgroup of one that is known goes on with
  /// its history.
  void adopt(const ContainerDiscovery& discovery, Missing missing, const Moment& now);
  /// Forgets all.
  void clear() { containers_.clear(); }
  /// The container is gone. What it counted until then is booked under its name.
  void end(WatchedContainer& container, const Moment& now);
  /// Forgets those that are gone for longer than `grace_s`, and of the others all but the last
  /// `most`. True where it forgot one.
  bool expire(double grace_s, std::size_t most, double now_unix_s);

  /// Gives all that run their labels anew, but for those that still wait for their names, and
  /// decides which are shown.
  void label(const NameTable& names, const ContainerSettings& settings, ContainerView view,
             double now_s);
  /// Whether a container waits for its names.
  bool holds_back() const { return holding_back_; }

  /// Remembers the kills that the watch has heard of. Call it before each look of the discovery,
  /// which makes the watch forget those that are gone.
  void note_kills();
  /// Books what the containers have counted, after their files were read, and then what their pods
  /// have, so that no kill is counted twice.
  void count(AncestorLimits& pods, CgroupScratch scratch, const Moment& now);

 private:
  static std::unique_ptr<WatchedContainer> begin(const Moment& now);
  void label_one(WatchedContainer& container, const NameTable& names,
                 const ContainerSettings& settings, ContainerView view, double now_s);
  void choose_shown(const ContainerOptions& options);
  void choose_sandboxes();
  void count_one(WatchedContainer& container, const Moment& now);
  void count_pod(const std::string& pod_key, std::uint64_t oom_kills);

  ContainerWatch& watch_;
  ContainerLedger& ledger_;
  WatchedContainers containers_;
  bool holding_back_ = false;
  std::vector<std::pair<std::string, std::string>> gone_;  ///< pod and key, since the last count
};

}  // namespace litewatch

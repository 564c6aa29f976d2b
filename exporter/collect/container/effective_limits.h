#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "read/cgroup_files.h"
#include "read/cgroup_layout.h"
#include "read/cgroup_stats.h"

namespace litewatch {

/// What a container can really have: the least of its own limits and of those of all cgroups above
/// it. Absent where nothing limits it.
struct EffectiveLimits {
  std::optional<double> cpu_cores;  ///< quotas and, where known, the number of CPUs in the cpuset
  std::optional<std::uint64_t> memory_max_bytes;
  std::optional<std::uint64_t> memory_high_bytes;
  std::optional<std::uint64_t> swap_max_bytes;
};

/// CPUs by the cgroup's own quota; nullopt: it has none.
std::optional<double> quota_cores(const CgroupStats& stats);

/// Reads the limits of the cgroups above containers, each once per collection. Not thread-safe.
class AncestorLimits {
 public:
  AncestorLimits();
  ~AncestorLimits();
  AncestorLimits(const AncestorLimits&) = delete;
  AncestorLimits& operator=(const AncestorLimits&) = delete;

  /// Starts a collection. What was not asked for in the one before is closed. A layout without
  /// mount points has nothing above its containers: see ContainerDiscovery::layout().
  void begin(const CgroupLayout& layout);

  /// The limits of the cgroup at `path`, which says `own` of itself. No allocation where the
  /// ancestors were asked for in the collection before.
  EffectiveLimits effective(const std::string& path, const CgroupStats& own, CgroupScratch scratch);

  /// oom_kill of the pod's cgroup above a container, which outlives the container; nullopt: there
  /// is none, or its memory is v1's. Read at most once per collection.
  std::optional<std::uint64_t> pod_oom_kills(const std::string& path, CgroupScratch scratch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch

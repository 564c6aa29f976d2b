#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "collect/container/recent_map.h"

namespace litewatch {

/// Counts that outlive a container's cgroup: by what people call the container, not by its id.
/// Keys are "namespace/pod/container". Bounded: what was not seen for longest is forgotten first.
/// Not thread-safe.
class ContainerLedger {
 public:
  static constexpr std::size_t kMostEntries = 10'000;
  /// Cgroups remembered of one key. Where more than these are there at once, the others are
  /// neither restarts nor do their kills count.
  static constexpr std::size_t kMostInstances = 16;

  struct Entry {
    std::uint64_t restarts = 0;
    std::uint64_t oom_kills = 0;  ///< of all its cgroups, those that were counted before included
  };

  /// `most_entries` containers and as many pods are remembered.
  explicit ContainerLedger(std::size_t most_entries = kMostEntries);

  /// The cgroup `instance` (its inode) of `key` is there and has counted `oom_kills` so far;
  /// nullopt: it does not tell. An instance that was not there before is a restart, but for those
  /// that came with the key: `now_s` is the same for all calls of one collection. Allocates only
  /// for a new key or instance. Valid until the next call.
  const Entry& saw(std::string_view key, std::uint64_t instance,
                   std::optional<std::uint64_t> oom_kills, double now_s);

  /// The runtime says that the OOM killer ended `instance`: counts as one kill, unless the cgroup
  /// itself has told of one. Once per instance; nothing where saw() does not know it.
  void oom_killed(std::string_view key, std::uint64_t instance);

  /// The cgroup of the pod "namespace/pod" has counted `oom_kills` in all. What came since the last
  /// call, and was not counted for a container of that pod meanwhile, is put down to `gone_key`,
  /// the container that vanished; empty: none did. The first call only sets the mark to count from.
  /// Call it after saw() of the pod's containers.
  void pod_counted(std::string_view pod, std::uint64_t oom_kills, std::string_view gone_key);

  /// nullptr: never seen, or forgotten. Valid until the next call of another function.
  const Entry* find(std::string_view key) const;

 private:
  struct Instance {
    std::uint64_t inode = 0;
    std::uint64_t oom_kills = 0;  ///< counted for it
    double seen_s = 0;
  };
  struct Record {
    Entry entry;
    double began_s = 0;
    std::vector<Instance> instances;
  };
  struct Pod {
    std::uint64_t oom_kills = 0;  ///< that its cgroup told last
    std::uint64_t explained = 0;  ///< counted for its containers since then
    std::int64_t open =
        0;  ///< kills not explained last time; negative: explained, but not told yet
  };

  Instance* find_instance(Record& record, std::uint64_t instance);
  Instance* add_instance(Record& record, std::uint64_t instance, double now_s);
  void count_kills(std::string_view key, Record& record, Instance& instance, std::uint64_t kills);

  RecentMap<Record> records_;
  RecentMap<Pod> pods_;
};

}  // namespace litewatch

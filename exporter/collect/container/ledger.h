#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace litewatch {

/// Counts that outlive a container's cgroup: by what people call the container, not by its id.
/// Bounded: what was not seen for longest is forgotten first. Not thread-safe.
class ContainerLedger {
 public:
  static constexpr std::size_t kMostEntries = 10'000;

  struct Entry {
    std::uint64_t restarts = 0;
    std::uint64_t oom_kills = 0;  ///< of all its cgroups, those that were counted before included
  };

  /// The cgroup `instance` (its inode) of `key` is there and has counted `oom_kills` so far;
  /// nullopt: it does not tell. Another instance than the last one is a restart. Allocates only for
  /// a new key.
  const Entry& saw(std::string_view key, std::uint64_t instance,
                   std::optional<std::uint64_t> oom_kills, double now_s);

  /// The runtime says that the OOM killer ended `instance`: counts as one kill, unless the cgroup
  /// itself has told of one. Once per instance.
  void oom_killed(std::string_view key, std::uint64_t instance);

  /// The pod of these containers counted `oom_kills` in all. What its containers' own counts do not
  /// explain is put down to `gone_key`, the container that vanished since.
  void pod_counted(std::string_view pod, std::uint64_t oom_kills, std::uint64_t explained,
                   std::string_view gone_key);

  /// nullptr: never seen, or forgotten.
  const Entry* find(std::string_view key) const;

 private:
  // Members are the implementation's.
};

}  // namespace litewatch

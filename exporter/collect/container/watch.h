#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace litewatch {

/// Hears of cgroups that come and go, and of kills by the OOM killer before the cgroup vanishes
/// with its counts: inotify, on a thread of its own that sleeps until the kernel says something.
/// Thread-safe.
class ContainerWatch {
 public:
  /// Without inotify (fs.inotify.max_user_instances is often used up) all below does nothing.
  ContainerWatch();
  ~ContainerWatch();
  ContainerWatch(const ContainerWatch&) = delete;
  ContainerWatch& operator=(const ContainerWatch&) = delete;

  /// Whether each of the folders last given is watched, or gone by itself. False: look again from
  /// time to time.
  bool complete() const;
  /// Grows whenever a folder came or went below a watched one, or events were lost; and when
  /// folders are watched that were not before, as something may have come just then.
  std::uint64_t changes() const;

  /// Watches these folders for folders that come and go, and no others.
  void watch_folders(const std::vector<std::string>& folders);

  /// Reads `file`, a memory.events, whenever the kernel changes it. `instance` is the inode of its
  /// cgroup.
  void watch_memory_events(std::uint64_t instance, const std::string& file);
  /// The oom_kill of it that was read last; nullopt: it has not changed since it is watched.
  std::optional<std::uint64_t> oom_kills(std::uint64_t instance) const;
  /// An instance stays until it is forgotten, also when its cgroup is gone.
  void forget(std::uint64_t instance);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litewatch

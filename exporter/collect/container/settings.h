#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/container_options.h"
#include "base/mutex.h"

namespace litewatch {

/// Where the world is mounted.
struct ContainerPaths {
  std::string rootfs = "/";  ///< below it: var/log/containers, var/log/pods, sys/dev/block, sockets
  std::string procfs = "/proc";
  std::string cgroup = "/sys/fs/cgroup";

  bool operator==(const ContainerPaths&) const = default;
};

/// A container's names as Kubernetes' downward API tells them: litewatch's own.
struct OwnNames {
  std::string container;       ///< CONTAINER_NAME
  std::string pod;             ///< POD_NAME
  std::string namespace_name;  ///< POD_NAMESPACE

  bool operator==(const OwnNames&) const = default;
};

/// A database that litewatch watches.
struct WatchedDatabase {
  std::string app;
  std::string db;
  std::string path;

  bool operator==(const WatchedDatabase&) const = default;
};

/// All that the container collector is told.
struct ContainerSettings {
  bool enabled = true;
  ContainerOptions options;
  bool cadvisor_names = true;     ///< decided: of the options and the environment
  std::size_t limit = 200;        ///< containers watched
  std::vector<std::string> apps;  ///< that the configuration knows
  ContainerPaths paths;
  OwnNames own;
  /// The databases watched now. Thread-safe; may be empty (no function).
  std::function<std::vector<WatchedDatabase>()> databases;
};

/// Hands settings to the collector's thread, which takes them at its next collection. Thread-safe.
class ContainerControl {
 public:
  void set(ContainerSettings settings) EXCLUDES(mutex_) {
    auto fresh = std::make_shared<const ContainerSettings>(std::move(settings));
    MutexLock lock(mutex_);
    settings_ = std::move(fresh);
  }
  /// nullptr until they were set first. Another pointer means that they were set again.
  std::shared_ptr<const ContainerSettings> get() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return settings_;
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const ContainerSettings> settings_ GUARDED_BY(mutex_);
};

}  // namespace litewatch

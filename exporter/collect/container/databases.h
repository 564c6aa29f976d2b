#pragma once

#include <vector>

#include "collect/container/settings.h"
#include "collect/container/watched.h"

namespace litewatch {

/// Tells which watched databases lie in which containers. Not thread-safe.
class DatabasePlacer {
 public:
  /// How often the list of databases is asked for.
  static constexpr double kLook_s = 10;

  /// Asks for the databases again where it is time. True where there are others than before.
  bool look(const ContainerSettings& settings, double now_s);

  /// Sets the databases and their app of each container that runs and whose process is known.
  /// Services are left out: they see the machine's own file systems, and so all that lies there.
  void place(const WatchedContainers& containers, const ContainerPaths& paths) const;

 private:
  double next_look_s_ = 0;
  std::vector<WatchedDatabase> databases_;
};

}  // namespace litewatch

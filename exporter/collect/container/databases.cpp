#include "collect/container/databases.h"

#include <algorithm>
#include <utility>

#include "read/container_mounts.h"

namespace litewatch {
namespace {

bool can_hold(const WatchedContainer& container) {
  return container.reading.running && !container.reading.sandbox && container.process &&
         container.reading.live->identity.runtime != ContainerRuntime::kSystemd;
}

/// The app of all of them; empty where they are of several.
std::string app_of(const std::vector<ContainerDatabase>& databases) {
  if (databases.empty()) return "";
  const std::string& first = databases.front().app;
  const bool one_app = std::all_of(databases.begin(), databases.end(),
                                   [&](const auto& database) { return database.app == first; });
  return one_app ? first : "";
}

}  // namespace

bool DatabasePlacer::look(const ContainerSettings& settings, double now_s) {
  if (now_s < next_look_s_) return false;
  next_look_s_ = now_s + kLook_s;
  auto databases = settings.databases ? settings.databases() : std::vector<WatchedDatabase>();
  if (databases == databases_) return false;
  databases_ = std::move(databases);
  return true;
}

void DatabasePlacer::place(const WatchedContainers& containers, const ContainerPaths& paths) const {
  const auto own = read_mountinfo(paths.procfs + "/self/mountinfo");
  for (const auto& container : containers) {
    ContainerReading& reading = container->reading;
    reading.databases.clear();
    container->database_app.clear();
    if (!own || databases_.empty() || !can_hold(*container)) continue;
    const int pid = container->process->pid();
    auto mounts = read_mountinfo(paths.procfs + "/" + std::to_string(pid) + "/mountinfo");
    if (!mounts) continue;
    const ContainerMounts seen{std::move(*mounts), pid};
    for (const WatchedDatabase& database : databases_) {
      const FilePlace place =
          place_in_container(database.path, *own, seen, paths.procfs, paths.rootfs);
      if (place == FilePlace::kElsewhere) continue;
      reading.databases.push_back({database.app, database.db, place == FilePlace::kWritableLayer});
    }
    container->database_app = app_of(reading.databases);
  }
}

}  // namespace litewatch

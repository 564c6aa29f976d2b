#include "container_service.h"

#include <cstdlib>
#include <set>
#include <string>
#include <utility>

namespace litewatch {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The apps that the configuration names, each once; those of patterns come with their databases.
std::vector<std::string> apps_of(const Config& config) {
  std::set<std::string> apps;
  for (const DatabaseConfig& database : config.databases) apps.insert(database.app);
  for (const DiscoveryConfig& folder : config.discovery) apps.insert(folder.app);
  for (const ProbeTarget& target : config.probes.targets) apps.insert(target.app);
  apps.erase("");
  return {apps.begin(), apps.end()};
}

}  // namespace

ContainerEnvironment read_container_environment() {
  return {.kubernetes = !variable("KUBERNETES_SERVICE_HOST").empty(),
          .own = {.container = variable("CONTAINER_NAME"),
                  .pod = variable("POD_NAME"),
                  .namespace_name = variable("POD_NAMESPACE")}};
}

ContainerSettings to_container_settings(const Config& config, const Flags& flags,
                                        const ContainerEnvironment& environment,
                                        std::function<std::vector<WatchedDatabase>()> databases) {
  ContainerSettings settings;
  settings.enabled = config.collectors.container;
  settings.options = config.containers;
  settings.cadvisor_names = config.containers.cadvisor_names.value_or(!environment.kubernetes);
  settings.limit = config.limits.containers;
  settings.apps = apps_of(config);
  settings.paths = {.rootfs = flags.rootfs, .procfs = flags.procfs, .cgroup = flags.cgroup};
  settings.own = environment.own;
  settings.databases = std::move(databases);
  return settings;
}

}  // namespace litewatch

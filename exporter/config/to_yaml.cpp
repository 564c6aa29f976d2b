#include <string_view>

#include "config/containers.h"
#include "config/load.h"
#include "config/probe_to_yaml.h"
#include "config/units.h"
#include "config/yaml_writer.h"

namespace litewatch {
namespace {

void add_objectives(YamlLines& entry, const SqliteObjectives& objectives) {
  YamlLines lines = entry.open("objectives");
  lines.add("wal", exact_size(objectives.wal_bytes));
  lines.add("checkpoint_lag", exact_size(objectives.checkpoint_lag_bytes));
  lines.add("oldest_reader", exact_duration(objectives.oldest_reader_s));
  lines.add("write_lock_held", exact_duration(objectives.write_lock_held_s));
  lines.add("write_lock_occupancy", exact_number(objectives.write_lock_occupancy_ratio));
  lines.add("freelist", exact_number(objectives.freelist_ratio));
  lines.add("filesystem_avail", exact_size(objectives.filesystem_avail_bytes));
  const auto& write_age_s = objectives.write_age_s;
  lines.add("write_age", write_age_s ? exact_duration(*write_age_s) : "none");
}

void add_database(YamlLines lines, const DatabaseConfig& database) {
  lines.add("path", yaml_scalar(database.path));
  lines.add_flag("literal", database.literal);
  lines.add_text("name", database.name);
  lines.add_text("app", database.app);
  lines.add_text("group", database.group);
  lines.add_flag("locks_on_remote", database.locks_on_remote);
  add_objectives(lines, database.objectives);
}

void add_discovery(YamlLines lines, const DiscoveryConfig& discovery) {
  lines.add("root", yaml_scalar(discovery.root));
  lines.add_text("app", discovery.app);
  lines.add_text("group", discovery.group);
  lines.add("max_depth", std::to_string(discovery.max_depth));
  lines.add_texts("exclude", discovery.exclude);
  add_objectives(lines, discovery.objectives);
}

template <class T>
void add_list(YamlLines& top, std::string_view key, const std::vector<T>& entries,
              void (*add)(YamlLines, const T&)) {
  if (entries.empty()) return top.add(key, "[]");
  YamlLines list = top.open(key);
  for (const T& entry : entries) add(list.element(), entry);
}

void add_limits(YamlLines lines, const LimitsConfig& limits) {
  lines.add("series", std::to_string(limits.series));
  lines.add("databases", std::to_string(limits.databases));
  lines.add("detailed_databases", std::to_string(limits.detailed_databases));
  lines.add("containers", std::to_string(limits.containers));
  lines.add("collect_timeout", exact_duration(limits.collect_timeout_s));
  lines.add("max_age", exact_duration(limits.max_age_s));
  lines.add("rescan_interval", exact_duration(limits.rescan_interval_s));
  lines.add("lock_samples_per_second", exact_number(limits.lock_samples_per_s));
  lines.add("sampled_databases", std::to_string(limits.sampled_databases));
}

}  // namespace

std::string to_yaml(const Config& config) {
  std::string out;
  YamlLines top(out, "");
  add_list(top, "databases", config.databases, add_database);
  add_list(top, "discovery", config.discovery, add_discovery);
  add_list(top, "targets", config.probes.targets, add_target);
  if (!config.probes.modules.empty()) {
    YamlLines modules = top.open("modules");
    for (const ProbeModule& module : config.probes.modules) add_module(modules, module);
  }
  add_probe_options(top.open("probes"), config.probes.options);
  add_containers(top.open("containers"), config.containers);
  YamlLines collectors = top.open("collectors");
  collectors.add_flag("sqlite", config.collectors.sqlite);
  collectors.add_flag("probe", config.collectors.probe);
  collectors.add_flag("container", config.collectors.container);
  collectors.add_flag("self", config.collectors.self);
  add_limits(top.open("limits"), config.limits);
  return out;
}

std::string to_yaml(const ProbeModule& module) {
  std::string out;
  YamlLines top(out, "");
  add_module(top, module);
  return out;
}

}  // namespace litewatch

#include <string_view>

#include "config/container_words.h"
#include "config/containers.h"
#include "config/map_reader.h"
#include "config/units.h"

namespace litewatch {
namespace {

void add_rules(YamlLines& lines, const std::vector<ContainerRule>& rules) {
  if (rules.empty()) return lines.add("rules", "[]");
  YamlLines list = lines.open("rules");
  for (const ContainerRule& rule : rules) {
    YamlLines entry = list.element();
    entry.add("match", yaml_scalar(rule.match));
    entry.add_text("name", rule.name);
    entry.add_text("app", rule.app);
  }
}

}  // namespace

void add_containers(YamlLines lines, const ContainerOptions& options) {
  lines.add("view", word_of(kContainerViews, options.view));
  lines.add("cadvisor_names", word_of(kCadvisorNames, options.cadvisor_names));
  lines.add_texts("sockets", options.sockets);
  lines.add_texts("include", options.include);
  lines.add_texts("exclude", options.exclude);
  lines.add_texts("labels", options.labels);
  add_rules(lines, options.rules);
  lines.add("grace", exact_duration(options.grace_s));
  YamlLines objectives = lines.open("objectives");
  objectives.add("memory", exact_number(options.objectives.memory_ratio));
  objectives.add("throttled", exact_number(options.objectives.throttled_ratio));
  objectives.add("pressure", exact_number(options.objectives.pressure_ratio));
  objectives.add("pids", exact_number(options.objectives.pids_ratio));
  objectives.add("fds", exact_number(options.objectives.fds_ratio));
}

}  // namespace litewatch

#include "config/probes.h"

#include "config/probe_parts.h"

namespace litewatch {

void read_probes(MapReader& document, const std::filesystem::path& folder, Problems& problems,
                 ProberConfig& out) {
  const ProbeSource source{folder, problems};
  const YamlNode* targets = document.find("targets");
  // Before the targets, which name modules and start from defaults.
  if (const YamlNode* modules = document.find("modules")) {
    read_modules(*modules, source, out.modules);
  }
  TargetDefaults defaults;
  if (const YamlNode* probes = document.find("probes")) {
    read_probe_options(*probes, source, out.options, defaults);
  }
  if (targets != nullptr) read_targets(*targets, source, defaults, out.modules, out.targets);
}

}  // namespace litewatch

#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "probe/prober.h"
#include "publish/page.h"

namespace litewatch {

/// Makes the pages that /probe answers with. Thread-safe.
class ProbePages {
 public:
  ProbePages();
  ~ProbePages();

  /// The page of one result, with the labels that blackbox_exporter gives it: none of the target.
  std::shared_ptr<const Page> page(const ProbeResult& result);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What `debug=true` shows: the log, the result as metrics, the health document, the module as YAML
/// (`module_yaml`, secrets masked).
std::string probe_debug_text(const ProbeResult& result, const Page& page,
                             const std::string& module_yaml);

/// The targets in http_sd format: one group per target, whose labels make a plain
/// `http_sd_configs` job probe it through /probe with blackbox_exporter's `instance`.
std::string sd_targets_json(const std::vector<TargetView>& targets, const std::string& authority,
                            const std::string& scheme);

}  // namespace litewatch

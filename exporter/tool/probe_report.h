#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/result.h"

namespace litewatch {

/// One probe of `litetool probe`.
struct ProbeReport {
  std::string target;                         ///< what was probed, as it may be shown
  std::shared_ptr<const ProbeResult> result;  ///< never null
};

/// The report as a person under pressure reads it: the verdict first, the cause next, the figures
/// last. `debug`: with the log.
std::string to_text(const ProbeReport& report, bool debug, bool color);

/// The same as one JSON object and a line feed.
std::string to_json(const ProbeReport& report, bool debug);

/// The components of a health document, the worst first, else in its order.
std::vector<const HealthComponent*> worst_first(const HealthDocument& document);

}  // namespace litewatch

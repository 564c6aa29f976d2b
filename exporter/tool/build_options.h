#pragma once

#include <string>

#include "base/result.h"
#include "deliver/compressed_time.h"
#include "deliver/deliver.h"
#include "tool/command.h"

namespace litewatch {

enum class BuildSubject : unsigned char { kDashboards, kRules, kDeliveries };

/// What `litetool build` is told.
struct BuildCommand {
  BuildSubject subject = BuildSubject::kDashboards;
  std::string root;    ///< the folder that holds rules/ and dashboards/; empty: to be found
  std::string output;  ///< of dashboards: ROOT/dashboards/grafana where none is given
  bool check = false;  ///< compare instead of writing
  DeliveryOptions delivery;
  CompressedTime time;

  bool compresses() const { return time.speed != 1; }
};

/// Errors are malformed: wrong usage.
Result<BuildCommand> parse_build_command(Arguments arguments);

}  // namespace litewatch

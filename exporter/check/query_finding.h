#pragma once

#include <string>
#include <vector>

#include "promql/ast.h"

namespace litewatch {

/// What is wrong with a query although Prometheus accepts it.
struct QueryFinding {
  std::string rule;  ///< e.g. "promql/label": what a waiver names
  std::string what;  ///< one sentence without a full stop
  std::string mend;  ///< what to do about it
  promql::Span span;
};
using QueryFindings = std::vector<QueryFinding>;

}  // namespace litewatch

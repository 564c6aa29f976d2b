#pragma once

#include "check/query_finding.h"
#include "check/vocabulary.h"
#include "promql/ast.h"

namespace litewatch {

/// What every query keeps to, whatever it is for.
struct QueryHabits {
  /// Ranges of rate() and the like hold at least four scrapes.
  double least_range_s = 60;
};

/// Finds counters that are not under rate() or its like, rates of gauges, rates of sums, ranges
/// that are too short, divisions whose 0/0 would poison an aggregate, and what Prometheus 3 means
/// or names otherwise than 2.42. `findings` is appended to.
void check_habits(const promql::Expr& query, const Vocabulary& vocabulary,
                  const QueryHabits& habits, QueryFindings& findings);

}  // namespace litewatch

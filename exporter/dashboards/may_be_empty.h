#pragma once

#include "promql/ast.h"

namespace litewatch {

/// Whether a query can have no result on a system that is well: a metric that is there only under
/// a condition, a comparison that filters, a recorded series.
bool may_be_empty(const promql::Expr& query);

}  // namespace litewatch

#pragma once

#include <set>
#include <string>

#include "check/query_finding.h"
#include "check/vocabulary.h"
#include "promql/ast.h"

namespace litewatch {

/// The labels that the result of a query can have.
struct FlowLabels {
  std::set<std::string> names;
  bool open = false;  ///< it may have others: nothing can be said of a label that is not in `names`

  bool may_have(const std::string& label) const { return open || names.count(label) > 0; }
};

/// Follows labels from the selectors through functions, aggregations and joins to the result, and
/// says where one is asked for that cannot be there: in a matcher, in by() and without(), in on(),
/// ignoring(), group_left() and group_right(), in label_replace(). Unknown metrics are said too.
/// `findings` is appended to.
FlowLabels label_flow(const promql::Expr& query, const Vocabulary& vocabulary,
                      QueryFindings& findings);

}  // namespace litewatch

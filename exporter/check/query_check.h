#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "check/finding.h"
#include "check/label_flow.h"
#include "check/query_habits.h"
#include "check/vocabulary.h"
#include "promql/ast.h"
#include "promql/parser.h"

namespace litewatch {

/// A query with Grafana's macros ($__rate_interval, $__range, $__interval, ${__range} and the like)
/// replaced by durations of the same length in bytes, filled up with spaces, so that it can be
/// parsed and spans still fit. Variables within strings stay.
std::string without_macros(std::string_view query);
/// Parses a query of Grafana's: without its macros.
promql::Parsed parse_query(std::string_view query);

/// What is known of a query that parses.
struct CheckedQuery {
  promql::ExprPtr expr;
  FlowLabels labels;  ///< of its result
};

/// Parses a query, follows its labels and looks at its habits. `place` is where its text begins;
/// the findings are at the lines that they are about. nullopt: it does not parse, which is one of
/// the findings.
std::optional<CheckedQuery> check_query(std::string_view query, const Place& place,
                                        const std::string& subject, const Vocabulary& vocabulary,
                                        const QueryHabits& habits, Findings& findings);

}  // namespace litewatch

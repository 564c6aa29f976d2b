#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "promql/ast.h"

namespace litewatch::promql {

/// Why a query is none.
struct Problem {
  std::string what;
  Span span;
};

struct Parsed {
  ExprPtr expr;                    ///< nullptr where there is a problem
  std::optional<Problem> problem;  ///< the first one
};

/// Parses and type-checks a query as Prometheus 2.42 does: what it rejects is rejected, what it
/// accepts is accepted. Macros such as $__rate_interval have to be replaced before. Source:
/// Prometheus 2.42, promql/parser/generated_parser.y and parse.go.
Parsed parse(std::string_view text);

}  // namespace litewatch::promql

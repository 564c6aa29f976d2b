#pragma once

#include <optional>
#include <string>

#include "promql/ast.h"

namespace litewatch::promql {

/// What is wrong with the types of a node, whose children are right; nullopt: nothing.
std::optional<std::string> type_problem(const Expr& expr);

}  // namespace litewatch::promql

#pragma once

#include <functional>
#include <variant>

#include "check/walk.h"
#include "promql/ast.h"

namespace litewatch {

/// Calls `visit(expr)` for every node of a query, those around others first.
inline void for_each_node(const promql::Expr& expr,
                          const std::function<void(const promql::Expr&)>& visit) {
  visit(expr);
  for_each_child(expr, [&](const promql::Expr& child) { for_each_node(child, visit); });
}

/// Calls `visit(selector)` for every selector of a query.
inline void for_each_selector(const promql::Expr& expr,
                              const std::function<void(const promql::Selector&)>& visit) {
  for_each_node(expr, [&](const promql::Expr& node) {
    if (const auto* selector = std::get_if<promql::Selector>(&node.node)) visit(*selector);
  });
}

}  // namespace litewatch

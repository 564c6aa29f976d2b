#pragma once

#include <variant>

#include "promql/ast.h"

namespace litewatch {

/// Calls `visit(child)` for every direct child of a node.
template <class Visit>
void for_each_child(const promql::Expr& expr, Visit visit) {
  using namespace promql;
  const auto pass = [&](const ExprPtr& child) {
    if (child) visit(*child);
  };
  struct Children {
    decltype(pass)& use;
    void operator()(const Subquery& node) const { use(node.expr); }
    void operator()(const Unary& node) const { use(node.expr); }
    void operator()(const Paren& node) const { use(node.expr); }
    void operator()(const Aggregation& node) const {
      use(node.parameter);
      use(node.expr);
    }
    void operator()(const Binary& node) const {
      use(node.left);
      use(node.right);
    }
    void operator()(const Call& node) const {
      for (const ExprPtr& argument : node.arguments) use(argument);
    }
    void operator()(const NumberLiteral&) const {}
    void operator()(const StringLiteral&) const {}
    void operator()(const Selector&) const {}
  };
  std::visit(Children{pass}, expr.node);
}

}  // namespace litewatch

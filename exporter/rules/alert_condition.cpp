#include <algorithm>
#include <string>

#include "check/walk.h"
#include "promql/functions.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

using namespace promql;

bool may_be_empty(const Expr& expr);

bool may_be_empty(const Binary& node) {
  const bool left = may_be_empty(*node.left);
  const bool right = may_be_empty(*node.right);
  if (node.is_comparison()) return !node.returns_bool || left || right;
  if (node.op == "unless") return true;
  return node.op == "or" ? left && right : left || right;
}

/// Whether the expression has no result while all is well: something in it takes series away.
bool may_be_empty(const Expr& expr) {
  if (const auto* binary = std::get_if<Binary>(&expr.node)) return may_be_empty(*binary);
  if (const auto* selector = std::get_if<Selector>(&expr.node)) return selector->metric == "ALERTS";
  if (const auto* call = std::get_if<Call>(&expr.node)) {
    if (call->function->name.starts_with("absent")) return true;
    if (call->function->name == "scalar" || call->function->name == "vector") return false;
  }
  if (const auto* aggregation = std::get_if<Aggregation>(&expr.node)) {
    return may_be_empty(*aggregation->expr);
  }
  bool found = false;
  for_each_child(expr, [&](const Expr& child) { found = found || may_be_empty(child); });
  return found;
}

bool looks_at_series(const Expr& expr) {
  bool found = std::holds_alternative<Selector>(expr.node);
  for_each_child(expr, [&](const Expr& child) { found = found || looks_at_series(child); });
  return found;
}

/// What keeps the expression from being a condition; empty where nothing does.
std::string defect(const Expr& expr) {
  const ValueType type = expr.type();
  if (type != ValueType::kInstantVector) return "the expression is " + std::string(to_string(type));
  if (!looks_at_series(expr)) return "the expression looks at no series: it is always the same";
  if (!may_be_empty(expr)) return "the expression compares with nothing: it always fires";
  return "";
}

}  // namespace

void check_alert_condition(const CheckedRule& alert, Findings& findings) {
  if (!alert.query) return;
  const Rule& rule = *alert.rule;
  const Expr& expr = *alert.query->expr;
  std::string what = defect(expr);
  std::string mend = "compare it: > a limit, == 0, absent(...)";
  if (is_heartbeat(rule)) {
    const bool steady = expr.type() == ValueType::kInstantVector && !looks_at_series(expr);
    what = steady ? "" : "severity none is for an alert that always fires";
    mend = "write vector(1), or set another severity";
  }
  if (what.empty()) return;
  findings.push_back({"alert/condition", alert.place(rule.expr_line), rule.name, what, mend});
}

}  // namespace litewatch

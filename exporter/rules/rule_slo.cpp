#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "check/walk.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

using namespace promql;

/// The value of an expression of numbers alone.
std::optional<double> constant(const Expr& expr) {
  const Expr& inner = unwrap(expr);
  if (const auto* number = std::get_if<NumberLiteral>(&inner.node)) return number->value;
  const auto* binary = std::get_if<Binary>(&inner.node);
  if (binary == nullptr) return std::nullopt;
  const auto left = constant(*binary->left);
  const auto right = constant(*binary->right);
  if (!left || !right) return std::nullopt;
  if (binary->op == "-") return *left - *right;
  if (binary->op == "*") return *left * *right;
  return std::nullopt;
}

std::string rounded(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return text.data();
}

/// Whether it is `1 - objective`.
bool is_budget(const Expr& expr) {
  const auto* binary = std::get_if<Binary>(&unwrap(expr).node);
  return binary != nullptr && binary->op == "-" && constant(*binary->left) == 1;
}

void walk(const Expr& expr, const CheckedRule& rule, Findings& findings) {
  const auto* binary = std::get_if<Binary>(&expr.node);
  if (binary != nullptr && binary->op == "*" &&
      (is_budget(*binary->left) || is_budget(*binary->right))) {
    const auto threshold = constant(expr);
    if (threshold && *threshold >= 1) {
      findings.push_back(
          {"rule/slo", rule.place(rule.rule->expr_line), rule.rule->name,
           "the threshold is " + rounded(*threshold) + ", and no share of errors is above 1",
           "raise the objective, or lower the factor"});
    }
  }
  for_each_child(expr, [&](const Expr& child) { walk(child, rule, findings); });
}

}  // namespace

void check_slo_thresholds(const RuleChecks& checks, Findings& findings) {
  for (const CheckedRules* rules : {&checks.recording, &checks.alerts}) {
    for (const CheckedRule& rule : *rules) {
      if (rule.query) walk(*rule.query->expr, rule, findings);
    }
  }
}

}  // namespace litewatch

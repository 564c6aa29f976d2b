#include "promql/types.h"

#include <re2/re2.h>

#include <algorithm>
#include <string_view>

#include "promql/functions.h"

namespace litewatch::promql {
namespace {

using enum ValueType;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string mismatch(std::string_view where, std::string_view expected, ValueType got) {
  return std::string(where) + " expects " + std::string(expected) + ", got " +
         std::string(to_string(got));
}

bool is_regex(const Matcher& matcher) {
  return matcher.op == Matcher::Op::kRegex || matcher.op == Matcher::Op::kNotRegex;
}

/// Whether series without the label match.
bool matches_empty(const Matcher& matcher, const RE2* pattern) {
  const bool same = pattern != nullptr ? RE2::FullMatch("", *pattern) : matcher.value.empty();
  const bool negated = matcher.op == Matcher::Op::kNotEqual || matcher.op == Matcher::Op::kNotRegex;
  return same != negated;
}

std::optional<std::string> check_matcher(const Matcher& matcher, bool& selective) {
  if (!is_regex(matcher)) {
    selective |= !matches_empty(matcher, nullptr);
    return std::nullopt;
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  const RE2 pattern("^(?:" + matcher.value + ")$", options);
  if (!pattern.ok()) return "bad regular expression: " + pattern.error();
  selective |= !matches_empty(matcher, &pattern);
  return std::nullopt;
}

std::optional<std::string> check(const Selector& selector) {
  bool selective = !selector.metric.empty();
  for (const Matcher& matcher : selector.matchers) {
    if (!selector.metric.empty() && matcher.label == "__name__") {
      return "the metric's name is set twice: " + quoted(selector.metric) + " and " +
             quoted(matcher.value);
    }
    if (auto problem = check_matcher(matcher, selective)) return problem;
  }
  if (!selective)
    return "a selector needs at least one matcher that does not match the empty string";
  return std::nullopt;
}

std::optional<std::string> check(const Subquery& subquery) {
  const ValueType type = subquery.expr->type();
  if (type == kInstantVector) return std::nullopt;
  return mismatch("a subquery", "an instant vector", type);
}

std::optional<std::string> check(const Call& call) {
  const Function& function = *call.function;
  const std::size_t count = call.arguments.size();
  if (count < function.least_arguments() || !function.allows(count)) {
    return std::string(function.name) + "() does not take " + std::to_string(count) +
           " argument(s)";
  }
  for (std::size_t i = 0; i < count; ++i) {
    const ValueType type = call.arguments[i]->type();
    if (type != function.type_of(i)) {
      return mismatch(std::string(function.name) + "()", to_string(function.type_of(i)), type);
    }
  }
  return std::nullopt;
}

std::optional<std::string> check(const Aggregation& aggregation) {
  const ValueType type = aggregation.expr->type();
  if (type != kInstantVector) return mismatch(aggregation.op, "an instant vector", type);
  if (!aggregation.parameter) return std::nullopt;
  const ValueType wanted = aggregation.op == "count_values" ? kString : kScalar;
  const ValueType given = aggregation.parameter->type();
  if (given == wanted) return std::nullopt;
  return mismatch("the parameter of " + aggregation.op, to_string(wanted), given);
}

std::optional<std::string> check_matching(const Binary& binary, bool vectors) {
  const Matching& matching = binary.matching;
  if (!vectors && !matching.labels.empty()) {
    return "on() and ignoring() are for two instant vectors only";
  }
  if (binary.is_set() && matching.group != Matching::Group::kNone) {
    return "no group_left or group_right with " + quoted(binary.op);
  }
  if (!matching.on) return std::nullopt;
  for (const std::string& label : matching.included) {
    const auto found = std::find(matching.labels.begin(), matching.labels.end(), label);
    if (found != matching.labels.end()) {
      return "label " + quoted(label) + " stands in on() and in the group";
    }
  }
  return std::nullopt;
}

std::optional<std::string> check(const Binary& binary) {
  const ValueType left = binary.left->type();
  const ValueType right = binary.right->type();
  for (const ValueType type : {left, right}) {
    if (type != kScalar && type != kInstantVector) {
      return mismatch(quoted(binary.op), "scalars and instant vectors", type);
    }
  }
  if (binary.returns_bool && !binary.is_comparison()) {
    return "bool is for comparisons only";
  }
  const bool scalars = left == kScalar && right == kScalar;
  if (scalars && binary.is_comparison() && !binary.returns_bool) {
    return "comparing two scalars needs bool";
  }
  if (binary.is_set() && (left == kScalar || right == kScalar)) {
    return quoted(binary.op) + " is for two instant vectors only";
  }
  return check_matching(binary, left == kInstantVector && right == kInstantVector);
}

std::optional<std::string> check(const Unary& unary) {
  const ValueType type = unary.expr->type();
  if (type == kScalar || type == kInstantVector) return std::nullopt;
  return mismatch("a sign", "a scalar or an instant vector", type);
}

template <class Other>
std::optional<std::string> check(const Other&) {
  return std::nullopt;
}

ValueType type_of(const NumberLiteral&) { return kScalar; }
ValueType type_of(const StringLiteral&) { return kString; }
ValueType type_of(const Selector& node) { return node.range_s ? kRangeVector : kInstantVector; }
ValueType type_of(const Subquery&) { return kRangeVector; }
ValueType type_of(const Call& node) { return node.function->result; }
ValueType type_of(const Aggregation&) { return kInstantVector; }
ValueType type_of(const Binary& node) {
  const bool scalars = node.left->type() == kScalar && node.right->type() == kScalar;
  return scalars ? kScalar : kInstantVector;
}
ValueType type_of(const Unary& node) { return node.expr->type(); }
ValueType type_of(const Paren& node) { return node.expr->type(); }

}  // namespace

std::optional<std::string> type_problem(const Expr& expr) {
  return std::visit([](const auto& node) { return check(node); }, expr.node);
}

std::string_view to_string(ValueType type) {
  switch (type) {
    case kScalar:
      return "a scalar";
    case kString:
      return "a string";
    case kInstantVector:
      return "an instant vector";
    case kRangeVector:
      return "a range vector";
  }
  return "";
}

ValueType Expr::type() const {
  return std::visit([](const auto& inner) { return type_of(inner); }, node);
}

bool Binary::is_comparison() const {
  return op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=";
}

const Expr& unwrap(const Expr& expr) {
  const Expr* inner = &expr;
  while (const auto* paren = std::get_if<Paren>(&inner->node)) inner = paren->expr.get();
  return *inner;
}

}  // namespace litewatch::promql

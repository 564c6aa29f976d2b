#include "check/query_habits.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "check/walk.h"
#include "promql/functions.h"

namespace litewatch {
namespace {

using namespace promql;

/// Functions of a counter's growth.
constexpr auto kRates = std::to_array<std::string_view>({"increase", "irate", "rate"});
/// What else may be asked of a counter: about its resets and whether it is there.
constexpr auto kOfCounters =
    std::to_array<std::string_view>({"absent", "absent_over_time", "changes", "increase", "irate",
                                     "present_over_time", "rate", "resets", "timestamp"});
/// An aggregate that one NaN makes NaN.
constexpr auto kPoisoned =
    std::to_array<std::string_view>({"avg", "stddev", "stdvar", "sum", "avg_over_time",
                                     "stddev_over_time", "stdvar_over_time", "sum_over_time"});
constexpr double kTolerance = 1e-9;

template <class Names>
bool stands_in(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The function or aggregation that a node is; empty where it is neither.
std::string_view operation(const Expr& expr) {
  if (const auto* call = std::get_if<Call>(&expr.node)) return call->function->name;
  if (const auto* aggregation = std::get_if<Aggregation>(&expr.node)) return aggregation->op;
  return "";
}

bool is_positive(const Expr& expr) {
  const auto* number = std::get_if<NumberLiteral>(&unwrap(expr).node);
  return number != nullptr && number->value > 0;
}
bool is_zero_or_more(const Expr& expr) {
  const auto* number = std::get_if<NumberLiteral>(&unwrap(expr).node);
  return number != nullptr && number->value >= 0;
}

/// Whether a denominator cannot be zero: a number, `x > 0`, `x != 0`, clamp_min(x, 1), or a product
/// of such.
bool is_guarded(const Expr& denominator) {
  const Expr& expr = unwrap(denominator);
  if (is_positive(expr)) return true;
  if (const auto* binary = std::get_if<Binary>(&expr.node)) {
    if (binary->op == "*") return is_guarded(*binary->left) && is_guarded(*binary->right);
    if (binary->returns_bool) return false;
    if (binary->op == ">") return is_zero_or_more(*binary->right);
    return binary->op == "!=" && is_zero_or_more(*binary->right) && !is_positive(*binary->right);
  }
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return false;
  if (call->function->name == "clamp_min") return is_positive(*call->arguments[1]);
  return call->function->name == "scalar" && is_guarded(*call->arguments[0]);
}

class Habits {
 public:
  Habits(const Vocabulary& vocabulary, const QueryHabits& habits, QueryFindings& findings)
      : vocabulary_(vocabulary), habits_(habits), findings_(findings) {}

  /// `under`: the innermost function or aggregation around; `poisoned`: one that NaN would poison.
  void walk(const Expr& expr, std::string_view under, bool poisoned) {
    std::visit([&](const auto& node) { look(node, expr, under, poisoned); }, expr.node);
    const std::string_view own = operation(expr);
    for_each_child(expr, [&](const Expr& child) {
      walk(child, own.empty() ? under : own, poisoned || stands_in(kPoisoned, own));
    });
  }

 private:
  void find(const char* rule, std::string what, std::string mend, Span span) {
    findings_.push_back({rule, std::move(what), std::move(mend), span});
  }

  void look(const Selector& node, const Expr& expr, std::string_view under, bool) {
    check_kind(node, under, expr.span);
    for (const Matcher& matcher : node.matchers) check_bound(matcher);
  }

  void check_kind(const Selector& node, std::string_view under, Span span) {
    const Vocabulary::Series* series = vocabulary_.find(node.metric);
    if (series == nullptr || series->kind == Vocabulary::Kind::kRecorded) return;
    const bool is_counter = series->kind == Vocabulary::Kind::kCounter;
    if (is_counter && !stands_in(kOfCounters, under) && under != "count" && under != "group") {
      find("promql/counter", node.metric + " is a counter and says nothing by its value",
           "put it under rate() or increase()", span);
    }
    if (!is_counter && stands_in(kRates, under)) {
      find("promql/gauge",
           node.metric + " is a gauge and " + std::string(under) + "() is of counters",
           "use delta() or deriv()", span);
    }
  }

  /// Prometheus 3 writes whole bounds as "1.0", 2 as "1".
  void check_bound(const Matcher& matcher) {
    if (matcher.label != "le" && matcher.label != "quantile") return;
    const bool whole = !matcher.value.empty() &&
                       matcher.value.find_first_not_of("0123456789") == std::string::npos;
    if (matcher.op != Matcher::Op::kEqual || !whole) return;
    find("promql/version",
         "le=\"" + matcher.value + "\" is \"" + matcher.value + ".0\" in Prometheus 3",
         "match " + matcher.label + "=~\"" + matcher.value + "(\\\\.0)?\"", matcher.span);
  }

  void look(const Call& node, const Expr& expr, std::string_view, bool) {
    const std::string_view name = node.function->name;
    if (name == "holt_winters") {
      find("promql/version", "holt_winters() has another name in Prometheus 3", "do without it",
           expr.span);
    }
    if (!stands_in(kRates, name)) return;
    const Expr& argument = unwrap(*node.arguments[0]);
    if (std::holds_alternative<Subquery>(argument.node)) {
      find("promql/rate", std::string(name) + "() of a subquery misses counters' resets",
           "take the rate of the counter first, then aggregate", expr.span);
      return;
    }
    const auto* selector = std::get_if<Selector>(&argument.node);
    if (selector == nullptr || *selector->range_s >= habits_.least_range_s - kTolerance) return;
    find("promql/range", "a range of less than four scrapes has no rate where one is missed",
         "use at least " + std::to_string(static_cast<int>(habits_.least_range_s)) + "s",
         expr.span);
  }

  void look(const Binary& node, const Expr& expr, std::string_view, bool poisoned) {
    if (!poisoned || (node.op != "/" && node.op != "%")) return;
    if (node.right->type() == ValueType::kScalar && node.left->type() == ValueType::kScalar) return;
    if (is_guarded(*node.right)) return;
    find("promql/nan", "0/0 here is NaN and makes the whole aggregate NaN",
         "guard the denominator: (x > 0)", expr.span);
  }

  template <class Other>
  void look(const Other&, const Expr&, std::string_view, bool) {}

  const Vocabulary& vocabulary_;
  const QueryHabits& habits_;
  QueryFindings& findings_;
};

}  // namespace

void check_habits(const promql::Expr& query, const Vocabulary& vocabulary,
                  const QueryHabits& habits, QueryFindings& findings) {
  Habits(vocabulary, habits, findings).walk(query, "", false);
}

}  // namespace litewatch

#include "rules/checked_rule.h"

#include <utility>

#include "check/walk.h"

namespace litewatch {
namespace {

/// Scraped every 30 seconds, a range holds four scrapes.
constexpr QueryHabits kHabits{120};

void collect_metrics(const promql::Expr& expr, std::set<std::string>& metrics) {
  if (const auto* selector = std::get_if<promql::Selector>(&expr.node)) {
    if (!selector->metric.empty()) metrics.insert(selector->metric);
    for (const promql::Matcher& matcher : selector->matchers) {
      if (matcher.label == "__name__" && matcher.op == promql::Matcher::Op::kEqual) {
        metrics.insert(matcher.value);
      }
    }
  }
  for_each_child(expr, [&](const promql::Expr& child) { collect_metrics(child, metrics); });
}

}  // namespace

CheckedRules check_queries(const std::vector<RuleFile>& files, const Vocabulary& vocabulary,
                           Findings& findings) {
  CheckedRules checked;
  for (const RuleFile& file : files) {
    for (const RuleGroup& group : file.groups) {
      for (const Rule& rule : group.rules) {
        const Place place{file.path, rule.expr_line};
        checked.push_back(
            {&file, &group, &rule,
             check_query(rule.expr, place, rule.name, vocabulary, kHabits, findings)});
      }
    }
  }
  return checked;
}

bool is_heartbeat(const Rule& alert) {
  const RuleText* severity = alert.label("severity");
  return severity != nullptr && severity->value == "none";
}

std::vector<RuleText> identity(const Rule& alert) {
  std::vector<RuleText> labels;
  for (const char* name : {"severity", "long"}) {
    if (const RuleText* label = alert.label(name)) labels.push_back(*label);
  }
  return labels;
}

std::string shown_identity(const Rule& alert) {
  std::string text;
  for (const RuleText& label : identity(alert)) text += (text.empty() ? "" : ", ") + label.value;
  return text.empty() ? alert.name : alert.name + " (" + text + ")";
}

std::set<std::string> metrics_in(const promql::Expr& query) {
  std::set<std::string> metrics;
  collect_metrics(query, metrics);
  return metrics;
}

}  // namespace litewatch

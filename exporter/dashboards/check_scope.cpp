#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "check/query_check.h"
#include "config/problems.h"
#include "dashboards/dashboard_check.h"
#include "dashboards/scope.h"
#include "dashboards/selectors.h"

namespace litewatch {
namespace {

constexpr const char* kRule = "dashboard/scope";

/// Labels that some installations do not have at all: "All" has to match their absence.
constexpr auto kMayBeAbsent = std::to_array<std::string_view>({"cluster", "namespace"});

bool may_be_absent(std::string_view label) {
  return std::find(kMayBeAbsent.begin(), kMayBeAbsent.end(), label) != kMayBeAbsent.end();
}

/// Of series whose labels nobody lists it is known only that a target's are among them.
bool has_label(const Vocabulary& vocabulary, const promql::Selector& selector,
               const std::string& label) {
  const std::string metric = metric_of(selector);
  const Vocabulary::Series* series = vocabulary.find(metric);
  if (series == nullptr) return metric.empty() && may_be_absent(label);
  return series->labels.count(label) > 0 || (series->open && may_be_absent(label));
}

/// A matcher with the variable, or with the one value that is meant.
bool is_narrowed(const promql::Selector& selector, const std::string& label) {
  return std::any_of(selector.matchers.begin(), selector.matchers.end(), [&](const auto& matcher) {
    if (matcher.label != label) return false;
    const bool is_pinned = matcher.op == promql::Matcher::Op::kEqual && !matcher.value.empty();
    return is_pinned || variables_in(matcher.value).count(label) > 0;
  });
}

void check_query_scope(const DashboardCheck& check, const Dashboard& dashboard,
                       const std::string& expr, const Place& place, const std::string& subject) {
  const auto parsed = parse_query(with_variables(expr, dashboard.variables, check.vocabulary));
  if (!parsed.expr) return;
  for_each_selector(*parsed.expr, [&](const promql::Selector& selector) {
    for (const std::string& label : dashboard.variables) {
      if (!has_label(check.vocabulary, selector, label) || is_narrowed(selector, label)) continue;
      const std::string metric = metric_of(selector);
      check.find(kRule, place, subject,
                 (metric.empty() ? "a selector" : metric) + " is not narrowed by variable " +
                     in_quotes(label),
                 "add " + label + "=~\"$" + label + "\" to it");
    }
  });
}

void check_all(const DashboardCheck& check, const DashboardVariable& variable) {
  const Place place{"dashboards/common.yml", variable.line};
  if (may_be_absent(variable.name) && variable.all != ".*") {
    check.find(kRule, place, "variable " + variable.name,
               "\"All\" is " + in_quotes(variable.all) + ", which hides series without the label",
               "write all: \".*\"");
  } else if (variable.all != ".*" && variable.all != ".+") {
    check.find(kRule, place, "variable " + variable.name,
               "\"All\" is " + in_quotes(variable.all) + ", which is not all",
               "write all: \".+\", or \".*\" where the label may be absent");
  }
}

}  // namespace

void check_scope(const DashboardCheck& check) {
  for_each_panel(check.set, [&](const Dashboard& dashboard, const Panel& panel) {
    for (const PanelQuery& query : panel.queries) {
      check_query_scope(check, dashboard, query.expr, {dashboard.path, query.line},
                        subject_of(dashboard, panel));
    }
  });
  for_each_annotation(check.set, [&](const Dashboard& dashboard,
                                     const DashboardAnnotation& annotation) {
    check_query_scope(check, dashboard, annotation.expr, {"dashboards/common.yml", annotation.line},
                      subject_of(dashboard, annotation));
  });
  for (const DashboardVariable& variable : check.set.variables) check_all(check, variable);
}

}  // namespace litewatch

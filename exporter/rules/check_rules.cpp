#include "rules/check_rules.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "promql/parser.h"
#include "rules/checked_rule.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

/// How names of litewatch's own series begin.
constexpr auto kOwnPrefixes =
    std::to_array<std::string_view>({"container_", "litewatch_", "machine_", "probe_", "sqlite_"});

bool looks_like_ours(std::string_view metric) {
  return std::ranges::any_of(kOwnPrefixes,
                             [&](std::string_view prefix) { return metric.starts_with(prefix); });
}

void check_alert(const CheckedRule& alert, const Vocabulary& vocabulary,
                 const DashboardIndex& dashboards, Findings& findings) {
  if (!alert.rule->is_alert) return;
  check_alert_labels(alert, findings);
  check_alert_waiting(alert, findings);
  check_alert_condition(alert, findings);
  check_alert_texts(alert, findings);
  check_alert_templates(alert, vocabulary, findings);
  check_alert_dashboard(alert, dashboards, findings);
}

/// Makes known what other exporters may well publish.
void add_foreign_metrics(const RuleFile& file, Vocabulary& vocabulary) {
  for (const RuleGroup& group : file.groups) {
    for (const Rule& rule : group.rules) {
      const auto parsed = promql::parse(rule.expr);
      if (!parsed.expr) continue;
      for (const std::string& metric : metrics_in(*parsed.expr)) {
        if (vocabulary.find(metric) != nullptr || looks_like_ours(metric)) continue;
        vocabulary.record(metric, {Vocabulary::Kind::kRecorded, {}, true});
      }
    }
  }
}

}  // namespace

void check_rules(const RuleSet& rules, const Vocabulary& vocabulary,
                 const DashboardIndex& dashboards, Findings& findings) {
  const RuleChecks checks{rules, vocabulary, check_queries(rules.recording, vocabulary, findings),
                          check_queries(rules.alerts, vocabulary, findings)};
  for (const CheckedRule& alert : checks.alerts) {
    check_alert(alert, vocabulary, dashboards, findings);
  }
  check_runbooks(checks, findings);
  check_layout(checks, findings);
  check_duplicates(checks, findings);
  check_order(checks, findings);
  check_slo_thresholds(checks, findings);
  check_coverage(checks, findings);
  check_tests(checks, findings);
  check_routes(checks, findings);
  check_inhibitions(checks, findings);
}

void check_foreign_rules(const std::vector<RuleFile>& files, const Vocabulary& vocabulary,
                         Findings& findings) {
  Vocabulary wider = vocabulary;
  add_recorded(files, wider);
  for (const RuleFile& file : files) add_foreign_metrics(file, wider);
  add_recorded(files, wider);
  for (const CheckedRule& rule : check_queries(files, wider, findings)) {
    if (!rule.rule->is_alert) continue;
    check_alert_condition(rule, findings);
    check_alert_templates(rule, wider, findings);
  }
}

}  // namespace litewatch

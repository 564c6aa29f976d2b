#pragma once

#include "check/dashboard_index.h"
#include "check/finding.h"
#include "check/vocabulary.h"
#include "rules/rule_set.h"

namespace litewatch {

/// Everything that promtool does not say about the rules: metrics and labels that nobody
/// publishes, templates that ask for labels that aggregation took away, alerts without a runbook,
/// tests that name unknown alerts, inhibitions that can never match, and so on; one file per kind.
/// `vocabulary` knows the recorded series. Waivers are not applied.
void check_rules(const RuleSet& rules, const Vocabulary& vocabulary,
                 const DashboardIndex& dashboards, Findings& findings);

/// Rule files that are not litewatch's own: the metrics, labels and habits of queries, what
/// templates ask for, and whether an alert's expression is a condition.
void check_foreign_rules(const std::vector<RuleFile>& files, const Vocabulary& vocabulary,
                         Findings& findings);

}  // namespace litewatch

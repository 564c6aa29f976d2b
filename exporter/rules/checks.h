#pragma once

#include "check/dashboard_index.h"
#include "check/finding.h"
#include "rules/checked_rule.h"

namespace litewatch {

// Each function is one kind of check_rules' checks, in a file of its own; it appends to `findings`.

/// alert/name, alert/label, alert/identity: what an alert is called and labelled.
void check_alert_labels(const CheckedRule& alert, Findings& findings);
/// alert/for: how long it waits and keeps firing.
void check_alert_waiting(const CheckedRule& alert, Findings& findings);
/// alert/condition: whether the expression is one.
void check_alert_condition(const CheckedRule& alert, Findings& findings);
/// alert/summary, alert/description: how it speaks.
void check_alert_texts(const CheckedRule& alert, Findings& findings);
/// alert/template, and queries within templates.
void check_alert_templates(const CheckedRule& alert, const Vocabulary& vocabulary,
                           Findings& findings);
/// alert/dashboard: where dashboard_url leads.
void check_alert_dashboard(const CheckedRule& alert, const DashboardIndex& dashboards,
                           Findings& findings);

/// alert/runbook, runbook/orphan, runbook/sections.
void check_runbooks(const RuleChecks& checks, Findings& findings);
/// rule/place, rule/group, rule/record-name.
void check_layout(const RuleChecks& checks, Findings& findings);
/// rule/duplicate.
void check_duplicates(const RuleChecks& checks, Findings& findings);
/// rule/order.
void check_order(const RuleChecks& checks, Findings& findings);
/// rule/slo.
void check_slo_thresholds(const RuleChecks& checks, Findings& findings);
/// coverage/fires, coverage/not-yet, coverage/resolves, coverage/healthy, coverage/recorded.
void check_coverage(const RuleChecks& checks, Findings& findings);
/// coverage/unknown, test/file, test/series: what tests name.
void check_tests(const RuleChecks& checks, Findings& findings);
/// routing/receiver, routing/route, routing/label.
void check_routes(const RuleChecks& checks, Findings& findings);
/// routing/inhibition.
void check_inhibitions(const RuleChecks& checks, Findings& findings);

}  // namespace litewatch

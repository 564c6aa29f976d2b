#include "check/finding_rules.h"

#include <algorithm>
#include <array>

namespace litewatch {
namespace {

constexpr auto kRules = std::to_array<FindingRule>({
    {"alert/condition",
     "An expression is a condition: an instant vector, empty while all is well."},
    {"alert/dashboard",
     "dashboard_url leads to a dashboard that is there, with variables that it and the alert "
     "have."},
    {"alert/description",
     "The description is a template with humanised values that names what is broken."},
    {"alert/for", "An alert waits for at least a minute, or keeps firing after an event."},
    {"alert/identity", "No label of an alert holds its value: each value would be another alert."},
    {"alert/label", "An alert has a severity and a component, of the words agreed on."},
    {"alert/name", "An alert's name is CamelCase and begins with its component's prefix."},
    {"alert/runbook", "runbook_url leads to the alert's runbook."},
    {"alert/summary", "The summary is one static sentence."},
    {"alert/template", "Templates are well-formed and ask for labels that the expression keeps."},
    {"coverage/fires", "A test expects the alert to fire."},
    {"coverage/healthy", "A test with healthy series expects the alert not to fire."},
    {"coverage/not-yet", "A test expects the alert not to fire one evaluation before it does."},
    {"coverage/recorded", "A test expects samples of each recorded series."},
    {"coverage/resolves", "A test expects the alert to end after it fired."},
    {"coverage/unknown", "Tests name alerts that are there: promtool passes any other name."},
    {"dashboard/built", "The committed JSON is what the source compiles to."},
    {"dashboard/description",
     "Dashboards and panels say what they show and what to do when it is bad."},
    {"dashboard/empty", "A panel that may have no data says what that means."},
    {"dashboard/identity", "uids, titles and the titles of panels are there once."},
    {"dashboard/json", "The JSON is what every Grafana from 10.4 to 13 takes."},
    {"dashboard/key", "Every column of a table has the labels that make its rows."},
    {"dashboard/legend", "Legends and texts ask for labels that the query keeps."},
    {"dashboard/link",
     "Links lead to dashboards and runbooks that are there, with labels and variables that are."},
    {"dashboard/query", "A query gives an instant vector or a number."},
    {"dashboard/range", "Rates over time follow the zoom: [$__rate_interval]."},
    {"dashboard/scope",
     "Every selector is narrowed by the dashboard's variables, and All hides nothing."},
    {"dashboard/size", "A dashboard has at most 30 panels and 60 queries."},
    {"dashboard/unit", "A unit is one of Grafana's and that of what the query measures."},
    {"dashboard/usage", "Every stable metric is shown by a dashboard or named by a rule."},
    {"dashboard/variable",
     "Variables and annotations are defined, called like their label, and used."},
    {"file/invalid", "A file can be read and has the keys and values that it should."},
    {"promql/counter", "Counters stand under rate(), increase() and the like."},
    {"promql/gauge", "Gauges do not stand under rate(), increase() and the like."},
    {"promql/join", "Joins are on labels that both sides have."},
    {"promql/label", "Labels in matchers and aggregations are there."},
    {"promql/metric", "Metrics are in the catalogue or recorded."},
    {"promql/nan", "A division within an aggregate is guarded against 0/0."},
    {"promql/range", "Ranges of rate() and the like hold at least four scrapes."},
    {"promql/rate", "The rate of counters is taken before they are aggregated."},
    {"promql/syntax", "Queries are what Prometheus 2.42 accepts."},
    {"promql/version", "Queries mean the same in Prometheus 2.42 and 3."},
    {"routing/inhibition", "Inhibitions can match, on labels that source and target have."},
    {"routing/label", "Alerts are grouped by labels that they have."},
    {"routing/receiver", "Receivers are defined, and led to; every alert reaches one."},
    {"routing/route", "Every route can be reached by an alert."},
    {"rule/duplicate", "No two rules are the same."},
    {"rule/group", "Groups begin with litewatch- and are evaluated at least every five minutes."},
    {"rule/order", "A recording rule stands before what derives from it, in the same group."},
    {"rule/place", "Recording rules and alerts stand in files of their own."},
    {"rule/record-name", "A recorded series is called level:metric:operations."},
    {"rule/slo", "A burn-rate threshold is below 1, so that it can be reached."},
    {"runbook/orphan", "Every runbook is of an alert."},
    {"runbook/sections",
     "A runbook has Meaning, Impact, Diagnosis with a command, and Mitigation."},
    {"test/file", "Tests load rule files that are there."},
    {"test/series", "Series that tests feed are ones that exist."},
    {"waiver/unused", "Every waiver names a finding that is there."},
});

static_assert(std::is_sorted(kRules.begin(), kRules.end(),
                             [](const auto& a, const auto& b) { return a.id < b.id; }));

}  // namespace

std::span<const FindingRule> finding_rules() { return kRules; }

}  // namespace litewatch

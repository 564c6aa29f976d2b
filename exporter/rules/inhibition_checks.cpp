#include <algorithm>
#include <string>
#include <vector>

#include "config/problems.h"
#include "rules/alert_match.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

using Alerts = std::vector<const CheckedRule*>;

Alerts matching(const std::vector<RouteMatcher>& matchers, const CheckedRules& alerts) {
  Alerts found;
  for (const CheckedRule& alert : alerts) {
    if (match_all(matchers, alert) != Match::kNo) found.push_back(&alert);
  }
  return found;
}

/// Alertmanager takes labels that both lack as equal.
bool can_be_equal(const CheckedRule& a, const CheckedRule& b, const std::string& label) {
  const LabelGuess one = guess_label(a, label);
  const LabelGuess other = guess_label(b, label);
  if (one.value && other.value) return *one.value == *other.value;
  return one.possible == other.possible;
}

bool can_silence(const CheckedRule& source, const CheckedRule& target,
                 const std::vector<std::string>& equal) {
  return &source != &target && std::ranges::all_of(equal, [&](const std::string& label) {
    return can_be_equal(source, target, label);
  });
}

bool has_label(const Alerts& alerts, const std::string& label) {
  return std::ranges::any_of(
      alerts, [&](const CheckedRule* alert) { return guess_label(*alert, label).possible; });
}

bool any_pair(const Alerts& sources, const Alerts& targets, const std::vector<std::string>& equal) {
  return std::ranges::any_of(sources, [&](const CheckedRule* source) {
    return std::ranges::any_of(
        targets, [&](const CheckedRule* target) { return can_silence(*source, *target, equal); });
  });
}

/// By its source, e.g. alertname="AppDown".
std::string shown(const Inhibition& inhibition) {
  std::string text;
  for (const RouteMatcher& matcher : inhibition.source) {
    text.append(text.empty() ? "" : ", ").append(matcher.label).append(matcher.op);
    text.append("\"").append(matcher.value).append("\"");
  }
  return text;
}

void check_inhibition(const Inhibition& inhibition, const std::string& path,
                      const CheckedRules& alerts, Findings& findings) {
  const auto find = [&](const std::string& what, const std::string& mend) {
    findings.push_back(
        {"routing/inhibition", {path, inhibition.line}, shown(inhibition), what, mend});
  };
  const Alerts sources = matching(inhibition.source, alerts);
  const Alerts targets = matching(inhibition.target, alerts);
  if (sources.empty()) return find("no alert can be its source", "mend source_matchers");
  if (targets.empty()) return find("no alert can be its target", "mend target_matchers");
  if (inhibition.equal.empty()) {
    return find("without equal it silences every app for the cause of one",
                "name the labels that source and target share");
  }
  for (const std::string& label : inhibition.equal) {
    if (has_label(sources, label) && has_label(targets, label)) continue;
    find("equal names label " + in_quotes(label) + ", which " +
             (has_label(sources, label) ? "no target has" : "no source has"),
         "take it out, or keep the label in the alerts' expressions");
  }
  if (!any_pair(sources, targets, inhibition.equal)) {
    find("no source and target can agree on all labels of equal",
         "name the labels that source and target share");
  }
}

/// Whether the critical alert silences the warning about the same.
bool is_silenced(const CheckedRule& warning, const CheckedRule& critical,
                 const AlertRouting& routing) {
  return std::ranges::any_of(routing.inhibitions, [&](const Inhibition& inhibition) {
    return match_all(inhibition.source, critical) != Match::kNo &&
           match_all(inhibition.target, warning) != Match::kNo &&
           can_silence(critical, warning, inhibition.equal);
  });
}

bool has_severity(const CheckedRule& alert, std::string_view severity) {
  const RuleText* label = alert.rule->label("severity");
  return label != nullptr && label->value == severity;
}

void check_levels(const CheckedRule& warning, const RuleChecks& checks, Findings& findings) {
  for (const CheckedRule& critical : checks.alerts) {
    if (critical.rule->name != warning.rule->name || !has_severity(critical, "critical")) continue;
    if (is_silenced(warning, critical, *checks.rules.routing)) continue;
    findings.push_back(
        {"routing/inhibition", warning.place(warning.rule->line), shown_identity(*warning.rule),
         "it is sent beside the critical alert of the same name",
         "add an inhibition of severity warning by critical to " + checks.rules.routing->path});
    return;
  }
}

}  // namespace

void check_inhibitions(const RuleChecks& checks, Findings& findings) {
  if (!checks.rules.routing) return;
  for (const Inhibition& inhibition : checks.rules.routing->inhibitions) {
    check_inhibition(inhibition, checks.rules.routing->path, checks.alerts, findings);
  }
  for (const CheckedRule& alert : checks.alerts) {
    if (has_severity(alert, "warning")) check_levels(alert, checks, findings);
  }
}

}  // namespace litewatch

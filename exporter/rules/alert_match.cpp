#include "rules/alert_match.h"

#include <re2/re2.h>

#include <algorithm>

#include "rules/template_text.h"

namespace litewatch {
namespace {

/// What Prometheus' external_labels add to every alert, where there are several clusters.
constexpr const char* kExternalLabel = "cluster";

bool matches(const RouteMatcher& matcher, const std::string& value) {
  if (matcher.op == "=") return value == matcher.value;
  if (matcher.op == "!=") return value != matcher.value;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  const RE2 pattern(matcher.value, options);
  return (pattern.ok() && RE2::FullMatch(value, pattern)) == (matcher.op == "=~");
}

Match match_one(const RouteMatcher& matcher, const CheckedRule& alert) {
  const LabelGuess label = guess_label(alert, matcher.label);
  if (label.possible && !label.value) return Match::kMaybe;
  return matches(matcher, label.value.value_or("")) ? Match::kYes : Match::kNo;
}

}  // namespace

LabelGuess guess_label(const CheckedRule& alert, const std::string& label) {
  if (label == "alertname") return {true, alert.rule->name};
  if (const RuleText* own = alert.rule->label(label)) {
    if (read_template(own->value).has_actions) return {true, std::nullopt};
    return {!own->value.empty(), own->value};
  }
  return {label == kExternalLabel || alert.keeps(label), std::nullopt};
}

Match match_all(const std::vector<RouteMatcher>& matchers, const CheckedRule& alert) {
  Match all = Match::kYes;
  for (const RouteMatcher& matcher : matchers) all = std::min(all, match_one(matcher, alert));
  return all;
}

}  // namespace litewatch

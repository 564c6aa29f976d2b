#include <string>

#include "base/parse.h"
#include "check/walk.h"
#include "promql/functions.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

constexpr double kLeast_s = 60;
constexpr double kMost_s = 86400;

bool asks_for_absence(const promql::Expr& expr) {
  const auto* call = std::get_if<promql::Call>(&expr.node);
  bool found = call != nullptr && call->function->name.starts_with("absent");
  for_each_child(expr,
                 [&](const promql::Expr& child) { found = found || asks_for_absence(child); });
  return found;
}

}  // namespace

void check_alert_waiting(const CheckedRule& alert, Findings& findings) {
  const Rule& rule = *alert.rule;
  if (is_heartbeat(rule)) return;
  const auto find = [&](const std::string& what, const std::string& mend) {
    findings.push_back({"alert/for", alert.place(rule.line), rule.name, what, mend});
  };
  const double waits_s = rule.for_s.value_or(0);
  if (waits_s < kLeast_s && alert.query && asks_for_absence(*alert.query->expr)) {
    find("one missed scrape makes absent() true", "wait for at least 1m (for)");
  } else if (waits_s < kLeast_s && !rule.keep_firing_for_s) {
    find(rule.for_s ? "it waits for less than a minute" : "it waits for nothing (no for)",
         "wait for at least two scrapes (for: 1m), or, for an event, add keep_firing_for");
  }
  for (const double seconds : {waits_s, rule.keep_firing_for_s.value_or(0)}) {
    if (seconds <= kMost_s) continue;
    find("it waits for " + human_duration(seconds), "wait for at most 1d");
  }
}

}  // namespace litewatch

#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "check/finding.h"
#include "check/query_check.h"
#include "check/vocabulary.h"
#include "rules/rule_file.h"
#include "rules/rule_set.h"

namespace litewatch {

/// A rule with what is known of its query.
struct CheckedRule {
  const RuleFile* file = nullptr;
  const RuleGroup* group = nullptr;
  const Rule* rule = nullptr;
  std::optional<CheckedQuery> query;  ///< nullopt: it does not parse

  Place place(int line) const { return {file->path, line}; }
  /// Whether the expression's result may have the label.
  bool keeps(const std::string& label) const { return !query || query->labels.may_have(label); }
};
using CheckedRules = std::vector<CheckedRule>;

/// What the checks of one kind look at. Everything outlives it.
struct RuleChecks {
  const RuleSet& rules;
  const Vocabulary& vocabulary;
  CheckedRules recording;
  CheckedRules alerts;
};

/// Checks the queries of files on the way.
CheckedRules check_queries(const std::vector<RuleFile>& files, const Vocabulary& vocabulary,
                           Findings& findings);

/// An alert that always fires, so that its silence tells that alerts do not arrive: its severity is
/// "none". It has no threshold, no waiting and no end.
bool is_heartbeat(const Rule& alert);

/// What tells alerts of one name apart, as a test or a route sees it: severity, and the window of a
/// burn rate.
std::vector<RuleText> identity(const Rule& alert);

/// The alert with its identity, e.g. "AppErrorBudgetBurn (critical,
/// 1h)".
std::string shown_identity(const Rule& alert);

/// The metrics that a query names, each once.
std::set<std::string> metrics_in(const promql::Expr& query);

}  // namespace litewatch

#pragma once

#include <span>
#include <string_view>

namespace litewatch {

/// One rule that rules and dashboards keep to.
struct FindingRule {
  std::string_view id;       ///< "alert/runbook"
  std::string_view summary;  ///< what it asks for, one sentence
};

/// All of them, sorted by id: what `litetool check --help` and SARIF tell. Every Finding's rule is
/// one of these.
std::span<const FindingRule> finding_rules();

}  // namespace litewatch

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// A label or an annotation of a rule, as written.
struct RuleText {
  std::string name;
  std::string value;
  int line = 0;
};

/// An alert or a recording rule. Source: Prometheus 2.42, model/rulefmt.
struct Rule {
  bool is_alert = false;
  std::string name;  ///< of the alert, or of the series recorded
  std::string expr;
  std::optional<double> for_s;
  std::optional<double> keep_firing_for_s;
  std::vector<RuleText> labels;
  std::vector<RuleText> annotations;
  int line = 0;       ///< where the rule begins
  int expr_line = 0;  ///< where its expression begins

  /// nullptr: it has none of that name.
  const RuleText* label(std::string_view name) const;
  const RuleText* annotation(std::string_view name) const;
};

struct RuleGroup {
  std::string name;
  std::optional<double> interval_s;
  std::vector<Rule> rules;
  int line = 0;
};

struct RuleFile {
  std::string path;
  std::string text;  ///< as it was read
  std::vector<RuleGroup> groups;
};

/// Reads a file of rules strictly: unknown keys, keys given twice and missing ones are errors, all
/// in one message with their lines. Expressions are not parsed here.
Result<RuleFile> parse_rule_file(std::string_view text, const std::string& path);

}  // namespace litewatch

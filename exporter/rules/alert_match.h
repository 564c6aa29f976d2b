#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/checked_rule.h"
#include "rules/routing.h"

namespace litewatch {

/// What is known of an alert's label before it fires.
struct LabelGuess {
  bool possible = false;             ///< it may be there
  std::optional<std::string> value;  ///< where it is known
};

LabelGuess guess_label(const CheckedRule& alert, const std::string& label);

enum class Match : unsigned char { kNo, kMaybe, kYes };

/// Whether the alert matches all matchers, as Alertmanager matches them.
Match match_all(const std::vector<RouteMatcher>& matchers, const CheckedRule& alert);

}  // namespace litewatch

#pragma once

#include <string>
#include <string_view>

namespace litewatch {

/// The texts of a small set of rules that nothing is found in. Tests spoil one of them.
struct RuleProject {
  RuleProject();

  std::string recording;  ///< rules/recording/sqlite.yml
  std::string alerts;     ///< rules/alerts/sqlite-wal.yml
  std::string tests;      ///< rules/tests/sqlite-wal.yml
  std::string routing;    ///< rules/alertmanager.yml
  std::string runbook;    ///< of SqliteWalTooLarge
  std::string heartbeat_runbook;

  /// What check_rules finds, as "rule: subject; rule: subject".
  std::string findings() const;
  /// The same of one rule only: "what; what".
  std::string found(std::string_view rule) const;
};

/// What is found of a rule after `from` in one of the texts has become `to`, as found() says it.
std::string found_after(std::string RuleProject::*text, std::string_view rule,
                        std::string_view from, std::string_view to);

/// The text with `from`, which must stand in it, replaced by `to` at every place.
std::string with(std::string text, std::string_view from, std::string_view to);

}  // namespace litewatch

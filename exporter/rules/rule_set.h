#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "check/finding.h"
#include "check/vocabulary.h"
#include "check/waivers.h"
#include "rules/routing.h"
#include "rules/rule_file.h"
#include "rules/rule_tests.h"
#include "rules/runbook.h"

namespace litewatch {

/// Everything under rules/.
struct RuleSet {
  std::vector<RuleFile> recording;  ///< rules/recording/*.yml, sorted by name
  std::vector<RuleFile> alerts;     ///< rules/alerts/*.yml, sorted by name
  std::vector<RuleTestFile> tests;  ///< rules/tests/*.yml, sorted by name
  std::vector<Runbook> runbooks;
  std::optional<AlertRouting> routing;  ///< rules/alertmanager.yml
  Waivers waivers;                      ///< rules/waivers.yml, where there is one
};

/// Reads `root`/rules. A file that cannot be read or parsed is a finding and left out.
RuleSet load_rule_set(const std::filesystem::path& root, Findings& findings);

/// Reads one file of rules, wherever it lies; nullopt: it is a finding.
std::optional<RuleFile> load_rule_file(const std::string& path, Findings& findings);

/// Adds what the recording rules record to the vocabulary, with the labels that it has. Findings
/// about the rules themselves are check_rules' business.
void add_recorded(const std::vector<RuleFile>& recording, Vocabulary& vocabulary);

/// The series that the rules' queries name.
std::set<std::string> used_metrics(const RuleSet& rules);

}  // namespace litewatch

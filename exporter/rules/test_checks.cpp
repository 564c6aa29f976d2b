#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "check/label_flow.h"
#include "config/problems.h"
#include "config/suggest.h"
#include "promql/parser.h"
#include "rules/checks.h"
#include "rules/tested_files.h"

namespace litewatch {
namespace {

void check_loaded(const RuleTestFile& tests, const RuleSet& rules, Findings& findings) {
  for (const RuleText& wanted : tests.rule_files) {
    const auto is_it = [&](const RuleFile& file) { return is_loaded(tests, wanted, file.path); };
    if (std::ranges::any_of(rules.alerts, is_it) || std::ranges::any_of(rules.recording, is_it)) {
      continue;
    }
    findings.push_back({"test/file",
                        {tests.path, wanted.line},
                        wanted.value,
                        "there is no such file of rules",
                        "name one in rules/alerts or rules/recording, relative to this file"});
  }
}

/// The alerts of the files that a test file loads.
std::set<std::string> alerts_of(const RuleTestFile& tests, const RuleChecks& checks) {
  std::set<std::string> names;
  for (const CheckedRule& alert : checks.alerts) {
    if (loads(tests, alert.file->path)) names.insert(alert.rule->name);
  }
  return names;
}

void check_names(const RuleTestFile& tests, const std::set<std::string>& alerts,
                 Findings& findings) {
  const std::vector<std::string_view> known(alerts.begin(), alerts.end());
  for (const RuleTest& test : tests.tests) {
    for (const AlertExpectation& expectation : test.alerts) {
      if (alerts.count(expectation.alertname) > 0) continue;
      const auto meant = closest(expectation.alertname, known);
      findings.push_back({"coverage/unknown",
                          {tests.path, expectation.line},
                          expectation.alertname,
                          "no rule file that this test loads has such an alert",
                          meant ? "did you mean " + std::string(*meant) + "?"
                                : "name an alert, or load its file (rule_files)"});
    }
  }
}

/// Says of a series or a query in a test what label_flow finds.
void check_series(const std::string& query, const Place& place, const Vocabulary& vocabulary,
                  Findings& findings) {
  const auto parsed = promql::parse(query);
  if (!parsed.expr) {
    findings.push_back({"test/series", place, query, "it does not parse: " + parsed.problem->what,
                        "write what Prometheus 2.42 accepts"});
    return;
  }
  QueryFindings found;
  label_flow(*parsed.expr, vocabulary, found);
  for (QueryFinding& finding : found) {
    findings.push_back(
        {"test/series", place, query, std::move(finding.what), std::move(finding.mend)});
  }
}

}  // namespace

void check_tests(const RuleChecks& checks, Findings& findings) {
  for (const RuleTestFile& file : checks.rules.tests) {
    check_loaded(file, checks.rules, findings);
    check_names(file, alerts_of(file, checks), findings);
    for (const RuleTest& test : file.tests) {
      for (const InputSeries& input : test.inputs) {
        check_series(input.series, {file.path, input.line}, checks.vocabulary, findings);
      }
      for (const ExprExpectation& expectation : test.exprs) {
        check_series(expectation.expr, {file.path, expectation.line}, checks.vocabulary, findings);
      }
    }
  }
}

}  // namespace litewatch

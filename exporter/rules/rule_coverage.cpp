#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/parse.h"
#include "promql/parser.h"
#include "rules/checks.h"
#include "rules/tested_files.h"

namespace litewatch {
namespace {

constexpr double kTolerance_s = 1e-6;
constexpr std::string_view kHealthy = "healthy";

bool has_all(const std::vector<RuleText>& labels, const std::vector<RuleText>& wanted) {
  return std::ranges::all_of(wanted, [&](const RuleText& label) {
    return std::ranges::any_of(labels, [&](const RuleText& other) {
      return other.name == label.name && other.value == label.value;
    });
  });
}

/// What the tests expect of one alert.
class Coverage {
 public:
  explicit Coverage(const Rule& alert) : name_(alert.name), identity_(identity(alert)) {}

  void add(const RuleTest& test, double interval_s) {
    const auto fires_s = first_firing(test);
    healthy |= !fires_s && test.name.starts_with(kHealthy) && expects_quiet(test, -1, 1e18);
    if (!fires_s) return;
    const bool not_yet_here =
        expects_quiet(test, *fires_s - interval_s - kTolerance_s, *fires_s - kTolerance_s);
    const bool resolves_here = expects_quiet(test, *fires_s + kTolerance_s, 1e18);
    fires = true;
    not_yet_too |= not_yet_here;
    resolves_too |= resolves_here;
    whole |= not_yet_here && resolves_here;
  }

  bool fires = false;
  bool healthy = false;
  bool not_yet_too = false;   ///< beside firing, in some test
  bool resolves_too = false;  ///< likewise
  bool whole = false;         ///< both in the same test

 private:
  bool fires_in(const AlertExpectation& expectation) const {
    return std::ranges::any_of(expectation.firing,
                               [&](const auto& labels) { return has_all(labels, identity_); });
  }

  std::optional<double> first_firing(const RuleTest& test) const {
    std::optional<double> first_s;
    for (const AlertExpectation& expectation : test.alerts) {
      if (expectation.alertname != name_ || !fires_in(expectation)) continue;
      first_s = std::min(first_s.value_or(expectation.at_s), expectation.at_s);
    }
    return first_s;
  }

  bool expects_quiet(const RuleTest& test, double from_s, double to_s) const {
    return std::ranges::any_of(test.alerts, [&](const AlertExpectation& expectation) {
      return expectation.alertname == name_ && expectation.at_s >= from_s &&
             expectation.at_s <= to_s && !fires_in(expectation);
    });
  }

  const std::string& name_;
  std::vector<RuleText> identity_;
};

Coverage coverage_of(const CheckedRule& alert, const RuleSet& rules) {
  Coverage coverage(*alert.rule);
  for (const RuleTestFile& file : rules.tests) {
    if (!loads(file, alert.file->path)) continue;
    for (const RuleTest& test : file.tests) coverage.add(test, file.evaluation_interval_s);
  }
  return coverage;
}

void check_alert(const CheckedRule& alert, const RuleSet& rules, Findings& findings) {
  const auto find = [&](const char* rule, const std::string& what, const std::string& mend) {
    findings.push_back(
        {rule, alert.place(alert.rule->line), shown_identity(*alert.rule), what, mend});
  };
  const Coverage coverage = coverage_of(alert, rules);
  if (!coverage.fires) {
    find("coverage/fires", "no test expects it to fire",
         "add an alert_rule_test with exp_labels to a file in rules/tests that loads " +
             alert.file->path);
  }
  if (is_heartbeat(*alert.rule)) return;
  if (!coverage.healthy) {
    find("coverage/healthy", "no test with healthy series expects it to be quiet",
         "add it with exp_alerts: [] to a test whose name begins with healthy");
  }
  if (!coverage.fires || coverage.whole) return;
  if (!coverage.not_yet_too || coverage.resolves_too) {
    find("coverage/not-yet", "no test expects it to be quiet one evaluation before it fires",
         "add exp_alerts: [] one evaluation_interval before, in the same test");
  }
  if (!coverage.resolves_too) {
    find("coverage/resolves", "no test expects it to end",
         "add exp_alerts: [] after the repair, in the same test");
  }
}

/// The series of which some test expects samples, while it loads the file that records them.
std::set<std::string> sampled(const RuleSet& rules, const std::string& file) {
  std::set<std::string> series;
  for (const RuleTestFile& tests : rules.tests) {
    if (!loads(tests, file)) continue;
    for (const RuleTest& test : tests.tests) {
      for (const ExprExpectation& expectation : test.exprs) {
        const auto parsed = promql::parse(expectation.expr);
        if (expectation.expects_samples && parsed.expr) series.merge(metrics_in(*parsed.expr));
      }
    }
  }
  return series;
}

}  // namespace

void check_coverage(const RuleChecks& checks, Findings& findings) {
  for (const CheckedRule& alert : checks.alerts) check_alert(alert, checks.rules, findings);
  std::set<std::string> said;
  for (const RuleFile& file : checks.rules.recording) {
    const std::set<std::string> covered = sampled(checks.rules, file.path);
    for (const RuleGroup& group : file.groups) {
      for (const Rule& rule : group.rules) {
        if (covered.count(rule.name) > 0 || !said.insert(rule.name).second) continue;
        findings.push_back({"coverage/recorded",
                            {file.path, rule.line},
                            rule.name,
                            "no test expects samples of it",
                            "add a promql_expr_test with exp_samples that names it"});
      }
    }
  }
}

}  // namespace litewatch

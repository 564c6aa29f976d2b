#include <re2/re2.h>

#include <set>
#include <string>

#include "config/problems.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

constexpr double kMostInterval_s = 300;
constexpr std::string_view kGroupPrefix = "litewatch-";

void check_group(const RuleFile& file, const RuleGroup& group, Findings& findings) {
  const auto find = [&](const std::string& what, const std::string& mend) {
    findings.push_back({"rule/group", {file.path, group.line}, group.name, what, mend});
  };
  if (!group.name.starts_with(kGroupPrefix)) {
    find("the group's name does not begin with litewatch-",
         "call it litewatch-...: LitewatchRulesFailing finds it by that");
  }
  if (group.interval_s.value_or(0) > kMostInterval_s) {
    find("it is evaluated less than every five minutes, and series end after five",
         "set interval to at most 5m, or leave it out");
  }
}

void check_groups(const std::vector<RuleFile>& files, Findings& findings) {
  for (const RuleFile& file : files) {
    std::set<std::string> names;
    for (const RuleGroup& group : file.groups) {
      check_group(file, group, findings);
      if (names.insert(group.name).second) continue;
      findings.push_back({"rule/group",
                          {file.path, group.line},
                          group.name,
                          "the file has two groups of that name",
                          "make it one group, or rename one"});
    }
  }
}

void check_place(const CheckedRule& checked, bool alerts, Findings& findings) {
  const Rule& rule = *checked.rule;
  if (rule.is_alert == alerts) return;
  findings.push_back(
      {"rule/place", checked.place(rule.line), rule.name,
       alerts ? "a recording rule stands among alerts" : "an alert stands among recording rules",
       alerts ? "move it to rules/recording" : "move it to rules/alerts"});
}

void check_record_name(const CheckedRule& checked, Findings& findings) {
  const Rule& rule = *checked.rule;
  if (rule.is_alert || RE2::FullMatch(rule.name, "[a-z0-9_]+:[a-z0-9_]+:[a-z0-9_]+")) return;
  findings.push_back({"rule/record-name", checked.place(rule.line), rule.name,
                      "the series is not called level:metric:operations",
                      "name what it is per, what it is of, and how: app_db:sqlite_wal:ratio"});
}

}  // namespace

void check_layout(const RuleChecks& checks, Findings& findings) {
  check_groups(checks.rules.recording, findings);
  check_groups(checks.rules.alerts, findings);
  for (const CheckedRule& rule : checks.recording) {
    check_place(rule, false, findings);
    check_record_name(rule, findings);
  }
  for (const CheckedRule& rule : checks.alerts) check_place(rule, true, findings);
}

}  // namespace litewatch

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "rules/checks.h"

namespace litewatch {
namespace {

constexpr auto kSections =
    std::to_array<std::string_view>({"Meaning", "Impact", "Diagnosis", "Mitigation"});

const Runbook* runbook_of(const RuleSet& rules, const std::string& alert) {
  const auto found = std::ranges::find(rules.runbooks, alert, &Runbook::alert);
  return found == rules.runbooks.end() ? nullptr : &*found;
}

void check_link(const CheckedRule& alert, const RuleSet& rules, Findings& findings) {
  const Rule& rule = *alert.rule;
  const std::string path = "rules/runbooks/" + rule.name + ".md";
  const RuleText* link = rule.annotation("runbook_url");
  if (link == nullptr || link->value != "/" + path) {
    findings.push_back(
        {"alert/runbook", alert.place(link == nullptr ? rule.line : link->line), rule.name,
         link == nullptr ? "it has no runbook_url" : "runbook_url does not lead to its runbook",
         "write runbook_url: /" + path});
  }
  if (runbook_of(rules, rule.name) != nullptr) return;
  findings.push_back({"alert/runbook", alert.place(rule.line), rule.name, "there is no " + path,
                      "write it: Meaning, Impact, Diagnosis, Mitigation"});
}

void check_sections(const Runbook& runbook, Findings& findings) {
  const auto find = [&](const std::string& what, const std::string& mend) {
    findings.push_back({"runbook/sections", Place{runbook.path}, runbook.alert, what, mend});
  };
  if (runbook.title != runbook.alert) {
    find("its title is not the alert's name", "begin it with # " + runbook.alert);
  }
  if (!std::ranges::equal(runbook.headings, kSections)) {
    find("its sections are not Meaning, Impact, Diagnosis and Mitigation, each with text",
         "write ## headings in this order");
  }
  if (!runbook.has_command) {
    find("its Diagnosis has no command to run",
         "add a litetool or PromQL command in an indented or fenced block");
  }
}

}  // namespace

void check_runbooks(const RuleChecks& checks, Findings& findings) {
  std::set<std::string> alerts;
  for (const CheckedRule& alert : checks.alerts) {
    check_link(alert, checks.rules, findings);
    alerts.insert(alert.rule->name);
  }
  for (const Runbook& runbook : checks.rules.runbooks) {
    check_sections(runbook, findings);
    if (alerts.count(runbook.alert) > 0) continue;
    findings.push_back({"runbook/orphan", Place{runbook.path}, runbook.alert,
                        "there is no alert of that name", "rename it as its alert, or remove it"});
  }
}

}  // namespace litewatch

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "check/finding_rules.h"
#include "check/vocabulary.h"
#include "check/waivers.h"
#include "dashboards/check_dashboards.h"
#include "dashboards/load.h"
#include "rules/check_rules.h"
#include "rules/rule_set.h"
#include "tool/check_report.h"
#include "tool/command.h"
#include "tool/project_root.h"
#include "tool/report.h"

namespace litewatch {

const std::string_view kCheckHelp =
    R"(Usage: litetool check rules|dashboards [--root=DIR] [--format=text|sarif]
       litetool check rules [--format=text|sarif] FILE...

Finds what makes alerts silent and panels empty although Prometheus and Grafana accept them: metrics
and labels that nobody publishes, templates that ask for labels that aggregation took away, counters
without rate(), alerts without a runbook or a test, tests that name an alert that is gone, routes
that nothing reaches. It reads files only; nothing has to run.

  rules         rules/ with its tests, runbooks and alertmanager.yml
  dashboards    dashboards/ and what is built of it
  FILE          rule files of your own: their queries are held against the metrics of litewatch
  --root=DIR    the folder that holds rules/ and dashboards/ (the nearest one upward from here)
  --format      text, as compilers write it, or sarif (SARIF 2.1.0) for code hosts and editors

A finding that is as it should be is waived in rules/waivers.yml or dashboards/waivers.yml:

  - rule: alert/for          # its id
    about: LitewatchDown     # a glob on what stands after the id
    reason: Why.

Exit code: 0 nothing found, 1 a finding, 2 an error.

Examples:
  litetool check rules
  litetool check dashboards --format=sarif >dashboards.sarif
  litetool check rules /etc/prometheus/rules/my-alerts.yml

The rules, by their ids:
)";

namespace {

namespace fs = std::filesystem;

enum class Subject : unsigned char { kRules, kDashboards };

struct CheckOptions {
  Subject subject = Subject::kRules;
  std::string root;
  bool sarif = false;
  std::vector<std::string> files;
};

Error usage(std::string what) {
  return Error{ErrorKind::kMalformed, std::move(what) + "; see litetool check --help", "", 0};
}

Result<CheckOptions> parse(Arguments arguments) {
  constexpr std::string_view kRoot = "--root=";
  CheckOptions options;
  const std::string_view subject = arguments.empty() ? "" : arguments.front();
  if (subject != "rules" && subject != "dashboards") {
    return usage("expected rules or dashboards");
  }
  if (subject == "dashboards") options.subject = Subject::kDashboards;
  for (const std::string_view argument : arguments.subspan(1)) {
    if (argument.starts_with(kRoot)) {
      options.root = argument.substr(kRoot.size());
    } else if (argument == "--format=text" || argument == "--format=sarif") {
      options.sarif = argument == "--format=sarif";
    } else if (argument.starts_with("-")) {
      return usage("unknown option " + std::string(argument));
    } else if (options.subject == Subject::kDashboards) {
      return usage("FILE is for rules");
    } else {
      options.files.emplace_back(argument);
    }
  }
  return options;
}

std::size_t count_rules(const std::vector<RuleFile>& files) {
  std::size_t count = 0;
  for (const RuleFile& file : files) {
    for (const RuleGroup& group : file.groups) count += group.rules.size();
  }
  return count;
}

/// Everything under a root, whichever part of it is checked. What is wrong with the files of the
/// other part is found when that one is checked.
struct Project {
  fs::path root;
  RuleSet rules;
  DashboardSet dashboards;
  Vocabulary vocabulary;
};

Project load(const fs::path& root, Findings& of_rules, Findings& of_dashboards) {
  Project project{root, load_rule_set(root, of_rules), load_dashboards(root, of_dashboards), {}};
  add_recorded(project.rules.recording, project.vocabulary);
  return project;
}

CheckReport check_project_rules(const fs::path& root) {
  CheckReport report;
  Findings elsewhere;
  const Project project = load(root, report.findings, elsewhere);
  check_rules(project.rules, project.vocabulary, index_of(project.dashboards), report.findings);
  apply_waivers(project.rules.waivers, report.findings, report.waived);
  report.checked = count_rules(project.rules.recording) + count_rules(project.rules.alerts);
  report.checked_what = "rule";
  return report;
}

CheckReport check_project_dashboards(const fs::path& root) {
  CheckReport report;
  Findings elsewhere;
  const Project project = load(root, elsewhere, report.findings);
  DashboardSurroundings around{{}, used_metrics(project.rules)};
  for (const Runbook& runbook : project.rules.runbooks) around.runbooks.insert(runbook.alert);
  check_dashboards(project.dashboards, project.vocabulary, around, report.findings);
  check_built(root, project.dashboards, project.vocabulary, report.findings);
  const Waivers waivers = load_dashboard_waivers(root, report.findings);
  apply_waivers(waivers, report.findings, report.waived);
  for (const Dashboard& dashboard : project.dashboards.dashboards) {
    for (const DashboardRow& row : dashboard.rows) report.checked += row.panels.size();
  }
  report.checked_what = "panel";
  return report;
}

/// `root`, where there is one, tells what litewatch's own rules record.
CheckReport check_files(const std::vector<std::string>& names,
                        const std::optional<fs::path>& root) {
  CheckReport report;
  Vocabulary vocabulary;
  Findings elsewhere;
  if (root) add_recorded(load_rule_set(*root, elsewhere).recording, vocabulary);
  std::vector<RuleFile> files;
  for (const std::string& name : names) {
    if (auto file = load_rule_file(name, report.findings)) files.push_back(*std::move(file));
  }
  check_foreign_rules(files, vocabulary, report.findings);
  report.checked = count_rules(files);
  report.checked_what = "rule";
  return report;
}

Result<CheckReport> run(const CheckOptions& options) {
  const auto root = project_root(options.root);
  if (!root && (options.files.empty() || !options.root.empty())) {
    return usage(options.root.empty()
                     ? "neither here nor above is a folder that holds rules/ and dashboards/"
                     : options.root + " does not hold rules/ and dashboards/");
  }
  for (const std::string& file : options.files) {
    std::error_code none;
    if (!fs::exists(file, none)) return usage("there is no file " + file);
  }
  if (!options.files.empty()) return check_files(options.files, root);
  return options.subject == Subject::kRules ? check_project_rules(*root)
                                            : check_project_dashboards(*root);
}

void sort(Findings& findings) {
  const auto key = [](const Finding& finding) {
    return std::tie(finding.place.file, finding.place.line, finding.rule);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

}  // namespace

std::string check_rule_list() {
  constexpr std::size_t kWidth = 24;
  Report text(false);
  for (const FindingRule& rule : finding_rules()) {
    std::string lead = "  " + std::string(rule.id);
    lead.append(kWidth - std::min(kWidth - 1, rule.id.size()), ' ');
    text.paragraph(lead, rule.summary);
  }
  return text.take();
}

int run_check(Arguments arguments) {
  const auto start = std::chrono::steady_clock::now();
  const auto options = parse(arguments);
  auto report = options ? run(*options) : Result<CheckReport>(options.error());
  if (!report) {
    std::fprintf(stderr, "litetool check: %s\n", report.error().message().c_str());
    return kExitError;
  }
  sort(report->findings);
  report->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::string text = options->sarif ? check_sarif(*report) : check_text(*report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return report->findings.empty() ? kExitOk : kExitFinding;
}

}  // namespace litewatch

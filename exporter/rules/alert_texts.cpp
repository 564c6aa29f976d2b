#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "rules/checks.h"
#include "rules/template_text.h"

namespace litewatch {
namespace {

/// Labels that tell what is broken: the description names those that the alert has.
constexpr auto kNaming = std::to_array<const char*>({"app", "db", "target", "container"});

/// What is wrong with a summary; empty where nothing is.
std::string summary_defect(std::string_view text) {
  if (text.find("{{") != std::string_view::npos) return "the summary has a template in it";
  if (text.empty() || text.front() < 'A' || text.front() > 'Z') {
    return "the summary does not begin with a capital letter";
  }
  if (!text.ends_with('.')) return "the summary does not end in a full stop";
  return text.find('\n') != std::string_view::npos ? "the summary is more than one line" : "";
}

void check_summary(const CheckedRule& alert, Findings& findings) {
  const RuleText* summary = alert.rule->annotation("summary");
  const std::string what =
      summary == nullptr ? "it has no summary" : summary_defect(summary->value);
  if (what.empty()) return;
  findings.push_back({"alert/summary",
                      alert.place(summary == nullptr ? alert.rule->line : summary->line),
                      alert.rule->name, what,
                      "write one sentence that is the same for all: it groups notifications"});
}

/// The labels that the alert certainly has and that say what is broken.
std::vector<std::string> naming_labels(const CheckedRule& alert) {
  std::vector<std::string> labels;
  if (!alert.query) return labels;
  const auto& has = alert.query->labels.names;
  for (const char* label : kNaming) {
    if (has.count(label) > 0) labels.emplace_back(label);
  }
  if (labels.empty() && has.count("instance") > 0) labels.emplace_back("instance");
  return labels;
}

void check_description(const CheckedRule& alert, Findings& findings) {
  const Rule& rule = *alert.rule;
  const RuleText* description = rule.annotation("description");
  const auto find = [&](const std::string& what, const std::string& mend) {
    findings.push_back({"alert/description",
                        alert.place(description == nullptr ? rule.line : description->line),
                        rule.name, what, mend});
  };
  if (description == nullptr || description->value.empty()) {
    return find("it has no description", "say what is wrong, where, and what to do next");
  }
  const TemplateText text = read_template(description->value);
  for (const std::string& label : naming_labels(alert)) {
    if (std::ranges::find(text.labels, label) != text.labels.end()) continue;
    find("the description does not name the " + label, "say {{ $labels." + label + " }}");
  }
  if (text.value_is_raw) {
    find("a value is printed as it is",
         "pass it through humanize, humanize1024, humanizeDuration, humanizePercentage, "
         "humanizeTimestamp or printf");
  }
}

}  // namespace

void check_alert_texts(const CheckedRule& alert, Findings& findings) {
  check_summary(alert, findings);
  check_description(alert, findings);
}

}  // namespace litewatch

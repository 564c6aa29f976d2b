#include <string>
#include <string_view>

#include "config/problems.h"
#include "rules/checks.h"
#include "rules/template_text.h"

namespace litewatch {
namespace {

void check_text(const CheckedRule& alert, const RuleText& source, std::string_view kind,
                const Vocabulary& vocabulary, Findings& findings) {
  const Rule& rule = *alert.rule;
  const Place place = alert.place(source.line);
  const std::string where = std::string(kind) + " " + source.name;
  const TemplateText text = read_template(source.value);
  if (text.problem) {
    findings.push_back({"alert/template", place, rule.name, where + ": " + *text.problem,
                        "see Prometheus' template reference"});
  }
  for (const std::string& label : text.labels) {
    if (alert.keeps(label)) continue;
    const bool own = rule.label(label) != nullptr;
    findings.push_back(
        {"alert/template", place, rule.name,
         where + " asks for label " + in_quotes(label) + ", which " +
             (own ? "the rule adds after templates are filled in" : "the expression does not keep"),
         own ? "write its value" : "keep it in by(), or do without it"});
  }
  for (const std::string& query : text.queries) {
    check_query(query, place, rule.name, vocabulary, {}, findings);
  }
}

}  // namespace

void check_alert_templates(const CheckedRule& alert, const Vocabulary& vocabulary,
                           Findings& findings) {
  for (const RuleText& label : alert.rule->labels) {
    check_text(alert, label, "label", vocabulary, findings);
  }
  for (const RuleText& annotation : alert.rule->annotations) {
    check_text(alert, annotation, "annotation", vocabulary, findings);
  }
}

}  // namespace litewatch

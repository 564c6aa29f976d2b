#include <string>
#include <string_view>

#include "config/problems.h"
#include "rules/checks.h"
#include "rules/template_text.h"

namespace litewatch {
namespace {

/// Promtool does not look into the texts that templates query.
void check_template_query(const CheckedRule& alert, const TemplateQuery& query,
                          const std::string& where, const Place& place,
                          const Vocabulary& vocabulary, Findings& findings) {
  const std::string& subject = alert.rule->name;
  const auto checked = check_query(query.text, place, subject, vocabulary, {}, findings);
  if (!checked) return;
  for (const std::string& label : query.labels) {
    if (checked->labels.may_have(label)) continue;
    findings.push_back(
        {"alert/template", place, subject,
         where + " asks for label " + in_quotes(label) + ", which its query does not keep",
         "keep it in the query's by()"});
  }
}

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
  for (const TemplateQuery& query : text.queries) {
    check_template_query(alert, query, where, place, vocabulary, findings);
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

#include <map>
#include <string>

#include "promql/lexer.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

/// The query without what does not matter: blanks and comments.
std::string essence(const std::string& query) {
  promql::Lexer lexer(query);
  std::string text;
  for (promql::Token token = lexer.next();
       token.kind != promql::TokenKind::kEnd && token.kind != promql::TokenKind::kError;
       token = lexer.next()) {
    text.append(query, token.span.start, token.span.end - token.span.start).append(" ");
  }
  return text;
}

std::string name_and_labels(const Rule& rule) {
  std::map<std::string, std::string> sorted;
  const std::vector<RuleText> labels = rule.is_alert ? identity(rule) : rule.labels;
  for (const RuleText& label : labels) sorted[label.name] = label.value;
  std::string text = rule.name;
  for (const auto& [name, value] : sorted) text.append("\n").append(name).append("=").append(value);
  return text;
}

std::string expression_and_labels(const Rule& rule) {
  std::string text = essence(rule.expr);
  for (const RuleText& label : rule.labels) {
    if (label.name == "severity") continue;
    text.append("\n").append(label.name).append("=").append(label.value);
  }
  return text;
}

using Seen = std::map<std::string, const CheckedRule*>;

/// The rule that has the same key; nullptr: this is the first.
const CheckedRule* same(Seen& seen, const std::string& key, const CheckedRule& rule) {
  const auto [first, is_new] = seen.emplace(key, &rule);
  return is_new ? nullptr : first->second;
}

std::string shown(const CheckedRule& rule) {
  return rule.rule->name + " (" + rule.file->path + ":" + std::to_string(rule.rule->line) + ")";
}

void check(const CheckedRules& rules, Findings& findings) {
  Seen by_name;
  Seen by_expression;
  for (const CheckedRule& rule : rules) {
    const auto find = [&](const std::string& what, const std::string& mend) {
      findings.push_back(
          {"rule/duplicate", rule.place(rule.rule->line), rule.rule->name, what, mend});
    };
    const CheckedRule* named = same(by_name, name_and_labels(*rule.rule), rule);
    const CheckedRule* equal = same(by_expression, expression_and_labels(*rule.rule), rule);
    if (named != nullptr) {
      find("it has the name and labels of " + shown(*named),
           rule.rule->is_alert ? "give it another severity or name" : "remove one of them");
    } else if (equal != nullptr) {
      find("it has the same expression as " + shown(*equal), "remove one of them");
    }
  }
}

}  // namespace

void check_duplicates(const RuleChecks& checks, Findings& findings) {
  check(checks.recording, findings);
  check(checks.alerts, findings);
}

}  // namespace litewatch

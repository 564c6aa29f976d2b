#include "dashboards/scope.h"

#include <algorithm>
#include <functional>
#include <map>

#include "check/query_check.h"
#include "check/walk.h"
#include "promql/lexer.h"
#include "promql/parser.h"

namespace litewatch {
namespace {

using Inserts = std::map<std::size_t, std::string>;

bool matches_on(const promql::Selector& selector, const std::string& label) {
  return std::ranges::any_of(
      selector.matchers, [&](const promql::Matcher& matcher) { return matcher.label == label; });
}

/// The matchers that a selector lacks: `app=~"$app", db=~"$db"`.
std::string missing_matchers(const promql::Selector& selector,
                             const std::vector<std::string>& variables,
                             const Vocabulary& vocabulary) {
  const Vocabulary::Series* series = vocabulary.find(selector.metric);
  std::string text;
  for (const std::string& label : variables) {
    if (series == nullptr || series->labels.count(label) == 0) continue;
    if (matches_on(selector, label)) continue;
    text.append(text.empty() ? "" : ", ").append(label).append("=~\"$").append(label).append("\"");
  }
  return text;
}

/// Notes where the matchers go: behind the opening brace, or with braces behind the metric's name.
void note_insert(std::string_view query, const promql::Span& span, const promql::Selector& selector,
                 const std::string& matchers, Inserts& inserts) {
  promql::Lexer lexer(query.substr(span.start));
  const promql::Token name = lexer.next();
  const promql::Token brace = lexer.next();
  if (!brace.is("{")) {
    inserts[span.start + name.span.end] = "{" + matchers + "}";
  } else {
    inserts[span.start + brace.span.end] = matchers + (selector.matchers.empty() ? "" : ", ");
  }
}

}  // namespace

std::string with_variables(std::string_view query, const std::vector<std::string>& variables,
                           const Vocabulary& vocabulary) {
  const std::string text = without_macros(query);
  const promql::Parsed parsed = promql::parse(text);
  if (!parsed.expr) return std::string(query);
  Inserts inserts;
  const std::function<void(const promql::Expr&)> visit = [&](const promql::Expr& expr) {
    if (const auto* selector = std::get_if<promql::Selector>(&expr.node)) {
      const std::string matchers = missing_matchers(*selector, variables, vocabulary);
      if (!matchers.empty()) note_insert(text, expr.span, *selector, matchers, inserts);
    }
    for_each_child(expr, visit);
  };
  visit(*parsed.expr);
  std::string scoped(query);
  for (auto insert = inserts.rbegin(); insert != inserts.rend(); ++insert) {
    scoped.insert(insert->first, insert->second);
  }
  return scoped;
}

}  // namespace litewatch

#include "check/query_check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "promql/parser.h"

namespace litewatch {
namespace {

struct Macro {
  std::string_view name;
  std::string_view stands_for;
};

/// What Grafana fills in, by an example. $__interval may be as short as one scrape.
constexpr auto kMacros = std::to_array<Macro>({{"__rate_interval", "4m"},
                                               {"__range", "1h"},
                                               {"__interval", "1s"},
                                               {"__range_s", "1"},
                                               {"__range_ms", "1"},
                                               {"__interval_ms", "1"},
                                               {"__from", "1"},
                                               {"__to", "1"}});

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Replaces the macro that begins at a dollar sign, if one does; returns where it ends.
std::size_t replace_macro(std::string& text, std::size_t dollar) {
  const bool braces = text.compare(dollar + 1, 1, "{") == 0;
  const std::size_t start = dollar + (braces ? 2 : 1);
  std::size_t end = start;
  while (end < text.size() && is_word(text[end])) ++end;
  const auto macro = std::find_if(kMacros.begin(), kMacros.end(), [&](const Macro& row) {
    return text.compare(start, end - start, row.name) == 0;
  });
  if (macro == kMacros.end()) return end;
  if (braces) end = std::min(text.find('}', end), text.size() - 1) + 1;
  std::string filled(macro->stands_for);
  filled.resize(end - dollar, ' ');
  text.replace(dollar, end - dollar, filled);
  return end;
}

std::size_t end_of_string(const std::string& text, std::size_t quote) {
  std::size_t at = quote + 1;
  while (at < text.size() && text[at] != text[quote]) {
    at += text[at] == '\\' && text[quote] != '`' ? 2 : 1;
  }
  return at + 1;
}

/// Where to go on after what stands at `at`.
std::size_t step(std::string& text, std::size_t at) {
  const char c = text[at];
  if (c == '"' || c == '\'' || c == '`') return end_of_string(text, at);
  if (c == '#') return text.find('\n', at);
  return c == '$' ? replace_macro(text, at) : at + 1;
}

}  // namespace

std::string without_macros(std::string_view query) {
  std::string text(query);
  for (std::size_t at = 0; at < text.size();) at = step(text, at);
  return text;
}

promql::Parsed parse_query(std::string_view query) { return promql::parse(without_macros(query)); }

std::optional<CheckedQuery> check_query(std::string_view query, const Place& place,
                                        const std::string& subject, const Vocabulary& vocabulary,
                                        const QueryHabits& habits, Findings& findings) {
  const auto place_of = [&](promql::Span span) {
    const std::string_view before = query.substr(0, span.start);
    return Place{place.file, place.line + static_cast<int>(std::ranges::count(before, '\n'))};
  };
  promql::Parsed parsed = parse_query(query);
  if (parsed.problem) {
    findings.push_back({"promql/syntax", place_of(parsed.problem->span), subject,
                        "the query does not parse: " + parsed.problem->what,
                        "write what Prometheus 2.42 accepts"});
    return std::nullopt;
  }
  QueryFindings found;
  FlowLabels labels = label_flow(*parsed.expr, vocabulary, found);
  check_habits(*parsed.expr, vocabulary, habits, found);
  for (QueryFinding& finding : found) {
    findings.push_back({std::move(finding.rule), place_of(finding.span), subject,
                        std::move(finding.what), std::move(finding.mend)});
  }
  return CheckedQuery{std::move(parsed.expr), std::move(labels)};
}

}  // namespace litewatch

#include "dashboards/dashboard_check.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "check/query_check.h"

namespace litewatch {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The word at `at`; empty where none begins there. A digit begins none: "$1" is of
/// label_replace().
std::string word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  const bool digit = at < end && std::isdigit(static_cast<unsigned char>(text[at])) != 0;
  return digit ? "" : std::string(text.substr(at, end - at));
}

template <class Named>
const Named* find_named(const std::vector<Named>& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Named& named) { return named.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

void DashboardCheck::find(const char* rule, Place place, std::string subject, std::string what,
                          std::string mend) const {
  findings.push_back(
      {rule, std::move(place), std::move(subject), std::move(what), std::move(mend)});
}

std::string subject_of(const Dashboard& dashboard, const Panel& panel) {
  return dashboard.name + " / " + panel.title;
}

std::string subject_of(const Dashboard& dashboard, const DashboardAnnotation& annotation) {
  return dashboard.name + " / annotation " + annotation.name;
}

std::string metric_of(const promql::Selector& selector) {
  for (const promql::Matcher& matcher : selector.matchers) {
    const bool exact = matcher.op == promql::Matcher::Op::kEqual;
    if (matcher.label == "__name__") return exact ? matcher.value : "";
  }
  return selector.metric;
}

std::set<std::string> variables_in(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t at = text.find('$'); at < text.size(); at = text.find('$', at + 1)) {
    const bool braces = at + 1 < text.size() && text[at + 1] == '{';
    const std::string name = word_at(text, at + (braces ? 2 : 1));
    if (!name.empty() && !name.starts_with("__")) names.insert(name);
  }
  return names;
}

std::set<std::string> placeholders_in(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t at = text.find("{{"); at < text.size(); at = text.find("{{", at + 2)) {
    const std::size_t start = text.find_first_not_of(' ', at + 2);
    if (start != std::string_view::npos) names.insert(word_at(text, start));
  }
  return names;
}

const DashboardVariable* find_variable(const DashboardSet& set, std::string_view name) {
  return find_named(set.variables, name);
}

const DashboardAnnotation* find_annotation(const DashboardSet& set, std::string_view name) {
  return find_named(set.annotations, name);
}

const Dashboard* find_dashboard(const DashboardSet& set, std::string_view name) {
  return find_named(set.dashboards, name);
}

}  // namespace litewatch

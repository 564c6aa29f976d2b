#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "config/problems.h"
#include "dashboards/dashboard_check.h"
#include "dashboards/scope.h"

namespace litewatch {
namespace {

constexpr const char* kRule = "dashboard/variable";
constexpr const char* kCommon = "dashboards/common.yml";

/// The variables that a dashboard's queries, once they are narrowed, and its texts name.
std::set<std::string> used_variables(const DashboardCheck& check, const Dashboard& dashboard) {
  std::set<std::string> used;
  const auto add = [&](const std::string& text) { used.merge(variables_in(text)); };
  const auto add_query = [&](const std::string& expr) {
    add(with_variables(expr, dashboard.variables, check.vocabulary));
  };
  for (const DashboardRow& row : dashboard.rows) {
    add(row.title);
    for (const Panel& panel : row.panels) {
      for (const std::string* text : {&panel.title, &panel.text, &panel.raw}) add(*text);
      for (const PanelQuery& query : panel.queries) add_query(query.expr);
    }
  }
  return used;
}

void check_used_in(const DashboardCheck& check, const Dashboard& dashboard) {
  const std::set<std::string> used = used_variables(check, dashboard);
  for (const std::string& name : dashboard.variables) {
    if (used.count(name) > 0) continue;
    check.find(kRule, {dashboard.path, 1}, dashboard.name,
               "variable " + in_quotes(name) + " changes no panel", "leave it out");
  }
}

/// Finds what dashboards/common.yml defines and no dashboard has.
template <class Defined>
void check_all_used(const DashboardCheck& check, const std::vector<Defined>& defined,
                    const char* kind, std::vector<std::string> Dashboard::*member) {
  for (const Defined& one : defined) {
    const bool used = std::ranges::any_of(check.set.dashboards, [&](const Dashboard& dashboard) {
      const auto& names = dashboard.*member;
      return std::find(names.begin(), names.end(), one.name) != names.end();
    });
    if (used) continue;
    check.find(kRule, {kCommon, one.line}, std::string(kind) + " " + one.name,
               "no dashboard uses it", "remove it");
  }
}

}  // namespace

void check_variables(const DashboardCheck& check) {
  for (const Dashboard& dashboard : check.set.dashboards) check_used_in(check, dashboard);
  check_all_used(check, check.set.variables, "variable", &Dashboard::variables);
  check_all_used(check, check.set.annotations, "annotation", &Dashboard::annotations);
}

}  // namespace litewatch

#pragma once

#include <set>
#include <string>
#include <string_view>

#include "check/finding.h"
#include "check/vocabulary.h"
#include "dashboards/check_dashboards.h"
#include "dashboards/dashboard.h"
#include "promql/ast.h"

namespace litewatch {

/// What one kind of check works on. `findings` is appended to.
struct DashboardCheck {
  const DashboardSet& set;
  const Vocabulary& vocabulary;
  const DashboardSurroundings& around;
  Findings& findings;

  void find(const char* rule, Place place, std::string subject, std::string what,
            std::string mend) const;
};

/// What dashboards ask for is there: metrics and labels of panels, variables and annotations,
/// labels of legends, of tables' keys, and of links.
void check_queries(const DashboardCheck& check);
void check_links(const DashboardCheck& check);
/// Names are unique, variables defined and used, panels explained, and there are not too many.
void check_structure(const DashboardCheck& check);
/// Every variable changes something.
void check_variables(const DashboardCheck& check);
/// Units are Grafana's, and those of what the query measures.
void check_units(const DashboardCheck& check);
/// Every selector is narrowed by the dashboard's variables.
void check_scope(const DashboardCheck& check);
/// Every stable metric is shown or alerted on.
void check_usage(const DashboardCheck& check);

/// "sqlite / WAL": how findings call a panel.
std::string subject_of(const Dashboard& dashboard, const Panel& panel);
std::string subject_of(const Dashboard& dashboard, const DashboardAnnotation& annotation);

/// The metric that a selector asks for; empty where it is not one.
std::string metric_of(const promql::Selector& selector);

/// The variables that a text names, $name or ${name:format}; without Grafana's own, which begin
/// with two underscores.
std::set<std::string> variables_in(std::string_view text);
/// The labels that a legend asks for: {{label}}.
std::set<std::string> placeholders_in(std::string_view text);

/// nullptr: there is none of that name.
const DashboardVariable* find_variable(const DashboardSet& set, std::string_view name);
const DashboardAnnotation* find_annotation(const DashboardSet& set, std::string_view name);
const Dashboard* find_dashboard(const DashboardSet& set, std::string_view name);

/// Calls `visit(dashboard, panel)` for every panel.
template <class Visit>
void for_each_panel(const DashboardSet& set, Visit visit) {
  for (const Dashboard& dashboard : set.dashboards) {
    for (const DashboardRow& row : dashboard.rows) {
      for (const Panel& panel : row.panels) visit(dashboard, panel);
    }
  }
}

/// Calls `visit(dashboard, annotation)` for every annotation of a dashboard that is defined.
template <class Visit>
void for_each_annotation(const DashboardSet& set, Visit visit) {
  for (const Dashboard& dashboard : set.dashboards) {
    for (const std::string& name : dashboard.annotations) {
      const DashboardAnnotation* annotation = find_annotation(set, name);
      if (annotation != nullptr) visit(dashboard, *annotation);
    }
  }
}

}  // namespace litewatch

#include <set>
#include <string>

#include "catalogue/catalogue.h"
#include "check/query_check.h"
#include "dashboards/dashboard_check.h"
#include "dashboards/selectors.h"

namespace litewatch {
namespace {

constexpr const char* kReference = "exporter/METRICS.md";

void add_used(const std::string& expr, std::set<std::string>& used) {
  const auto parsed = parse_query(expr);
  if (!parsed.expr) return;
  for_each_selector(*parsed.expr,
                    [&](const promql::Selector& selector) { used.insert(metric_of(selector)); });
}

/// Everything that dashboards and rules ask for by name.
std::set<std::string> used_series(const DashboardCheck& check) {
  std::set<std::string> used = check.around.used_by_rules;
  for_each_panel(check.set, [&](const Dashboard&, const Panel& panel) {
    for (const PanelQuery& query : panel.queries) add_used(query.expr, used);
  });
  for_each_annotation(check.set, [&](const Dashboard&, const DashboardAnnotation& annotation) {
    add_used(annotation.expr, used);
  });
  return used;
}

bool is_used(const MetricDesc& row, const std::set<std::string>& used) {
  const std::string name(row.name);
  if (row.type != MetricType::kHistogram) return used.count(name) > 0;
  return used.count(name + "_bucket") + used.count(name + "_count") + used.count(name + "_sum") > 0;
}

}  // namespace

void check_usage(const DashboardCheck& check) {
  const std::set<std::string> used = used_series(check);
  for (const MetricDesc& row : kCatalogue) {
    if (row.stability != Stability::kStable || is_used(row, used)) continue;
    check.find("dashboard/usage", {kReference, 1}, std::string(row.name),
               "neither a dashboard nor a rule shows it",
               "show it, or waive it in dashboards/waivers.yml with the reason");
  }
}

}  // namespace litewatch

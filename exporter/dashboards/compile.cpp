#include "dashboards/compile.h"

#include <algorithm>

#include "dashboards/panel_json.h"
#include "dashboards/scope.h"

namespace litewatch {
namespace {

constexpr int kSchemaVersion = 39;
constexpr int kSharedCrosshair = 1;

std::vector<const DashboardVariable*> variables_of(const Dashboard& dashboard,
                                                   const DashboardSet& set) {
  std::vector<const DashboardVariable*> variables;
  for (const std::string& name : dashboard.variables) {
    const auto found = std::ranges::find(set.variables, name, &DashboardVariable::name);
    if (found != set.variables.end()) variables.push_back(&*found);
  }
  return variables;
}

}  // namespace

std::string CompileContext::scoped(const std::string& query, std::size_t count) const {
  std::vector<std::string> names;
  for (const DashboardVariable* variable : variables) {
    if (names.size() < count) names.push_back(variable->name);
  }
  return with_variables(query, names, vocabulary);
}

Json datasource_ref() { return {{"type", "prometheus"}, {"uid", "${datasource}"}}; }

Json number_json(double value) {
  constexpr double kExact = 9007199254740992.0;
  const bool whole = value >= -kExact && value <= kExact &&
                     static_cast<double>(static_cast<std::int64_t>(value)) == value;
  return whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

std::string ref_id(std::size_t query) { return {static_cast<char>('A' + query)}; }

nlohmann::ordered_json compile_dashboard(const Dashboard& dashboard, const DashboardSet& set,
                                         const Vocabulary& vocabulary,
                                         const DashboardLinks& links) {
  const CompileContext context{dashboard, set, vocabulary, links, variables_of(dashboard, set)};
  return {
      {"annotations", compile_annotations(context)},
      {"description", dashboard.description},
      {"editable", false},
      {"fiscalYearStartMonth", 0},
      {"graphTooltip", kSharedCrosshair},
      {"links", compile_links_bar(dashboard)},
      {"panels", compile_rows(context)},
      {"refresh", dashboard.refresh},
      {"schemaVersion", kSchemaVersion},
      {"tags", dashboard.tags},
      {"templating", compile_templating(context)},
      {"time", {{"from", dashboard.from}, {"to", "now"}}},
      {"timepicker", Json::object()},
      {"timezone", "browser"},
      {"title", dashboard.title},
      {"uid", dashboard.uid},
      {"weekStart", ""},
  };
}

std::string dashboard_text(const nlohmann::ordered_json& dashboard) {
  return dashboard.dump(2) + "\n";
}

}  // namespace litewatch

#include <algorithm>

#include "dashboards/panel_json.h"

namespace litewatch {
namespace {

/// Values of their own as soon as the time range changes: apps come and go.
constexpr int kOnTimeRangeChange = 2;
constexpr int kAlphabetical = 1;

Json datasource_variable() {
  return {{"current", Json::object()},
          {"hide", 0},
          {"includeAll", false},
          {"label", "Data source"},
          {"multi", false},
          {"name", "datasource"},
          {"options", Json::array()},
          {"query", "prometheus"},
          {"refresh", 1},
          {"regex", ""},
          {"skipUrlSync", false},
          {"type", "datasource"}};
}

/// A variable offers what goes with the choices before it: the selector of its label_values() gets
/// their matchers.
std::string chained(const std::string& query, std::size_t index, const CompileContext& context) {
  constexpr std::string_view kHead = "label_values(";
  const std::size_t comma = query.rfind(',');
  if (!query.starts_with(kHead) || comma == query.npos) return query;
  const std::string selector = query.substr(kHead.size(), comma - kHead.size());
  return std::string(kHead) + context.scoped(selector, index) + query.substr(comma);
}

Json query_variable(const DashboardVariable& variable, const std::string& query) {
  return {
      {"allValue", variable.all},
      {"current",
       {{"selected", true}, {"text", Json::array({"All"})}, {"value", Json::array({"$__all"})}}},
      {"datasource", datasource_ref()},
      {"definition", query},
      {"hide", 0},
      {"includeAll", true},
      {"label", variable.label},
      {"multi", true},
      {"name", variable.name},
      {"options", Json::array()},
      {"query", {{"query", query}, {"refId", "PrometheusVariableQueryEditor-VariableQuery"}}},
      {"refresh", kOnTimeRangeChange},
      {"regex", ""},
      {"skipUrlSync", false},
      {"sort", kAlphabetical},
      {"type", "query"}};
}

}  // namespace

Json compile_templating(const CompileContext& context) {
  Json list = Json::array({datasource_variable()});
  for (std::size_t i = 0; i < context.variables.size(); ++i) {
    const DashboardVariable& variable = *context.variables[i];
    list.push_back(query_variable(variable, chained(variable.query, i, context)));
  }
  return {{"list", std::move(list)}};
}

Json compile_annotations(const CompileContext& context) {
  Json list = Json::array();
  for (const std::string& name : context.dashboard.annotations) {
    const auto found = std::ranges::find(context.set.annotations, name, &DashboardAnnotation::name);
    if (found == context.set.annotations.end()) continue;
    list.push_back({{"datasource", datasource_ref()},
                    {"enable", true},
                    {"expr", context.scoped(found->expr)},
                    {"hide", false},
                    {"iconColor", found->color},
                    {"name", found->title},
                    {"textFormat", found->text},
                    {"titleFormat", found->title}});
  }
  return {{"list", std::move(list)}};
}

}  // namespace litewatch

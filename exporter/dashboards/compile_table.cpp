#include <set>
#include <string>

#include "check/label_flow.h"
#include "check/query_check.h"
#include "dashboards/panel_json.h"

namespace litewatch {
namespace {

/// Labels of the result of a query, as far as they are known.
std::set<std::string> labels_of(const PanelQuery& query, const CompileContext& context) {
  const promql::Parsed parsed = parse_query(query.expr);
  if (!parsed.expr) return {};
  QueryFindings ignored;
  return label_flow(*parsed.expr, context.vocabulary, ignored).names;
}

/// Columns that would say nothing: the same in every row, or not asked for.
Json hidden_columns(const Panel& panel, const CompileContext& context) {
  std::set<std::string> hidden = {"Time", "__name__"};
  for (const PanelQuery& query : panel.queries) hidden.merge(labels_of(query, context));
  for (const std::string& label : panel.key) hidden.erase(label);
  Json columns = Json::object();
  for (const std::string& label : hidden) columns[label] = true;
  return columns;
}

/// What Grafana calls the values of a query.
std::string value_field(const Panel& panel, std::size_t query) {
  return panel.queries.size() == 1 ? "Value" : "Value #" + ref_id(query);
}

}  // namespace

Json compile_transformations(const Panel& panel, const CompileContext& context) {
  Json places = Json::object();
  Json names = Json::object();
  for (const std::string& label : panel.key) places[label] = places.size();
  for (std::size_t i = 0; i < panel.queries.size(); ++i) {
    places[value_field(panel, i)] = places.size();
    names[value_field(panel, i)] = panel.queries[i].column;
  }
  const Json organize = {{"excludeByName", hidden_columns(panel, context)},
                         {"indexByName", std::move(places)},
                         {"renameByName", std::move(names)}};
  return Json::array({{{"id", "merge"}, {"options", Json::object()}},
                      {{"id", "organize"}, {"options", organize}}});
}

}  // namespace litewatch

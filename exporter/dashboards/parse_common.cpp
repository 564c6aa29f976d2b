#include <set>

#include "config/map_reader.h"
#include "config/problems.h"
#include "config/yaml_tree.h"
#include "dashboards/load.h"
#include "dashboards/source_values.h"

namespace litewatch {
namespace {

DashboardVariable read_variable(const YamlNode& node, const std::string& key, Problems& problems) {
  DashboardVariable variable;
  variable.line = node.line;
  MapReader map(node, key, problems);
  map.require("name", "the label that the variable is matched with");
  map.text("name", variable.name, "the label that the variable is matched with");
  map.require("query", "a query such as label_values(sqlite_up, app)");
  read_trimmed(map, "query", variable.query, "a query such as label_values(sqlite_up, app)");
  variable.label = variable.name;
  map.text("label", variable.label, "what stands before the box");
  map.text("all", variable.all, "a regular expression such as \".*\"");
  map.finish();
  return variable;
}

DashboardAnnotation read_annotation(const YamlNode& node, const std::string& key,
                                    Problems& problems) {
  DashboardAnnotation annotation;
  annotation.line = node.line;
  annotation.color = "red";
  MapReader map(node, key, problems);
  map.require("name", "a name for the dashboards' sources");
  map.text("name", annotation.name, "a name for the dashboards' sources");
  map.require("title", "what the switch on the dashboard says");
  map.text("title", annotation.title, "what the switch on the dashboard says");
  map.require("expr", "a query");
  read_trimmed(map, "expr", annotation.expr, "a query");
  read_trimmed(map, "text", annotation.text, "a text such as \"{{alertname}} {{app}}\"");
  map.text("color", annotation.color, "a colour such as red");
  map.finish();
  return annotation;
}

template <class Named>
void expect_distinct_names(const std::vector<Named>& list, const std::string& key,
                           Problems& problems) {
  std::set<std::string> seen;
  for (const Named& entry : list) {
    if (seen.insert(entry.name).second) continue;
    problems.add(entry.line, key, "each name once", in_quotes(entry.name) + " again");
  }
}

}  // namespace

Result<DashboardSet> parse_common(std::string_view text, const std::string& path) {
  const auto root = parse_source(text, path);
  if (!root) return root.error();
  DashboardSet set;
  Problems problems(path);
  MapReader map(*root, "", problems);
  set.variables = read_list(map.find("variables"), "variables", problems, read_variable);
  set.annotations = read_list(map.find("annotations"), "annotations", problems, read_annotation);
  map.finish();
  expect_distinct_names(set.variables, "variables", problems);
  expect_distinct_names(set.annotations, "annotations", problems);
  if (!problems.none()) return problems.error();
  return set;
}

}  // namespace litewatch

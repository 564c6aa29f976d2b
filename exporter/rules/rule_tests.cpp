#include "rules/rule_tests.h"

#include <utility>

#include "config/map_reader.h"
#include "config/problems.h"
#include "config/yaml_tree.h"
#include "rules/duration.h"

namespace litewatch {
namespace {

/// Calls `read(element, key)` for each element of a list, where there is one.
template <class Read>
void for_each_element(MapReader& map, std::string_view name, Problems& problems, Read read) {
  const YamlNode* list = map.find(name);
  if (list == nullptr || list->kind == YamlNode::Kind::kNothing) return;
  const std::string key = map.key_of(name);
  if (!expect_list(*list, key, problems)) return;
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    read(list->children[i], element(key, i));
  }
}

std::vector<RuleText> read_labels(const YamlNode& alert, const std::string& key,
                                  Problems& problems) {
  std::vector<RuleText> labels;
  MapReader map(alert, key, problems);
  const YamlNode* node = map.find("exp_labels");
  if (node == nullptr || !expect_map(*node, map.key_of("exp_labels"), problems)) return labels;
  for (const YamlNode& child : node->children) {
    labels.push_back({child.key, child.text, child.key_line});
  }
  return labels;
}

AlertExpectation read_alert(const YamlNode& node, const std::string& key, Problems& problems) {
  AlertExpectation expectation;
  expectation.line = node.line;
  MapReader map(node, key, problems);
  map.text("alertname", expectation.alertname, "the name of an alert");
  if (map.find("alertname") == nullptr) map.complain_at("alertname", "an alert's name", "nothing");
  expectation.at_s = read_duration(map, "eval_time").value_or(0);
  for_each_element(map, "exp_alerts", problems, [&](const YamlNode& alert, const std::string& at) {
    expectation.firing.push_back(read_labels(alert, at, problems));
  });
  return expectation;
}

ExprExpectation read_expr(const YamlNode& node, const std::string& key, Problems& problems) {
  ExprExpectation expectation;
  MapReader map(node, key, problems);
  map.text("expr", expectation.expr, "a query");
  const YamlNode* expr = map.find("expr");
  if (expr == nullptr) map.complain_at("expr", "a query", "nothing");
  expectation.line = expr == nullptr ? node.line : expr->line;
  expectation.at_s = read_duration(map, "eval_time").value_or(0);
  const YamlNode* samples = map.find("exp_samples");
  expectation.expects_samples = samples != nullptr && !samples->children.empty();
  return expectation;
}

InputSeries read_input(const YamlNode& node, const std::string& key, Problems& problems) {
  InputSeries input;
  MapReader map(node, key, problems);
  map.text("series", input.series, "a series");
  const YamlNode* series = map.find("series");
  if (series == nullptr) map.complain_at("series", "a series", "nothing");
  input.line = series == nullptr ? node.line : series->line;
  return input;
}

RuleTest read_test(const YamlNode& node, const std::string& key, Problems& problems) {
  RuleTest test;
  test.line = node.line;
  MapReader map(node, key, problems);
  map.text("name", test.name, "a name");
  for_each_element(map, "input_series", problems, [&](const YamlNode& item, const std::string& at) {
    test.inputs.push_back(read_input(item, at, problems));
  });
  for_each_element(map, "alert_rule_test", problems,
                   [&](const YamlNode& item, const std::string& at) {
                     test.alerts.push_back(read_alert(item, at, problems));
                   });
  for_each_element(map, "promql_expr_test", problems,
                   [&](const YamlNode& item, const std::string& at) {
                     test.exprs.push_back(read_expr(item, at, problems));
                   });
  return test;
}

}  // namespace

Result<RuleTestFile> parse_rule_tests(std::string_view text, const std::string& path) {
  const auto root = parse_yaml(text, path);
  if (!root) return root.error();
  RuleTestFile file;
  file.path = path;
  Problems problems(path);
  MapReader map(*root, "", problems);
  file.evaluation_interval_s =
      read_duration(map, "evaluation_interval").value_or(file.evaluation_interval_s);
  for_each_element(map, "rule_files", problems, [&](const YamlNode& item, const std::string&) {
    file.rule_files.push_back({"", item.text, item.line});
  });
  for_each_element(map, "tests", problems, [&](const YamlNode& item, const std::string& key) {
    file.tests.push_back(read_test(item, key, problems));
  });
  if (!problems.none()) return problems.error();
  return file;
}

}  // namespace litewatch

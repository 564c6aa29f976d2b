#include "rules/rule_tests.h"

#include <utility>

#include "config/map_reader.h"
#include "config/problems.h"
#include "config/yaml_tree.h"
#include "rules/duration.h"

namespace litewatch {
namespace {

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
  map.require("alertname", "an alert's name");
  expectation.at_s = read_duration(map, "eval_time").value_or(0);
  map.each("exp_alerts", [&](const YamlNode& alert, const std::string& at) {
    expectation.firing.push_back(read_labels(alert, at, problems));
  });
  return expectation;
}

ExprExpectation read_expr(const YamlNode& node, const std::string& key, Problems& problems) {
  ExprExpectation expectation;
  MapReader map(node, key, problems);
  map.text("expr", expectation.expr, "a query");
  const YamlNode* expr = map.require("expr", "a query");
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
  const YamlNode* series = map.require("series", "a series");
  input.line = series == nullptr ? node.line : series->line;
  return input;
}

RuleTest read_test(const YamlNode& node, const std::string& key, Problems& problems) {
  RuleTest test;
  test.line = node.line;
  MapReader map(node, key, problems);
  map.text("name", test.name, "a name");
  map.each("input_series", [&](const YamlNode& item, const std::string& at) {
    test.inputs.push_back(read_input(item, at, problems));
  });
  map.each("alert_rule_test", [&](const YamlNode& item, const std::string& at) {
    test.alerts.push_back(read_alert(item, at, problems));
  });
  map.each("promql_expr_test", [&](const YamlNode& item, const std::string& at) {
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
  map.each("rule_files", [&](const YamlNode& item, const std::string&) {
    file.rule_files.push_back({"", item.text, item.line});
  });
  map.each("tests", [&](const YamlNode& item, const std::string& key) {
    file.tests.push_back(read_test(item, key, problems));
  });
  if (!problems.none()) return problems.error();
  return file;
}

}  // namespace litewatch

#include "rules/rule_file.h"

#include <algorithm>

#include "check/block_lines.h"
#include "config/map_reader.h"
#include "config/problems.h"
#include "config/yaml_tree.h"
#include "rules/duration.h"

namespace litewatch {
namespace {

const RuleText* find_text(const std::vector<RuleText>& texts, std::string_view name) {
  const auto found = std::find_if(texts.begin(), texts.end(),
                                  [&](const RuleText& text) { return text.name == name; });
  return found == texts.end() ? nullptr : &*found;
}

std::vector<RuleText> read_map(const YamlNode* node, const std::string& key, Problems& problems) {
  std::vector<RuleText> texts;
  if (node == nullptr || !expect_map(*node, key, problems)) return texts;
  expect_distinct_keys(*node, key, problems);
  for (const YamlNode& child : node->children) {
    if (child.kind == YamlNode::Kind::kScalar) {
      texts.push_back({child.key, child.text, child.key_line});
    } else {
      complain(problems, child, dotted(key, child.key), "a text");
    }
  }
  return texts;
}

Rule read_rule(const YamlNode& node, const std::string& key, const BlockLines& blocks,
               Problems& problems) {
  Rule rule;
  rule.line = node.line;
  MapReader map(node, key, problems);
  const bool records = map.find("record") != nullptr;
  rule.is_alert = map.find("alert") != nullptr;
  if (rule.is_alert == records) {
    map.complain_at(rule.is_alert ? "alert" : "record", "either alert or record",
                    records ? "both" : "neither");
  }
  map.text("alert", rule.name, "the name of an alert");
  map.text("record", rule.name, "the name of a series");
  map.text("expr", rule.expr, "a query");
  const YamlNode* expr = map.require("expr", "a query");
  rule.expr_line = expr == nullptr ? node.line : blocks.text_line(*expr);
  rule.for_s = read_duration(map, "for");
  rule.keep_firing_for_s = read_duration(map, "keep_firing_for");
  rule.labels = read_map(map.find("labels"), map.key_of("labels"), problems);
  rule.annotations = read_map(map.find("annotations"), map.key_of("annotations"), problems);
  if (records && (rule.for_s || rule.keep_firing_for_s || !rule.annotations.empty())) {
    map.complain_at("record", "no for, keep_firing_for or annotations beside record", "one");
  }
  map.finish();
  return rule;
}

RuleGroup read_group(const YamlNode& node, const std::string& key, const BlockLines& blocks,
                     Problems& problems) {
  RuleGroup group;
  group.line = node.line;
  MapReader map(node, key, problems);
  map.text("name", group.name, "the name of a group");
  if (group.name.empty()) map.complain_at("name", "the name of a group", "nothing");
  group.interval_s = read_duration(map, "interval");
  map.find("limit");
  map.each("rules", [&](const YamlNode& rule, const std::string& at) {
    group.rules.push_back(read_rule(rule, at, blocks, problems));
  });
  map.finish();
  return group;
}

}  // namespace

const RuleText* Rule::label(std::string_view wanted) const { return find_text(labels, wanted); }

const RuleText* Rule::annotation(std::string_view wanted) const {
  return find_text(annotations, wanted);
}

Result<RuleFile> parse_rule_file(std::string_view text, const std::string& path) {
  const auto root = parse_yaml(text, path);
  if (!root) return root.error();
  RuleFile file;
  file.path = path;
  file.text = text;
  Problems problems(path);
  const BlockLines blocks(text);
  MapReader map(*root, "", problems);
  map.require("groups", "a list of groups");
  map.each("groups", [&](const YamlNode& group, const std::string& at) {
    file.groups.push_back(read_group(group, at, blocks, problems));
  });
  map.finish();
  if (!problems.none()) return problems.error();
  return file;
}

}  // namespace litewatch

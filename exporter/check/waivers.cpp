#include "check/waivers.h"

#include <fnmatch.h>

#include <algorithm>
#include <utility>

#include "check/finding_rules.h"
#include "config/map_reader.h"
#include "config/suggest.h"

namespace litewatch {
namespace {

/// What is wrong with the name of a rule, as a clause; empty where nothing is.
std::string wrong_rule(std::string_view name) {
  std::vector<std::string_view> ids;
  for (const FindingRule& rule : finding_rules()) ids.push_back(rule.id);
  if (std::ranges::find(ids, name) != ids.end()) return "";
  const auto meant = closest(name, ids);
  return "a rule's id as litetool check --help lists them" +
         (meant ? "; did you mean " + std::string(*meant) + "?" : std::string());
}

Waiver read_waiver(const YamlNode& node, const std::string& key, Problems& problems) {
  Waiver waiver;
  waiver.line = node.line;
  MapReader map(node, key, problems);
  map.text("rule", waiver.rule, "a rule's id", wrong_rule);
  map.text("about", waiver.about, "a glob on what the finding is about");
  map.text("reason", waiver.reason, "the reason");
  for (const char* name : {"rule", "about", "reason"}) map.require(name, "a text");
  map.finish();
  return waiver;
}

bool waives(const Waiver& waiver, const Finding& finding) {
  return waiver.rule == finding.rule &&
         ::fnmatch(waiver.about.c_str(), finding.subject.c_str(), 0) == 0;
}

}  // namespace

Result<Waivers> parse_waivers(std::string_view text, const std::string& file) {
  const auto root = parse_yaml(text, file);
  if (!root) return root.error();
  Waivers waivers{file, {}};
  if (root->kind == YamlNode::Kind::kNothing) return waivers;
  Problems problems(file);
  if (expect_list(*root, "", problems)) {
    for (std::size_t i = 0; i < root->children.size(); ++i) {
      waivers.list.push_back(read_waiver(root->children[i], element("", i), problems));
    }
  }
  if (!problems.none()) return problems.error();
  return waivers;
}

void apply_waivers(const Waivers& waivers, Findings& findings, std::vector<WaivedFinding>& waived) {
  std::vector<bool> used(waivers.list.size());
  Findings kept;
  for (Finding& finding : findings) {
    const Waiver* by = nullptr;
    for (std::size_t i = 0; i < waivers.list.size(); ++i) {
      if (!waives(waivers.list[i], finding)) continue;
      used[i] = true;
      if (by == nullptr) by = &waivers.list[i];
    }
    if (by != nullptr) {
      waived.push_back({std::move(finding), by->reason});
    } else {
      kept.push_back(std::move(finding));
    }
  }
  findings = std::move(kept);
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    const Waiver& waiver = waivers.list[i];
    findings.push_back({"waiver/unused",
                        {waivers.file, waiver.line},
                        waiver.about,
                        "nothing is found that this waiver of " + waiver.rule + " names",
                        "take the waiver out"});
  }
}

}  // namespace litewatch

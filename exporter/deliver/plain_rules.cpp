#include <string>
#include <string_view>
#include <vector>

#include "deliver/deliver.h"
#include "deliver/rule_links.h"
#include "deliver/yaml_edits.h"

namespace litewatch {
namespace {

constexpr std::string_view kRunbooks = "/rules/runbooks/";
constexpr std::string_view kDashboards = "/d/";

std::string_view without_last_slash(std::string_view url) {
  return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

/// What an annotation's link changes to; none: it stays.
std::vector<PartOfValue> absolute(const RuleText& annotation, const DeliveryOptions& options) {
  if (annotation.name == "runbook_url" && annotation.value.starts_with(kRunbooks) &&
      !options.runbooks_url.empty()) {
    return {{0, kRunbooks.size(), std::string(without_last_slash(options.runbooks_url)) + "/"}};
  }
  if (annotation.name == "dashboard_url" && annotation.value.starts_with(kDashboards)) {
    return {{0, 1, std::string(without_last_slash(options.grafana_url)) + "/"}};
  }
  return {};
}

void edit_links(const Rule& rule, const DeliveryOptions& options, YamlEdits& edits) {
  for (const RuleText& annotation : rule.annotations) {
    edits.replace(annotation.name, annotation.line, annotation.value,
                  absolute(annotation, options));
  }
}

}  // namespace

std::string with_absolute_links(const RuleFile& file, const DeliveryOptions& options) {
  YamlEdits edits(file.text);
  for (const RuleGroup& group : file.groups) {
    for (const Rule& rule : group.rules) edit_links(rule, options, edits);
  }
  return edits.text();
}

Delivery plain_rules(const RuleSet& rules, const DeliveryOptions& options) {
  Delivery delivery;
  for (const auto* files : {&rules.recording, &rules.alerts}) {
    for (const RuleFile& file : *files) delivery[file.path] = with_absolute_links(file, options);
  }
  return delivery;
}

}  // namespace litewatch

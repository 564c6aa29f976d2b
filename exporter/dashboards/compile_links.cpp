#include <algorithm>

#include "dashboards/panel_json.h"

namespace litewatch {
namespace {

const Dashboard* find_dashboard(const DashboardSet& set, const std::string& name) {
  const auto found = std::ranges::find(set.dashboards, name, &Dashboard::name);
  return found == set.dashboards.end() ? nullptr : &*found;
}

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

/// The value that is clicked at, in Grafana's words.
std::string clicked(const std::string& label, PanelType type) {
  return (type == PanelType::kTable ? "${__data.fields." : "${__field.labels.") + label + "}";
}

/// The variables that a link takes along: the labels of what was clicked at, and what is chosen on
/// this dashboard where the other one has the same variable.
std::string parameters(const PanelLink& link, const Dashboard& target, PanelType type,
                       const Dashboard& here) {
  std::string text;
  for (const std::string& label : link.with) {
    text += "&var-" + label + "=" + clicked(label, type);
  }
  for (const std::string& name : here.variables) {
    if (has(target.variables, name) && !has(link.with, name)) text += "&${" + name + ":queryparam}";
  }
  return text;
}

std::string url_of(const PanelLink& link, PanelType type, const CompileContext& context) {
  if (!link.runbook.empty()) return context.links.runbooks + link.runbook + ".md";
  const Dashboard* target = find_dashboard(context.set, link.dashboard);
  if (target == nullptr) return "/d/" + link.dashboard;
  return "/d/" + target->uid + "?${datasource:queryparam}" +
         parameters(link, *target, type, context.dashboard) + "&${__url_time_range}";
}

/// Links in a panel's corner have the shape of a dashboard's, of which they use three keys.
Json corner_link(const PanelLink& link, PanelType type, const CompileContext& context) {
  Json json = {
      {"asDropdown", false},   {"icon", ""},    {"includeVars", false}, {"keepTime", false},
      {"tags", Json::array()}, {"tooltip", ""}, {"type", "link"}};
  json.update(link_json(link, type, context));
  return json;
}

}  // namespace

Json compile_links_bar(const Dashboard& dashboard) {
  if (dashboard.tags.empty()) return Json::array();
  return Json::array({{{"asDropdown", false},
                       {"icon", "external link"},
                       {"includeVars", true},
                       {"keepTime", true},
                       {"tags", Json::array({dashboard.tags.front()})},
                       {"targetBlank", false},
                       {"title", dashboard.tags.front()},
                       {"tooltip", ""},
                       {"type", "dashboards"},
                       {"url", ""}}});
}

Json link_json(const PanelLink& link, PanelType type, const CompileContext& context) {
  return {{"targetBlank", !link.runbook.empty()},
          {"title", link.title},
          {"url", url_of(link, type, context)}};
}

Json panel_links(const Panel& panel, const CompileContext& context) {
  Json links = Json::array();
  for (const PanelLink& link : panel.links) {
    if (link.with.empty()) links.push_back(corner_link(link, panel.type, context));
  }
  return links;
}

Json value_links(const Panel& panel, const CompileContext& context) {
  Json links = Json::array();
  for (const PanelLink& link : panel.links) {
    if (!link.with.empty()) links.push_back(link_json(link, panel.type, context));
  }
  return links;
}

}  // namespace litewatch

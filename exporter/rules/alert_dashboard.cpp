#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"
#include "config/suggest.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

constexpr std::string_view kPath = "/d/";
constexpr std::string_view kVariable = "var-";

/// "/d/UID?var-app=…&var-db=…".
struct DashboardUrl {
  std::string uid;
  std::set<std::string> variables;
  bool well_formed = false;
};

DashboardUrl parse_url(std::string_view url) {
  DashboardUrl parsed;
  if (!url.starts_with(kPath)) return parsed;
  url.remove_prefix(kPath.size());
  const std::size_t question = std::min(url.find('?'), url.size());
  parsed.uid = url.substr(0, question);
  url.remove_prefix(std::min(question + 1, url.size()));
  while (!url.empty()) {
    const std::size_t end = std::min(url.find('&'), url.size());
    const std::string_view pair = url.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals + 1 == pair.size()) return parsed;
    if (pair.starts_with(kVariable)) {
      parsed.variables.emplace(pair.substr(kVariable.size(), equals - kVariable.size()));
    }
    url.remove_prefix(std::min(end + 1, url.size()));
  }
  parsed.well_formed = true;
  return parsed;
}

std::string mend_uid(const std::string& uid, const DashboardIndex& dashboards) {
  std::vector<std::string_view> known;
  for (const auto& [name, variables] : dashboards) known.push_back(name);
  const auto meant = closest(uid, known);
  return meant ? "did you mean " + std::string(*meant) + "?"
               : "use the uid of a file in dashboards/";
}

}  // namespace

void check_alert_dashboard(const CheckedRule& alert, const DashboardIndex& dashboards,
                           Findings& findings) {
  const Rule& rule = *alert.rule;
  const RuleText* link = rule.annotation("dashboard_url");
  const auto find = [&](const std::string& what, const std::string& mend) {
    findings.push_back({"alert/dashboard", alert.place(link == nullptr ? rule.line : link->line),
                        rule.name, what, mend});
  };
  constexpr const char* kShape = "write /d/UID?var-app={{ $labels.app }}";
  if (link == nullptr) return find("it has no dashboard_url", kShape);
  const DashboardUrl url = parse_url(link->value);
  if (!url.well_formed) return find("dashboard_url is not a path of a dashboard", kShape);
  const auto dashboard = dashboards.find(url.uid);
  if (dashboard == dashboards.end()) {
    return find("there is no dashboard with uid " + in_quotes(url.uid),
                mend_uid(url.uid, dashboards));
  }
  for (const std::string& variable : url.variables) {
    if (dashboard->second.count(variable) > 0) continue;
    find("dashboard " + url.uid + " has no variable " + in_quotes(variable),
         "take var-" + variable + " out, or add the variable to the dashboard");
  }
  const bool has_app = alert.query && alert.query->labels.names.count("app") > 0;
  if (has_app && dashboard->second.count("app") > 0 && url.variables.count("app") == 0) {
    find("dashboard_url does not go on with the app", "add var-app={{ $labels.app }}");
  }
}

}  // namespace litewatch

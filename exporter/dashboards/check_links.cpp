#include <algorithm>
#include <string>
#include <utility>

#include "config/problems.h"
#include "dashboards/dashboard_check.h"

namespace litewatch {
namespace {

constexpr const char* kRule = "dashboard/link";

bool has(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

class Links {
 public:
  Links(const DashboardCheck& check, const Dashboard& dashboard, const Panel& panel)
      : check_(check), dashboard_(dashboard), panel_(panel) {}

  void look() {
    for (const PanelLink& link : panel_.links) look(link);
    for (const PanelQuery& query : panel_.queries) {
      if (query.link) look(*query.link);
    }
  }

 private:
  void look(const PanelLink& link) {
    if (link.dashboard.empty() == link.runbook.empty()) {
      find(link, "leads nowhere or to two places", "give it a dashboard or a runbook");
    }
    if (!link.runbook.empty()) look_at_runbook(link);
    if (!link.dashboard.empty()) look_at_dashboard(link);
    if (panel_.type == PanelType::kTable) look_at_key(link);
  }

  void look_at_runbook(const PanelLink& link) {
    if (check_.around.runbooks.count(link.runbook) > 0) return;
    find(link, "leads to runbook " + in_quotes(link.runbook) + ", which is not there",
         "name an alert that has a runbook");
  }

  void look_at_dashboard(const PanelLink& link) {
    const Dashboard* target = find_dashboard(check_.set, link.dashboard);
    if (target == nullptr) {
      return find(link, "leads to dashboard " + in_quotes(link.dashboard) + ", which is not there",
                  "name one by its file, e.g. sqlite");
    }
    for (const std::string& label : link.with) {
      if (has(target->variables, label)) continue;
      find(link, "goes on with " + in_quotes(label) + ", which is no variable of " + target->name,
           "leave it out, or add the variable there");
    }
  }

  void look_at_key(const PanelLink& link) {
    for (const std::string& label : link.with) {
      if (has(panel_.key, label)) continue;
      find(link, "goes on with " + in_quotes(label) + ", which is no column of the table's key",
           "leave it out, or add it to the key");
    }
  }

  void find(const PanelLink& link, const std::string& what, std::string mend) {
    check_.find(kRule, {dashboard_.path, link.line}, subject_of(dashboard_, panel_),
                "link " + in_quotes(link.title) + " " + what, std::move(mend));
  }

  const DashboardCheck& check_;
  const Dashboard& dashboard_;
  const Panel& panel_;
};

}  // namespace

void check_links(const DashboardCheck& check) {
  for_each_panel(check.set, [&](const Dashboard& dashboard, const Panel& panel) {
    Links(check, dashboard, panel).look();
  });
}

}  // namespace litewatch

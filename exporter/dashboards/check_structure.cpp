#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "check/query_check.h"
#include "config/problems.h"
#include "dashboards/dashboard_check.h"
#include "dashboards/may_be_empty.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostPanels = 30;
constexpr std::size_t kMostQueries = 60;
constexpr std::size_t kLongestUid = 40;

void check_uid(const DashboardCheck& check, const Dashboard& dashboard) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string& uid = dashboard.uid;
  if (!uid.empty() && uid.size() <= kLongestUid &&
      uid.find_first_not_of(kLetters) == std::string::npos) {
    return;
  }
  check.find("dashboard/identity", {dashboard.path, 1}, dashboard.name,
             "uid " + in_quotes(uid) + " is not one that every Grafana takes",
             "use at most 40 small letters, digits and dashes");
}

/// Finds the dashboards whose `key` of all others is taken.
void check_unique(const DashboardCheck& check, const char* key, std::string Dashboard::*member) {
  std::map<std::string, std::string> owners;
  for (const Dashboard& dashboard : check.set.dashboards) {
    const auto [owner, is_new] = owners.emplace(dashboard.*member, dashboard.name);
    if (is_new) continue;
    check.find("dashboard/identity", {dashboard.path, 1}, dashboard.name,
               std::string(key) + " " + in_quotes(dashboard.*member) + " is that of " +
                   owner->second + ", too",
               "give it one of its own");
  }
}

class Structure {
 public:
  Structure(const DashboardCheck& check, const Dashboard& dashboard)
      : check_(check), dashboard_(dashboard) {}

  void look() {
    check_uid(check_, dashboard_);
    if (dashboard_.description.empty()) {
      find("dashboard/description", 1, "it has no description", "say what it answers");
    }
    look_at_names();
    look_at_sizes();
    look_at_variables();
    for (const DashboardRow& row : dashboard_.rows) {
      for (const Panel& panel : row.panels) look(panel);
    }
  }

 private:
  void look(const Panel& panel) {
    if (panel.type == PanelType::kText) return;
    const auto find_panel = [&](const char* rule, std::string what, std::string mend) {
      check_.find(rule, {dashboard_.path, panel.line}, subject_of(dashboard_, panel),
                  std::move(what), std::move(mend));
    };
    if (panel.description.empty()) {
      find_panel("dashboard/description", "the panel has no description",
                 "say what it shows and what to do when it is bad");
    }
    if (!panel.needs.empty() && panel.empty.empty()) {
      find_panel("dashboard/empty", "it needs a fault to have data, and does not say so",
                 "say in `empty` what no data means");
    } else if (panel.empty.empty() && may_have_no_data(panel)) {
      find_panel("dashboard/empty", "it may have no data, and does not say why",
                 "say in `empty` what no data means");
    }
  }

  static bool may_have_no_data(const Panel& panel) {
    return std::all_of(panel.queries.begin(), panel.queries.end(), [](const PanelQuery& query) {
      const auto parsed = parse_query(query.expr);
      return query.is_limit || (parsed.expr && may_be_empty(*parsed.expr));
    });
  }

  void look_at_names() {
    std::set<std::string> titles;
    for (const DashboardRow& row : dashboard_.rows) {
      for (const Panel& panel : row.panels) {
        if (panel.title.empty() || titles.insert(panel.title).second) continue;
        find("dashboard/identity", panel.line,
             "panel title " + in_quotes(panel.title) + " is there twice",
             "call the panels differently: people speak of them by their titles");
      }
    }
  }

  void look_at_sizes() {
    std::size_t panels = 0;
    std::size_t queries = 0;
    for (const DashboardRow& row : dashboard_.rows) {
      panels += row.panels.size();
      for (const Panel& panel : row.panels) queries += panel.queries.size();
    }
    too_many("panels", panels, kMostPanels);
    too_many("queries", queries, kMostQueries);
  }

  void too_many(const std::string& what, std::size_t count, std::size_t most) {
    if (count <= most) return;
    find("dashboard/size", 1, std::to_string(count) + " " + what + " are slow to load and to read",
         "keep to " + std::to_string(most) + ", or make two dashboards");
  }

  void look_at_variables() {
    for (const std::string& name : dashboard_.annotations) {
      if (find_annotation(check_.set, name) == nullptr) undefined("annotation", name);
    }
    for (const std::string& name : dashboard_.variables) {
      if (find_variable(check_.set, name) == nullptr) undefined("variable", name);
    }
    for (const auto& [name, line] : named()) {
      if (name == "datasource" || has(dashboard_.variables, name)) continue;
      find("dashboard/variable", line, "$" + name + " is no variable of the dashboard",
           "add it to `variables`, or write another");
    }
  }

  void undefined(const std::string& kind, const std::string& name) {
    find("dashboard/variable", 1, kind + " " + in_quotes(name) + " is not in dashboards/common.yml",
         "define it there, or leave it out");
  }

  static bool has(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
  }

  /// The variables that queries and texts name, each with the first line that does.
  std::map<std::string, int> named() const {
    std::map<std::string, int> names;
    const auto add = [&](std::string_view text, int line) {
      for (const std::string& name : variables_in(text)) names.emplace(name, line);
    };
    for (const DashboardRow& row : dashboard_.rows) {
      add(row.title, row.line);
      for (const Panel& panel : row.panels) {
        for (const std::string* text : {&panel.title, &panel.description, &panel.text}) {
          add(*text, panel.line);
        }
        for (const PanelQuery& query : panel.queries) add(query.expr, query.line);
      }
    }
    return names;
  }

  void find(const char* rule, int line, std::string what, std::string mend) {
    check_.find(rule, {dashboard_.path, line}, dashboard_.name, std::move(what), std::move(mend));
  }

  const DashboardCheck& check_;
  const Dashboard& dashboard_;
};

}  // namespace

void check_structure(const DashboardCheck& check) {
  check_unique(check, "uid", &Dashboard::uid);
  check_unique(check, "title", &Dashboard::title);
  for (const Dashboard& dashboard : check.set.dashboards) Structure(check, dashboard).look();
}

}  // namespace litewatch

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "config/problems.h"
#include "rules/alert_match.h"
#include "rules/checks.h"

namespace litewatch {
namespace {

/// Follows alerts through the tree of routes.
class Routes {
 public:
  Routes(const RuleChecks& checks, Findings& findings)
      : checks_(checks), routing_(*checks.rules.routing), findings_(findings) {}

  void check() {
    if (routing_.root.receiver.empty()) {
      find("routing/receiver", routing_.root.line, "route", "the root has no receiver",
           "name one: alerts that no route takes go to it");
    }
    for (const CheckedRule& alert : checks_.alerts) follow(routing_.root, alert);
    check_route(routing_.root, "");
    check_receivers();
  }

 private:
  void find(const char* rule, int line, const std::string& subject, const std::string& what,
            const std::string& mend) {
    findings_.push_back({rule, {routing_.path, line}, subject, what, mend});
  }

  /// The first child that surely matches ends the search, unless it says `continue`.
  void follow(const Route& route, const CheckedRule& alert) {
    reached_.insert(&route);
    for (const Route& child : route.routes) {
      const Match match = match_all(child.matchers, alert);
      if (match == Match::kNo) continue;
      follow(child, alert);
      if (match == Match::kYes && !child.goes_on) return;
    }
  }

  void check_route(const Route& route, const std::string& inherited) {
    const std::string& receiver = route.receiver.empty() ? inherited : route.receiver;
    led_to_.insert(receiver);
    if (!receiver.empty() && !is_defined(receiver) && !route.receiver.empty()) {
      find("routing/receiver", route.line, receiver, "there is no receiver " + in_quotes(receiver),
           "define it under receivers");
    }
    if (reached_.count(&route) == 0) {
      find("routing/route", route.line, receiver, "no alert can reach this route",
           "mend its matchers, or the route before it that takes all");
    }
    for (const std::string& label : route.group_by) check_group_label(route, receiver, label);
    for (const Route& child : route.routes) check_route(child, receiver);
  }

  void check_group_label(const Route& route, const std::string& receiver,
                         const std::string& label) {
    const bool found =
        label == "..." || std::ranges::any_of(checks_.alerts, [&](const auto& alert) {
          return guess_label(alert, label).possible;
        });
    if (found) return;
    find("routing/label", route.line, receiver,
         "group_by names label " + in_quotes(label) + ", which no alert has", "take it out");
  }

  bool is_defined(const std::string& receiver) const {
    return std::ranges::find(routing_.receivers, receiver, &Receiver::name) !=
           routing_.receivers.end();
  }

  void check_receivers() {
    for (const Receiver& receiver : routing_.receivers) {
      if (led_to_.count(receiver.name) > 0) continue;
      find("routing/receiver", receiver.line, receiver.name, "no route leads to it",
           "add a route, or remove it");
    }
  }

  const RuleChecks& checks_;
  const AlertRouting& routing_;
  Findings& findings_;
  std::set<const Route*> reached_;
  std::set<std::string> led_to_;
};

}  // namespace

void check_routes(const RuleChecks& checks, Findings& findings) {
  if (checks.rules.routing) return Routes(checks, findings).check();
  findings.push_back({"routing/receiver", Place{"rules/alertmanager.yml"}, "",
                      "there is no configuration of Alertmanager that can be read: alerts reach "
                      "nobody",
                      "write or mend the file"});
}

}  // namespace litewatch

#include <map>
#include <string>
#include <vector>

#include "rules/checks.h"

namespace litewatch {
namespace {

/// Where a series is recorded.
using Recorders = std::map<std::string, std::vector<const CheckedRule*>>;

enum class Order { kAfter, kBefore, kElsewhere };

/// Rules of one group lie in one array, in their order.
Order order_of(const CheckedRule& user, const std::vector<const CheckedRule*>& recorders) {
  Order best = Order::kElsewhere;
  for (const CheckedRule* recorder : recorders) {
    if (recorder->group != user.group) continue;
    if (recorder->rule < user.rule) return Order::kBefore;
    best = Order::kAfter;
  }
  return best;
}

}  // namespace

void check_order(const RuleChecks& checks, Findings& findings) {
  Recorders recorders;
  for (const CheckedRule& rule : checks.recording) recorders[rule.rule->name].push_back(&rule);
  for (const CheckedRule& rule : checks.recording) {
    if (!rule.query) continue;
    for (const std::string& metric : metrics_in(*rule.query->expr)) {
      const auto recorded = recorders.find(metric);
      if (recorded == recorders.end()) continue;
      const Order order = order_of(rule, recorded->second);
      if (order == Order::kBefore) continue;
      findings.push_back({"rule/order", rule.place(rule.rule->line), rule.rule->name,
                          order == Order::kAfter
                              ? "it derives from " + metric + ", which is recorded after it"
                              : "it derives from " + metric +
                                    ", which another group records: it "
                                    "lags by one interval",
                          "put it after " + metric + " in the same group"});
    }
  }
}

}  // namespace litewatch

#include "dashboards/may_be_empty.h"

#include <string>
#include <string_view>
#include <variant>

#include "catalogue/catalogue.h"
#include "dashboards/dashboard_check.h"
#include "promql/functions.h"

namespace litewatch {
namespace {

using namespace promql;

/// The row of a metric or of the histogram whose series it is.
const MetricDesc* row_of(std::string_view name) {
  if (const auto metric = find_metric(name)) return &describe(*metric);
  for (const std::string_view suffix : {"_bucket", "_count", "_sum"}) {
    if (!name.ends_with(suffix)) continue;
    const auto metric = find_metric(name.substr(0, name.size() - suffix.size()));
    if (metric) return &describe(*metric);
  }
  return nullptr;
}

bool of_node(const NumberLiteral&) { return false; }
bool of_node(const StringLiteral&) { return false; }
bool of_node(const Paren& node) { return may_be_empty(*node.expr); }
bool of_node(const Unary& node) { return may_be_empty(*node.expr); }
bool of_node(const Subquery& node) { return may_be_empty(*node.expr); }
bool of_node(const Aggregation& node) { return may_be_empty(*node.expr); }

bool of_node(const Selector& node) {
  const std::string name = metric_of(node);
  if (name == "up" || name.starts_with("scrape_")) return false;
  const MetricDesc* row = row_of(name);
  return row == nullptr || !row->condition.empty();
}

bool of_node(const Call& node) {
  const std::string_view name = node.function->name;
  if (name == "absent" || name == "absent_over_time") return true;
  if (name == "scalar") return false;
  for (const ExprPtr& argument : node.arguments) {
    if (may_be_empty(*argument)) return true;
  }
  return false;
}

bool of_node(const Binary& node) {
  const bool left = may_be_empty(*node.left);
  const bool right = may_be_empty(*node.right);
  if (node.op == "or") return left && right;
  if (node.op == "unless") return true;
  return left || right || (node.is_comparison() && !node.returns_bool);
}

}  // namespace

bool may_be_empty(const Expr& query) {
  return std::visit([](const auto& node) { return of_node(node); }, query.node);
}

}  // namespace litewatch

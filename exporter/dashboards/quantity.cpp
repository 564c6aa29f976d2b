#include "dashboards/quantity.h"

#include <algorithm>
#include <array>
#include <string>
#include <variant>

#include "catalogue/catalogue.h"
#include "dashboards/dashboard_check.h"
#include "dashboards/selectors.h"
#include "promql/functions.h"

namespace litewatch {
namespace {

using namespace promql;
using MaybeQuantity = std::optional<Quantity>;

constexpr Quantity kNumber;

/// Functions of which it is known what they make of their argument.
constexpr auto kPerSecond = std::to_array<std::string_view>({"deriv", "irate", "rate"});
constexpr auto kCounting =
    std::to_array<std::string_view>({"absent", "absent_over_time", "changes", "count_over_time",
                                     "present_over_time", "resets", "sgn"});
constexpr auto kKeeping = std::to_array<std::string_view>({"abs",
                                                           "avg_over_time",
                                                           "ceil",
                                                           "clamp",
                                                           "clamp_max",
                                                           "clamp_min",
                                                           "delta",
                                                           "floor",
                                                           "idelta",
                                                           "increase",
                                                           "label_join",
                                                           "label_replace",
                                                           "last_over_time",
                                                           "max_over_time",
                                                           "min_over_time",
                                                           "predict_linear",
                                                           "quantile_over_time",
                                                           "round",
                                                           "scalar",
                                                           "sort",
                                                           "sort_desc",
                                                           "stddev_over_time",
                                                           "sum_over_time",
                                                           "vector"});

template <class Names>
bool stands_in(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool take_suffix(std::string_view& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  return true;
}

Quantity of_unit(Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return {.bytes = 1};
    case Unit::kSeconds:
      return {.seconds = 1};
    case Unit::kTimestampSeconds:
      return {.is_time = true};
    case Unit::kRatio:
      return {.is_share = true};
    case Unit::kNone:
      break;
  }
  return kNumber;
}

/// By the last word, where the name says a unit at all.
MaybeQuantity of_last_word(std::string_view name) {
  take_suffix(name, "_total");
  if (name.ends_with("timestamp_seconds")) return of_unit(Unit::kTimestampSeconds);
  if (name.ends_with("seconds")) return of_unit(Unit::kSeconds);
  if (name.ends_with("bytes")) return of_unit(Unit::kBytes);
  if (name.ends_with("ratio")) return of_unit(Unit::kRatio);
  return std::nullopt;
}

/// The words of "seconds_deriv6h" are seconds and deriv6h.
bool has_word(std::string_view words, std::string_view start) {
  while (!words.empty()) {
    if (words.starts_with(start)) return true;
    const std::size_t end = words.find('_');
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
  }
  return false;
}

/// "level:metric:operations": the operations come last, so they say it first.
MaybeQuantity of_recorded(std::string_view name) {
  const std::size_t last = name.rfind(':');
  const std::string_view operations = name.substr(last + 1);
  if (has_word(operations, "ratio")) return of_unit(Unit::kRatio);
  if (has_word(operations, "seconds")) return of_unit(Unit::kSeconds);
  if (has_word(operations, "bytes")) return of_unit(Unit::kBytes);
  if (has_word(operations, "count")) return kNumber;
  const std::string_view before = name.substr(0, last);
  MaybeQuantity quantity = of_last_word(before.substr(before.rfind(':') + 1));
  if (quantity && has_word(operations, "rate")) --quantity->seconds;
  return quantity;
}

MaybeQuantity of_metric(std::string_view name) {
  if (name.find(':') != std::string_view::npos) return of_recorded(name);
  if (const auto metric = find_metric(name)) return of_unit(describe(*metric).unit);
  const bool counts = take_suffix(name, "_bucket") || take_suffix(name, "_count");
  if (!counts) take_suffix(name, "_sum");
  if (const auto metric = find_metric(name)) {
    return counts ? kNumber : of_unit(describe(*metric).unit);
  }
  return of_last_word(name);
}

MaybeQuantity of(const Expr& expr);

MaybeQuantity of_node(const NumberLiteral&) { return kNumber; }
MaybeQuantity of_node(const StringLiteral&) { return std::nullopt; }
MaybeQuantity of_node(const Paren& node) { return of(*node.expr); }
MaybeQuantity of_node(const Unary& node) { return of(*node.expr); }
MaybeQuantity of_node(const Subquery& node) { return of(*node.expr); }
MaybeQuantity of_node(const Selector& node) { return of_metric(metric_of(node)); }

MaybeQuantity of_node(const Aggregation& node) {
  if (node.op == "count" || node.op == "count_values" || node.op == "group") return kNumber;
  if (node.op == "stdvar") return std::nullopt;
  return of(*node.expr);
}

const Expr* vector_argument(const Call& call) {
  const auto found = std::find_if(call.arguments.begin(), call.arguments.end(), [](const auto& a) {
    return a->type() == ValueType::kInstantVector || a->type() == ValueType::kRangeVector;
  });
  if (found != call.arguments.end()) return found->get();
  return call.arguments.empty() ? nullptr : call.arguments.front().get();
}

MaybeQuantity of_node(const Call& node) {
  const std::string_view name = node.function->name;
  if (name == "time" || name == "timestamp") return of_unit(Unit::kTimestampSeconds);
  if (stands_in(kCounting, name)) return kNumber;
  const Expr* argument = vector_argument(node);
  if (argument == nullptr) return std::nullopt;
  if (name == "histogram_quantile") return quantity_of_buckets(*argument);
  if (stands_in(kKeeping, name)) return of(*argument);
  if (!stands_in(kPerSecond, name)) return std::nullopt;
  MaybeQuantity quantity = of(*argument);
  if (!quantity || quantity->is_time || quantity->is_share) return std::nullopt;
  --quantity->seconds;
  return quantity;
}

std::optional<double> literal(const Expr& expr) {
  const auto* number = std::get_if<NumberLiteral>(&unwrap(expr).node);
  return number != nullptr ? std::optional<double>(number->value) : std::nullopt;
}

/// Times a plain number. Only of what Grafana has units for is a multiple followed.
MaybeQuantity scaled(const Quantity& quantity, double by) {
  const bool followed =
      quantity.is_time || quantity.is_share || (quantity.bytes == 0 && quantity.seconds == 1);
  if (by == 0) return std::nullopt;
  if (quantity == kNumber || by == 1) return quantity;
  if (!followed) return std::nullopt;
  Quantity result = quantity;
  result.factor *= by;
  return result;
}

bool has_power(const Quantity& quantity) { return quantity.bytes != 0 || quantity.seconds != 0; }

MaybeQuantity product(const Quantity& left, const Quantity& right, int sign) {
  if (left.is_time || right.is_time || left.factor != 1 || right.factor != 1) return std::nullopt;
  Quantity result{left.bytes + sign * right.bytes, left.seconds + sign * right.seconds};
  const bool shares = left.is_share && right.is_share;
  result.is_share = !has_power(result) && (has_power(left) || shares);
  return result;
}

MaybeQuantity times(const Binary& node, const MaybeQuantity& left, const MaybeQuantity& right) {
  const int sign = node.op == "*" ? 1 : -1;
  if (const auto number = literal(*node.right); number && left) {
    return scaled(*left, sign > 0 ? *number : 1 / *number);
  }
  if (const auto number = literal(*node.left); number && right && sign > 0) {
    return scaled(*right, *number);
  }
  if (!left || !right) return std::nullopt;
  return product(*left, *right, sign);
}

MaybeQuantity plus(const Binary& node, const MaybeQuantity& left, const MaybeQuantity& right) {
  if (literal(*node.right)) return left;
  if (literal(*node.left)) return right;
  if (!left || !right) return std::nullopt;
  if (left->is_time && right->is_time) {
    return node.op == "-" ? MaybeQuantity({.seconds = 1, .factor = left->factor}) : std::nullopt;
  }
  return left->is_time || !right->is_time ? left : right;
}

MaybeQuantity of_node(const Binary& node) {
  if (node.returns_bool) return kNumber;
  const MaybeQuantity left = of(*node.left);
  const MaybeQuantity right = of(*node.right);
  if (node.op == "*" || node.op == "/") return times(node, left, right);
  if (node.op == "+" || node.op == "-") return plus(node, left, right);
  if (node.op == "or") return left ? left : right;
  if (node.is_set() || node.op == "%") return left;
  if (!node.is_comparison()) return std::nullopt;
  return node.left->type() == ValueType::kScalar ? right : left;
}

MaybeQuantity of(const Expr& expr) {
  return std::visit([](const auto& node) { return of_node(node); }, expr.node);
}

}  // namespace

std::optional<Quantity> quantity_of(const Expr& query) { return of(query); }

std::optional<Quantity> quantity_of_buckets(const Expr& query) {
  std::optional<Quantity> found;
  for_each_selector(query, [&](const Selector& selector) {
    const std::string name = metric_of(selector);
    std::string_view base = name;
    if (!found && take_suffix(base, "_bucket")) found = of_metric(base);
  });
  return found;
}

}  // namespace litewatch

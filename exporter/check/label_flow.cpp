#include "check/label_flow.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "config/problems.h"
#include "promql/functions.h"

namespace litewatch {
namespace {

using namespace promql;

constexpr const char* kUnknownMetric = "promql/metric";
constexpr const char* kUnknownLabel = "promql/label";
constexpr const char* kJoin = "promql/join";

std::string listed(const FlowLabels& labels) {
  std::string text;
  for (const std::string& name : labels.names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

/// The value of a string argument; empty where it is something else.
std::string text_of(const Expr& expr) {
  const auto* literal = std::get_if<StringLiteral>(&unwrap(expr).node);
  return literal != nullptr ? literal->value : "";
}

class Flow {
 public:
  Flow(const Vocabulary& vocabulary, QueryFindings& findings)
      : vocabulary_(vocabulary), findings_(findings) {}

  FlowLabels of(const Expr& expr) {
    return std::visit([&](const auto& node) { return follow(node, expr.span); }, expr.node);
  }

 private:
  void find(const char* rule, std::string what, std::string mend, Span span) {
    findings_.push_back({rule, std::move(what), std::move(mend), span});
  }

  void expect_label(const FlowLabels& labels, const std::string& label, const char* rule,
                    std::string_view where, Span span) {
    if (labels.may_have(label)) return;
    find(rule, "label " + in_quotes(label) + " " + std::string(where) + " cannot be there",
         "labels at this place: " + listed(labels), span);
  }

  FlowLabels follow(const NumberLiteral&, Span) { return {}; }
  FlowLabels follow(const StringLiteral&, Span) { return {}; }
  FlowLabels follow(const Paren& node, Span) { return of(*node.expr); }
  FlowLabels follow(const Unary& node, Span) { return of(*node.expr); }
  FlowLabels follow(const Subquery& node, Span) { return of(*node.expr); }

  FlowLabels follow(const Selector& node, Span span) {
    std::string name = node.metric;
    for (const Matcher& matcher : node.matchers) {
      if (matcher.label != "__name__") continue;
      if (matcher.op != Matcher::Op::kEqual) return {{}, true};  // any metric
      name = matcher.value;
    }
    if (name.empty()) return {{}, true};
    const Vocabulary::Series* series = vocabulary_.find(name);
    if (series == nullptr) {
      const std::string nearest = vocabulary_.nearest(name);
      find(kUnknownMetric, "there is no metric " + in_quotes(name),
           nearest.empty() ? "name one of the catalogue or of a recording rule"
                           : "did you mean " + nearest + "?",
           span);
      return {{}, true};
    }
    FlowLabels labels{series->labels, series->open};
    for (const Matcher& matcher : node.matchers) {
      if (matcher.label == "__name__") continue;
      expect_label(labels, matcher.label, kUnknownLabel, "in a matcher of " + name, matcher.span);
    }
    return labels;
  }

  FlowLabels follow(const Call& node, Span span) {
    const std::string_view name = node.function->name;
    FlowLabels labels;
    const Expr* vector = nullptr;
    for (const ExprPtr& argument : node.arguments) {
      const ValueType type = argument->type();
      FlowLabels found = of(*argument);
      if (type != ValueType::kInstantVector && type != ValueType::kRangeVector) continue;
      labels = std::move(found);
      vector = argument.get();
    }
    if (name == "absent" || name == "absent_over_time") return absent_labels(*vector);
    if (node.function->result == ValueType::kScalar || name == "vector") return {};
    if (name == "histogram_quantile") labels.names.erase("le");
    if (name == "label_replace" || name == "label_join") relabel(node, labels, span);
    return labels;
  }

  /// absent() makes labels of what its selector asks for exactly.
  FlowLabels absent_labels(const Expr& argument) {
    FlowLabels labels;
    const auto* selector = std::get_if<Selector>(&unwrap(argument).node);
    if (selector == nullptr) return labels;
    for (const Matcher& matcher : selector->matchers) {
      if (matcher.op == Matcher::Op::kEqual) labels.names.insert(matcher.label);
    }
    labels.names.erase("__name__");
    return labels;
  }

  void relabel(const Call& node, FlowLabels& labels, Span span) {
    const bool replace = node.function->name == "label_replace";
    const std::size_t first_source = 3;
    const std::size_t end = replace ? first_source + 1 : node.arguments.size();
    for (std::size_t i = first_source; i < end; ++i) {
      const std::string source = text_of(*node.arguments[i]);
      if (!source.empty()) expect_label(labels, source, kUnknownLabel, "as a source", span);
    }
    labels.names.insert(text_of(*node.arguments[1]));
  }

  FlowLabels follow(const Aggregation& node, Span span) {
    FlowLabels inner = of(*node.expr);
    if (node.parameter) of(*node.parameter);
    for (const std::string& label : node.labels) {
      expect_label(inner, label, kUnknownLabel,
                   node.keep == Aggregation::Keep::kBy ? "in by()" : "in without()", span);
    }
    // They choose among the series and keep them as they are.
    if (node.op == "topk" || node.op == "bottomk") return inner;
    FlowLabels labels;
    if (node.keep == Aggregation::Keep::kBy) {
      labels.names.insert(node.labels.begin(), node.labels.end());
    } else if (node.keep == Aggregation::Keep::kWithout) {
      labels = std::move(inner);
      for (const std::string& label : node.labels) labels.names.erase(label);
    }
    if (node.op == "count_values") labels.names.insert(text_of(*node.parameter));
    return labels;
  }

  FlowLabels follow(const Binary& node, Span span) {
    FlowLabels left = of(*node.left);
    FlowLabels right = of(*node.right);
    if (node.left->type() == ValueType::kScalar) return right;
    if (node.right->type() == ValueType::kScalar) return left;
    check_join(node, left, right, span);
    if (node.op == "or") {
      left.names.insert(right.names.begin(), right.names.end());
      left.open |= right.open;
      return left;
    }
    if (node.is_set()) return left;
    return joined(node.matching, std::move(left), std::move(right));
  }

  void check_join(const Binary& node, const FlowLabels& left, const FlowLabels& right, Span span) {
    const Matching& matching = node.matching;
    for (const std::string& label : matching.labels) {
      const std::string where = matching.on ? "in on()" : "in ignoring()";
      if (matching.on || !right.may_have(label)) {
        expect_label(left, label, kJoin, where + " on the left side", span);
      }
      if (matching.on || !left.may_have(label)) {
        expect_label(right, label, kJoin, where + " on the right side", span);
      }
    }
    const FlowLabels& one = matching.group == Matching::Group::kRight ? left : right;
    for (const std::string& label : matching.included) {
      expect_label(one, label, kJoin, "brought over by the group", span);
    }
    if (node.op != "or" && !matching.given && !left.open && !right.open)
      check_same(left, right, span);
  }

  /// Without on() and ignoring() all labels have to be equal: what only one side has must be empty.
  void check_same(const FlowLabels& left, const FlowLabels& right, Span span) {
    std::set<std::string> different;
    std::set_symmetric_difference(left.names.begin(), left.names.end(), right.names.begin(),
                                  right.names.end(), std::inserter(different, different.end()));
    if (different.empty()) return;
    find(kJoin, "the sides differ in " + listed({different, false}) + ", so that nothing matches",
         "say on(...) or ignoring(...)", span);
  }

  static FlowLabels joined(const Matching& matching, FlowLabels left, FlowLabels right) {
    if (matching.group == Matching::Group::kRight) std::swap(left, right);
    if (matching.group != Matching::Group::kNone) {
      left.names.insert(matching.included.begin(), matching.included.end());
      return left;
    }
    if (!matching.on) {
      for (const std::string& label : matching.labels) left.names.erase(label);
      return left;
    }
    return {{matching.labels.begin(), matching.labels.end()}, false};
  }

  const Vocabulary& vocabulary_;
  QueryFindings& findings_;
};

}  // namespace

FlowLabels label_flow(const promql::Expr& query, const Vocabulary& vocabulary,
                      QueryFindings& findings) {
  return Flow(vocabulary, findings).of(query);
}

}  // namespace litewatch

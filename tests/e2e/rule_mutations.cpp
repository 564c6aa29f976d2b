// rule_mutations FILE...
// Prints every alert of rule files with one fault put in, as one JSON object per line: {alert,
// labels, file, line, mutation, text}, where `text` is the whole file with that fault. A test that
// passes with it proves nothing about that part of the alert.

#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check/walk.h"
#include "config/text_file.h"
#include "config/yaml_tree.h"
#include "deliver/yaml_edits.h"
#include "promql/functions.h"
#include "promql/parser.h"
#include "rules/rule_file.h"

namespace litewatch {
namespace {

using Parts = std::vector<PartOfValue>;

/// One way to break an expression.
struct Mutation {
  std::string name;
  Parts parts;
};
using Mutations = std::vector<Mutation>;

std::string text_of(const std::string& query, const promql::Expr& expr) {
  return query.substr(expr.span.start, expr.span.end - expr.span.start);
}

std::optional<double> number_in(const promql::Expr& expr) {
  const auto& inner = promql::unwrap(expr).node;
  if (const auto* number = std::get_if<promql::NumberLiteral>(&inner)) return number->value;
  return std::nullopt;
}

/// Where the operator itself stands: behind the left side, where there may be blanks and brackets.
std::optional<promql::Span> operator_of(const std::string& query, const promql::Binary& binary) {
  const std::size_t at = query.find(binary.op, binary.left->span.end);
  if (at == std::string::npos || at >= binary.right->span.start) return std::nullopt;
  return promql::Span{at, at + binary.op.size()};
}

std::string opposite(const std::string& op) {
  if (op == "==") return "!=";
  if (op == "!=") return "==";
  if (op == ">") return "<=";
  if (op == ">=") return "<";
  if (op == "<") return ">=";
  if (op == "<=") return ">";
  return op == "unless" ? "and" : "unless";
}

/// The comparisons that decide whether the alert fires: those whose false takes a series away.
/// Those within arithmetic only guard it.
std::vector<const promql::Binary*> conditions(const promql::Expr& expr) {
  std::vector<const promql::Binary*> found;
  const std::function<void(const promql::Expr&)> visit = [&](const promql::Expr& node) {
    const promql::Expr& inner = promql::unwrap(node);
    if (const auto* binary = std::get_if<promql::Binary>(&inner.node)) {
      if (binary->is_set()) {
        visit(*binary->left);
        visit(*binary->right);
      } else if (binary->is_comparison() && !binary->returns_bool) {
        found.push_back(binary);
        visit(*binary->left);
      }
    } else if (const auto* aggregation = std::get_if<promql::Aggregation>(&inner.node)) {
      visit(*aggregation->expr);
    }
  };
  visit(expr);
  return found;
}

/// Where nothing is compared: `unless` becomes `and`, absent(x) becomes x, a constant never fires.
Mutation flip_without_comparison(const std::string& query, const promql::Expr& expr) {
  const promql::Expr& inner = promql::unwrap(expr);
  if (const auto* binary = std::get_if<promql::Binary>(&inner.node)) {
    if (const auto place = operator_of(query, *binary)) {
      return {"flip " + binary->op, {{place->start, place->end, opposite(binary->op)}}};
    }
  }
  const auto* call = std::get_if<promql::Call>(&inner.node);
  if (call != nullptr && call->function->name.starts_with("absent")) {
    return {"drop absent()",
            {{inner.span.start, inner.span.end, text_of(query, *call->arguments[0])}}};
  }
  return {"never fire", {{expr.span.end, expr.span.end, " < 0"}}};
}

/// A threshold that is a number is halved; of a state of 0 or 1 it becomes the other one; one of 0
/// is passed by 0, too, or no more.
Mutation mutate_number(const promql::Span& place, const promql::Binary& binary,
                       const promql::Expr& side, double value) {
  const bool is_state = binary.op == "==" || binary.op == "!=";
  if (is_state)
    return {"swap state of ", {{side.span.start, side.span.end, value == 0 ? "1" : "0"}}};
  if (value != 0) {
    return {"halve ", {{side.span.start, side.span.end, nlohmann::json(value / 2).dump()}}};
  }
  const bool has_equal = binary.op.size() == 2;
  return {"shift ",
          {{place.start, place.end, has_equal ? binary.op.substr(0, 1) : binary.op + "="}}};
}

void mutate_condition(const std::string& query, const promql::Binary& binary,
                      const std::string& which, Mutations& mutations) {
  const auto place = operator_of(query, binary);
  if (!place) return;
  mutations.push_back({"flip " + which, {{place->start, place->end, opposite(binary.op)}}});
  const promql::Expr& threshold = number_in(*binary.left) ? *binary.left : *binary.right;
  if (const auto value = number_in(threshold)) {
    Mutation mutation = mutate_number(*place, binary, threshold, *value);
    mutation.name += which;
    return mutations.push_back(std::move(mutation));
  }
  mutations.push_back({"halve " + which,
                       {{threshold.span.start, threshold.span.start, "(("},
                        {threshold.span.end, threshold.span.end, ") / 2)"}}});
}

/// Each metric under another name, in all places.
void rename_metrics(const std::string& query, const promql::Expr& expr, Mutations& mutations) {
  std::set<std::string> names;
  std::vector<std::pair<std::string, promql::Span>> places;
  const std::function<void(const promql::Expr&)> visit = [&](const promql::Expr& node) {
    const auto* selector = std::get_if<promql::Selector>(&node.node);
    if (selector != nullptr && !selector->metric.empty() &&
        query.compare(node.span.start, selector->metric.size(), selector->metric) == 0) {
      names.insert(selector->metric);
      places.emplace_back(selector->metric, node.span);
    }
    for_each_child(node, visit);
  };
  visit(expr);
  for (const std::string& name : names) {
    Mutation mutation{"rename " + name, {}};
    for (const auto& [metric, span] : places) {
      const std::size_t end = span.start + metric.size();
      if (metric == name) mutation.parts.push_back({end, end, "_renamed"});
    }
    mutations.push_back(std::move(mutation));
  }
}

Mutations mutations_of(const std::string& query) {
  const auto parsed = promql::parse(query);
  Mutations mutations;
  if (!parsed.expr) return mutations;
  const auto compared = conditions(*parsed.expr);
  if (compared.empty()) mutations.push_back(flip_without_comparison(query, *parsed.expr));
  for (const promql::Binary* binary : compared) {
    std::string side = text_of(query, *binary->left);
    for (char& c : side) c = c == '\n' ? ' ' : c;
    mutate_condition(query, *binary, "\"" + side + " " + binary->op + "\"", mutations);
  }
  rename_metrics(query, *parsed.expr, mutations);
  return mutations;
}

/// The file with parts of one scalar changed; nullopt: they are not to be found.
std::optional<std::string> changed(const RuleFile& file, const YamlNode& node, const Parts& parts) {
  YamlEdits edits(file.text);
  if (!edits.replace(node.key, node.key_line, node.text, parts)) return std::nullopt;
  std::string text = edits.text();
  if (!parse_rule_file(text, file.path)) return std::nullopt;
  return text;
}

class Printer {
 public:
  Printer(const RuleFile& file, const Rule& rule) : file_(file), rule_(rule) {}

  bool print(const YamlNode& node, const Mutation& mutation) const {
    const auto text = changed(file_, node, mutation.parts);
    if (!text) {
      std::fprintf(stderr, "%s:%d: cannot %s\n", file_.path.c_str(), node.line,
                   mutation.name.c_str());
      return false;
    }
    nlohmann::ordered_json labels = nlohmann::ordered_json::object();
    for (const RuleText& label : rule_.labels) labels[label.name] = label.value;
    const nlohmann::ordered_json line = {{"alert", rule_.name},       {"labels", std::move(labels)},
                                         {"file", file_.path},        {"line", rule_.line},
                                         {"mutation", mutation.name}, {"text", *text}};
    std::printf("%s\n", line.dump().c_str());
    return true;
  }

 private:
  const RuleFile& file_;
  const Rule& rule_;
};

bool print_mutants(const RuleFile& file, const Rule& rule, const YamlNode& node) {
  const Printer printer(file, rule);
  bool ok = true;
  for (const YamlNode& child : node.children) {
    const bool waits = child.key == "for" && rule.for_s.value_or(0) > 0;
    const bool keeps = child.key == "keep_firing_for" && rule.keep_firing_for_s.value_or(0) > 0;
    if (waits || keeps) {
      ok &= printer.print(child, {"drop " + child.key, {{0, child.text.size(), "0s"}}});
    }
    if (child.key != "expr") continue;
    for (const Mutation& mutation : mutations_of(child.text)) ok &= printer.print(child, mutation);
  }
  return ok;
}

const YamlNode& child_of(const YamlNode& map, std::string_view key) {
  std::size_t i = 0;
  while (map.children[i].key != key) ++i;
  return map.children[i];
}

bool print_file(const std::string& path) {
  const auto text = read_text_file(path);
  const auto file = text ? parse_rule_file(text->text, path) : Result<RuleFile>(text.error());
  if (!file) return std::fprintf(stderr, "%s\n", file.error().message().c_str()), false;
  const auto root = parse_yaml(file->text, path);
  const YamlNode& groups = child_of(*root, "groups");
  bool ok = true;
  for (std::size_t g = 0; g < file->groups.size(); ++g) {
    const std::vector<Rule>& rules = file->groups[g].rules;
    for (std::size_t r = 0; r < rules.size(); ++r) {
      if (!rules[r].is_alert) continue;
      ok &= print_mutants(*file, rules[r], child_of(groups.children[g], "rules").children[r]);
    }
  }
  return ok;
}

}  // namespace
}  // namespace litewatch

int main(int argc, char** argv) {
  bool ok = argc > 1;
  for (int i = 1; i < argc; ++i) ok &= litewatch::print_file(argv[i]);
  return ok ? 0 : 1;
}

#include "probe/cel/eval.h"

#include "probe/cel/lexer.h"

namespace litewatch::cel {
namespace {

/// The error with its place, unless it has one.
Error placed(const Node& node, Error error) {
  if (error.what.starts_with("at ")) return error;
  Error with_place = error_at(node.at, error.what);
  with_place.kind = error.kind;
  return with_place;
}

std::string needs(std::string_view where, std::string_view type, const Value& value) {
  return std::string(where) + " needs a " + std::string(type) + ", not " +
         std::string(type_name(value.type()));
}

/// && and ||, also over the elements of all() and exists(): the operand that decides, whatever the
/// others do; else the first error; else the other word.
class Logic {
 public:
  /// `deciding`: false for &&, true for ||.
  explicit Logic(bool deciding) : deciding_(deciding) {}

  /// True when the rest need not be asked.
  bool add(const Result<bool>& operand) {
    if (operand) return decided_ = *operand == deciding_;
    if (!error_) error_ = operand.error();
    return false;
  }
  Result<Value> result() const {
    if (decided_) return Value(deciding_);
    if (error_) return *error_;
    return Value(!deciding_);
  }

 private:
  const bool deciding_;
  bool decided_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<Value> Evaluation::evaluate(const Node& node) {
  if (!budget_.take(1)) return out_of_steps();
  switch (node.kind) {
    case NodeKind::kLiteral:
      return node.value;
    case NodeKind::kVariable:
      return variables_[node.slot];
    case NodeKind::kSelect:
    case NodeKind::kHas:
      return evaluate_select(node);
    case NodeKind::kCall:
      return evaluate_call(node);
    case NodeKind::kList:
      return evaluate_list(node);
    case NodeKind::kMap:
      return evaluate_map(node);
    case NodeKind::kAnd:
    case NodeKind::kOr:
      return evaluate_logic(node);
    case NodeKind::kConditional:
      return evaluate_conditional(node);
    case NodeKind::kMacro:
      return evaluate_macro(node);
  }
  return evaluation_error("unknown node");
}

Result<Value> Evaluation::evaluate_select(const Node& node) {
  const auto of = evaluate(*node.children[0]);
  if (!of) return of;
  if (!of->is(Type::kMap)) {
    // As cel-go does: a text or number has no fields, which is an answer.
    if (node.kind == NodeKind::kHas && !of->is(Type::kList)) return Value(false);
    return placed(node, evaluation_error(needs("." + node.name, "map", *of)));
  }
  const Value* value = of->as_map().find(std::string_view(node.name));
  if (node.kind == NodeKind::kHas) return Value(value != nullptr);
  if (value == nullptr) return placed(node, evaluation_error("no such key: " + node.name));
  return *value;
}

Result<Value> Evaluation::evaluate_call(const Node& node) {
  std::array<Value, 2> arguments;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    auto argument = evaluate(*node.children[i]);
    if (!argument) return argument;
    arguments[i] = std::move(*argument);
  }
  if (node.pattern && arguments[0].is(Type::kString)) {
    return search(*node.pattern, arguments[0].as_string(), budget_);
  }
  auto result = call(node.function, std::span(arguments).first(node.children.size()), budget_);
  if (budget_.exhausted()) return out_of_steps();
  if (!result) return placed(node, result.error());
  return result;
}

Result<Value> Evaluation::evaluate_list(const Node& node) {
  List list;
  for (const NodePtr& child : node.children) {
    auto element = evaluate(*child);
    if (!element) return element;
    list.push_back(std::move(*element));
  }
  return Value(std::move(list));
}

Result<Value> Evaluation::evaluate_map(const Node& node) {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    auto key = evaluate(*node.children[i]);
    if (!key) return key;
    if (!can_be_key(*key)) {
      return placed(*node.children[i], evaluation_error("a key is an int, uint, bool or string"));
    }
    auto value = evaluate(*node.children[i + 1]);
    if (!value) return value;
    entries.emplace_back(std::move(*key), std::move(*value));
  }
  return Value(Map(std::move(entries)));
}

Result<bool> Evaluation::evaluate_bool(const Node& node, std::string_view where) {
  const auto value = evaluate(node);
  if (!value) return value.error();
  if (!value->is(Type::kBool)) return placed(node, evaluation_error(needs(where, "bool", *value)));
  return value->as_bool();
}

Result<Value> Evaluation::evaluate_logic(const Node& node) {
  const bool is_or = node.kind == NodeKind::kOr;
  Logic logic(is_or);
  for (const NodePtr& child : node.children) {
    if (logic.add(evaluate_bool(*child, is_or ? "||" : "&&"))) break;
  }
  // What could not be looked at for want of steps must not be taken for an ignored error.
  if (budget_.exhausted()) return out_of_steps();
  return logic.result();
}

Result<Value> Evaluation::evaluate_conditional(const Node& node) {
  const auto condition = evaluate_bool(*node.children[0], "?:");
  if (!condition) return condition.error();
  return evaluate(*node.children[*condition ? 1 : 2]);
}

Result<List> Evaluation::elements_of(const Node& node) {
  const auto of = evaluate(*node.children[0]);
  if (!of) return of.error();
  if (of->is(Type::kList)) {
    if (!budget_.take(of->as_list().size())) return out_of_steps();
    return of->as_list();
  }
  if (!of->is(Type::kMap)) {
    return placed(node, evaluation_error(needs("a macro", "list or map", *of)));
  }
  if (!budget_.take(of->as_map().entries().size())) return out_of_steps();
  List keys;
  for (const Entry& entry : of->as_map().entries()) keys.push_back(entry.first);
  return keys;
}

Result<Value> Evaluation::evaluate_macro(const Node& node) {
  const auto elements = elements_of(node);
  if (!elements) return elements.error();
  variables_.resize(node.slot + 1);
  auto result = node.macro == Macro::kFilter || node.macro == Macro::kMap
                    ? build_list(node, *elements)
                    : test_elements(node, *elements);
  variables_.resize(node.slot);
  if (budget_.exhausted()) return out_of_steps();
  return result;
}

Result<Value> Evaluation::test_elements(const Node& node, const List& elements) {
  Logic logic(node.macro == Macro::kExists);
  std::size_t found = 0;
  for (const Value& element : elements) {
    variables_[node.slot] = element;
    const auto test = evaluate_bool(*node.children[1], "the macro");
    if (node.macro == Macro::kExistsOne) {
      if (!test) return test.error();
      found += *test ? 1 : 0;
    } else if (logic.add(test)) {
      break;
    }
  }
  if (node.macro == Macro::kExistsOne) return Value(found == 1);
  return logic.result();
}

/// filter(x, test), map(x, value) and map(x, test, value).
Result<Value> Evaluation::build_list(const Node& node, const List& elements) {
  const bool maps = node.macro == Macro::kMap;
  const bool tests = !maps || node.children.size() == 3;
  List list;
  for (const Value& element : elements) {
    variables_[node.slot] = element;
    if (tests) {
      const auto test = evaluate_bool(*node.children[1], "the macro");
      if (!test) return test.error();
      if (!*test) continue;
    }
    if (!maps) {
      list.push_back(element);
      continue;
    }
    auto value = evaluate(*node.children.back());
    if (!value) return value;
    list.push_back(std::move(*value));
  }
  return Value(std::move(list));
}

}  // namespace litewatch::cel

#pragma once

#include <vector>

#include "base/result.h"
#include "probe/cel/ast.h"

namespace litewatch::cel {

/// One evaluation of an expression. Errors are unsupported, with the place: "at 12: ...".
class Evaluation {
 public:
  Evaluation(Value body, int steps) : budget_(steps) { variables_.push_back(std::move(body)); }

  Result<Value> evaluate(const Node& node);

 private:
  Result<Value> evaluate_select(const Node& node);
  Result<Value> evaluate_call(const Node& node);
  Result<Value> evaluate_list(const Node& node);
  Result<Value> evaluate_map(const Node& node);
  Result<Value> evaluate_logic(const Node& node);
  Result<Value> evaluate_conditional(const Node& node);
  Result<Value> evaluate_macro(const Node& node);
  Result<Value> test_elements(const Node& node, const List& elements);
  Result<Value> build_list(const Node& node, const List& elements);
  /// The list, or the keys of the map, that a macro goes over.
  Result<List> elements_of(const Node& node);
  Result<bool> evaluate_bool(const Node& node, std::string_view where);

  std::vector<Value> variables_;  ///< by slot
  Budget budget_;
};

}  // namespace litewatch::cel

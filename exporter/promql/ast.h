#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace litewatch::promql {

/// Part of the text of a query, in bytes.
struct Span {
  std::size_t start = 0;
  std::size_t end = 0;
};

enum class ValueType : unsigned char { kScalar, kString, kInstantVector, kRangeVector };
std::string_view to_string(ValueType type);

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct NumberLiteral {
  double value = 0;
};

struct StringLiteral {
  std::string value;
};

struct Matcher {
  enum class Op : unsigned char { kEqual, kNotEqual, kRegex, kNotRegex };
  std::string label;
  Op op = Op::kEqual;
  std::string value;
  Span span;
};

/// `offset` and `@`, of selectors and subqueries.
struct Modifiers {
  std::optional<double> offset_s;
  bool at = false;  ///< pinned to a time
};

/// `metric{label="value"}`, and with a range `metric{…}[5m]`.
struct Selector {
  std::string metric;  ///< empty where only matchers tell
  std::vector<Matcher> matchers;
  std::optional<double> range_s;
  Modifiers modifiers;
};

/// `expr[1h:5m]`.
struct Subquery {
  ExprPtr expr;
  double range_s = 0;
  std::optional<double> step_s;
  Modifiers modifiers;
};

struct Function;

struct Call {
  const Function* function = nullptr;  ///< static storage
  std::vector<ExprPtr> arguments;
};

/// `sum by (app) (expr)`.
struct Aggregation {
  std::string op;  ///< in lower case: "sum", "topk"
  enum class Keep : unsigned char { kNone, kBy, kWithout };
  Keep keep = Keep::kNone;  ///< kNone: no label stays
  std::vector<std::string> labels;
  ExprPtr parameter;  ///< nullptr where the operator takes none
  ExprPtr expr;
};

/// `left op on (app) group_left (version) right`.
struct Matching {
  enum class Group : unsigned char { kNone, kLeft, kRight };
  bool given = false;
  bool on = false;  ///< else `ignoring`
  std::vector<std::string> labels;
  Group group = Group::kNone;
  std::vector<std::string> included;  ///< labels that group_left or group_right brings over
};

struct Binary {
  std::string op;  ///< in lower case: "+", "==", "unless"
  bool returns_bool = false;
  Matching matching;
  ExprPtr left;
  ExprPtr right;

  bool is_comparison() const;
  bool is_set() const { return op == "and" || op == "or" || op == "unless"; }
};

struct Unary {
  char op = '-';
  ExprPtr expr;
};

struct Paren {
  ExprPtr expr;
};

/// One node of a query's tree.
struct Expr {
  std::variant<NumberLiteral, StringLiteral, Selector, Subquery, Call, Aggregation, Binary, Unary,
               Paren>
      node;
  Span span;

  ValueType type() const;
};

/// The node without the parentheses around it.
const Expr& unwrap(const Expr& expr);

}  // namespace litewatch::promql

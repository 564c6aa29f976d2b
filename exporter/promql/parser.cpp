#include "promql/parser.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/ascii.h"
#include "promql/functions.h"
#include "promql/lexer.h"
#include "promql/number.h"
#include "promql/types.h"

namespace litewatch::promql {
namespace {

/// Deeper nesting and longer chains than any person writes: a chain `a + b + …` is as deep a tree
/// as it is long. They bound the stack.
constexpr int kMostDepth = 200;
constexpr int kMostOperators = 1000;

enum Precedence : int { kNone, kOr, kAnd, kComparison, kSum, kProduct, kPower };

struct Operator {
  std::string_view name;
  Precedence precedence;
};

constexpr auto kOperators = std::to_array<Operator>({
    {"or", kOr},
    {"and", kAnd},
    {"unless", kAnd},
    {"==", kComparison},
    {"!=", kComparison},
    {"<", kComparison},
    {"<=", kComparison},
    {">", kComparison},
    {">=", kComparison},
    {"+", kSum},
    {"-", kSum},
    {"*", kProduct},
    {"/", kProduct},
    {"%", kProduct},
    {"atan2", kProduct},
    {"^", kPower},
});

/// Words that no metric may be called.
constexpr auto kReserved = std::to_array<std::string_view>(
    {"bool", "ignoring", "on", "group_left", "group_right", "atan2"});

std::string lower_text(const Token& token) { return ascii_lower(token.text); }

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  Parsed parse_all() {
    ExprPtr expr = binary(kOr);
    if (expr && token_.kind != TokenKind::kEnd) unexpected("the end");
    if (problem_) return {nullptr, std::move(problem_)};
    return {std::move(expr), std::nullopt};
  }

 private:
  void advance() {
    last_end_ = token_.span.end;
    token_ = lexer_.next();
    if (token_.kind == TokenKind::kError) fail(token_.text, token_.span);
  }

  std::nullptr_t fail(std::string what, Span span) {
    if (!problem_) problem_ = Problem{std::move(what), span};
    return nullptr;
  }
  std::nullptr_t unexpected(std::string_view expected) {
    const std::string got = token_.kind == TokenKind::kEnd ? "the end" : "\"" + token_.text + "\"";
    return fail("unexpected " + got + ", expected " + std::string(expected), token_.span);
  }
  bool expect(std::string_view symbol) {
    if (!token_.is(symbol)) {
      unexpected("\"" + std::string(symbol) + "\"");
      return false;
    }
    advance();
    return true;
  }
  bool at_word(std::string_view word) const {
    return token_.kind == TokenKind::kIdentifier && same_ignoring_case(token_.text, word);
  }
  /// Words that are no label's name; `without` only in Prometheus 2.
  bool at_label() const {
    return token_.kind == TokenKind::kIdentifier && !at_number_word() && !at_word("without");
  }
  bool at_number_word() const { return at_word("inf") || at_word("nan"); }
  bool take_word(std::string_view word) {
    if (!at_word(word)) return false;
    advance();
    return true;
  }

  /// Puts a node into the tree, after its types are checked.
  template <class Node>
  ExprPtr make(Node node, std::size_t start) {
    if (problem_) return nullptr;
    auto expr = std::make_unique<Expr>();
    expr->node = std::move(node);
    expr->span = {start, last_end_};
    if (auto what = type_problem(*expr)) return fail(std::move(*what), expr->span);
    return expr;
  }

  const Operator* operator_at() const {
    if (token_.kind != TokenKind::kSymbol && token_.kind != TokenKind::kIdentifier) return nullptr;
    const std::string name = lower_text(token_);
    const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                    [&](const Operator& op) { return op.name == name; });
    return found == kOperators.end() ? nullptr : &*found;
  }

  ExprPtr binary(int least) {
    if (++depth_ > kMostDepth) return fail("nested too deeply", token_.span);
    ExprPtr left = unary();
    while (left && !problem_) {
      const Operator* op = operator_at();
      if (op == nullptr || op->precedence < least) break;
      left = binary_rest(std::move(left), *op);
    }
    --depth_;
    return problem_ ? nullptr : std::move(left);
  }

  ExprPtr binary_rest(ExprPtr left, const Operator& op) {
    if (++operators_ > kMostOperators) return fail("more than 1000 operators", token_.span);
    Binary node;
    node.op = op.name;
    advance();
    node.returns_bool = take_word("bool");
    if (!matching(node.matching)) return nullptr;
    node.left = std::move(left);
    const bool right_associative = op.precedence == kPower;
    node.right = binary(right_associative ? op.precedence : op.precedence + 1);
    if (!node.right) return nullptr;
    const std::size_t start = node.left->span.start;
    return make(std::move(node), start);
  }

  bool matching(Matching& matching) {
    if (!at_word("on") && !at_word("ignoring")) return !problem_;
    matching.on = at_word("on");
    matching.given = true;
    advance();
    if (!labels(matching.labels)) return false;
    if (!at_word("group_left") && !at_word("group_right")) return true;
    matching.group = at_word("group_left") ? Matching::Group::kLeft : Matching::Group::kRight;
    advance();
    return !token_.is("(") || labels(matching.included);
  }

  /// `(a, b)`; may be empty and may end in a comma.
  bool labels(std::vector<std::string>& labels) {
    if (!expect("(")) return false;
    while (!problem_ && !token_.is(")")) {
      if (!at_label()) return unexpected("a label name") != nullptr;
      labels.push_back(token_.text);
      advance();
      if (!token_.is(",")) break;
      advance();
    }
    return expect(")");
  }

  ExprPtr unary() {
    if (!token_.is("+") && !token_.is("-")) return postfix(primary());
    const std::size_t start = token_.span.start;
    Unary node{token_.text[0], nullptr};
    advance();
    node.expr = binary(kPower);
    return node.expr ? make(std::move(node), start) : nullptr;
  }

  ExprPtr primary() {
    const std::size_t start = token_.span.start;
    switch (token_.kind) {
      case TokenKind::kNumber:
        return number(start);
      case TokenKind::kString: {
        StringLiteral literal{token_.text};
        advance();
        return make(std::move(literal), start);
      }
      case TokenKind::kIdentifier:
        return word(start);
      case TokenKind::kMetricName:
        return selector(start);
      default:
        break;
    }
    if (token_.is("{")) return selector(start);
    if (!token_.is("(")) return unexpected("a metric, a number, a string or \"(\"");
    advance();
    Paren node{binary(kOr)};
    if (!node.expr || !expect(")")) return nullptr;
    return make(std::move(node), start);
  }

  ExprPtr number(std::size_t start) {
    const auto value = parse_number(token_.text);
    if (!value) return fail("\"" + token_.text + "\" is no number", token_.span);
    advance();
    return make(NumberLiteral{*value}, start);
  }

  ExprPtr word(std::size_t start) {
    const std::string name = lower_text(token_);
    if (at_number_word()) return number(start);
    Token first = token_;
    advance();
    if (is_aggregator(name) && (token_.is("(") || at_word("by") || at_word("without"))) {
      return aggregation(name, start);
    }
    if (token_.is("(")) return call(first, start);
    if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
      return fail("\"" + first.text + "\" cannot stand here", first.span);
    }
    return selector_rest(std::move(first.text), start);
  }

  bool arguments(std::vector<ExprPtr>& arguments) {
    if (!expect("(")) return false;
    if (token_.is(")")) return expect(")");
    while (!problem_) {
      ExprPtr argument = binary(kOr);
      if (!argument) return false;
      arguments.push_back(std::move(argument));
      if (!token_.is(",")) break;
      advance();
    }
    return expect(")");
  }

  ExprPtr call(const Token& name, std::size_t start) {
    Call node;
    node.function = find_function(name.text);
    if (node.function == nullptr) {
      return fail("unknown function \"" + name.text + "\"", name.span);
    }
    if (!arguments(node.arguments)) return nullptr;
    return make(std::move(node), start);
  }

  bool grouping(Aggregation& node) {
    if (!at_word("by") && !at_word("without")) return true;
    node.keep = at_word("by") ? Aggregation::Keep::kBy : Aggregation::Keep::kWithout;
    advance();
    return labels(node.labels);
  }

  ExprPtr aggregation(const std::string& op, std::size_t start) {
    Aggregation node;
    node.op = op;
    std::vector<ExprPtr> given;
    if (!grouping(node) || !arguments(given)) return nullptr;
    if (node.keep == Aggregation::Keep::kNone && !grouping(node)) return nullptr;
    const std::size_t wanted = has_parameter(op) ? 2 : 1;
    if (given.size() != wanted) {
      return fail(op + " takes " + std::to_string(wanted) + " argument(s), not " +
                      std::to_string(given.size()),
                  {start, last_end_});
    }
    node.expr = std::move(given.back());
    if (wanted == 2) node.parameter = std::move(given.front());
    return make(std::move(node), start);
  }

  ExprPtr selector(std::size_t start) {
    std::string metric;
    if (token_.kind == TokenKind::kMetricName) {
      metric = token_.text;
      advance();
    }
    return selector_rest(std::move(metric), start);
  }

  ExprPtr selector_rest(std::string metric, std::size_t start) {
    Selector node;
    node.metric = std::move(metric);
    if (token_.is("{") && !matchers(node.matchers)) return nullptr;
    return make(std::move(node), start);
  }

  bool matchers(std::vector<Matcher>& matchers) {
    advance();
    while (!problem_ && !token_.is("}")) {
      Matcher matcher;
      if (!one_matcher(matcher)) return false;
      matchers.push_back(std::move(matcher));
      if (!token_.is(",")) break;
      advance();
    }
    return expect("}");
  }

  bool one_matcher(Matcher& matcher) {
    matcher.span.start = token_.span.start;
    if (token_.kind != TokenKind::kIdentifier) return unexpected("a label name") != nullptr;
    matcher.label = token_.text;
    advance();
    if (token_.is("=")) {
      matcher.op = Matcher::Op::kEqual;
    } else if (token_.is("!=")) {
      matcher.op = Matcher::Op::kNotEqual;
    } else if (token_.is("=~")) {
      matcher.op = Matcher::Op::kRegex;
    } else if (token_.is("!~")) {
      matcher.op = Matcher::Op::kNotRegex;
    } else {
      return unexpected("one of =, !=, =~, !~") != nullptr;
    }
    advance();
    if (token_.kind != TokenKind::kString) return unexpected("a string") != nullptr;
    matcher.value = token_.text;
    matcher.span.end = token_.span.end;
    advance();
    return !problem_;
  }

  ExprPtr postfix(ExprPtr expr) {
    while (expr && !problem_) {
      if (token_.is("[")) {
        expr = range(std::move(expr));
      } else if (at_word("offset")) {
        expr = offset(std::move(expr));
      } else if (token_.is("@")) {
        expr = at(std::move(expr));
      } else {
        break;
      }
    }
    return expr;
  }

  std::optional<double> duration() {
    const auto seconds =
        token_.kind == TokenKind::kDuration ? parse_promql_duration(token_.text) : std::nullopt;
    if (!seconds) {
      unexpected("a duration such as 5m, above zero");
      return std::nullopt;
    }
    advance();
    return seconds;
  }

  ExprPtr range(ExprPtr expr) {
    advance();
    const auto length = duration();
    if (!length) return nullptr;
    if (token_.is(":")) return subquery(std::move(expr), *length);
    if (!expect("]")) return nullptr;
    auto* selector = std::get_if<Selector>(&expr->node);
    if (selector == nullptr || selector->range_s) {
      return fail("a range is for a metric only; use [5m:1m] for an expression", expr->span);
    }
    if (selector->modifiers.offset_s || selector->modifiers.at) {
      return fail("the range stands before offset and @", expr->span);
    }
    selector->range_s = *length;
    expr->span.end = last_end_;
    return expr;
  }

  ExprPtr subquery(ExprPtr expr, double range_s) {
    advance();
    Subquery node;
    node.range_s = range_s;
    if (!token_.is("]")) {
      node.step_s = duration();
      if (!node.step_s) return nullptr;
    }
    if (!expect("]")) return nullptr;
    const std::size_t start = expr->span.start;
    node.expr = std::move(expr);
    return make(std::move(node), start);
  }

  Modifiers* modifiers_of(Expr& expr, std::string_view what) {
    if (auto* selector = std::get_if<Selector>(&expr.node)) return &selector->modifiers;
    if (auto* subquery = std::get_if<Subquery>(&expr.node)) return &subquery->modifiers;
    return fail(std::string(what) + " is for a metric or a subquery only", expr.span);
  }

  ExprPtr offset(ExprPtr expr) {
    Modifiers* modifiers = modifiers_of(*expr, "offset");
    if (modifiers == nullptr) return nullptr;
    if (modifiers->offset_s) return fail("offset is set twice", token_.span);
    advance();
    const bool negative = token_.is("-");
    if (negative) advance();
    const auto seconds = duration();
    if (!seconds) return nullptr;
    modifiers->offset_s = negative ? -*seconds : *seconds;
    expr->span.end = last_end_;
    return expr;
  }

  ExprPtr at(ExprPtr expr) {
    Modifiers* modifiers = modifiers_of(*expr, "@");
    if (modifiers == nullptr) return nullptr;
    if (modifiers->at) return fail("@ is set twice", token_.span);
    advance();
    modifiers->at = true;
    const bool bound = at_word("start") || at_word("end");
    if (!(bound ? at_bound() : at_time())) return nullptr;
    expr->span.end = last_end_;
    return expr;
  }

  bool at_bound() {
    advance();
    return expect("(") && expect(")");
  }

  bool at_time() {
    const bool negative = token_.is("-");
    if (negative || token_.is("+")) advance();
    const bool numeric = token_.kind == TokenKind::kNumber || at_number_word();
    const auto value = numeric ? parse_number(token_.text) : std::nullopt;
    constexpr double kMost_s = 9.2e15;  // what fits 64 bits in milliseconds
    if (!value || !std::isfinite(*value) || *value > kMost_s) {
      return unexpected("a time in seconds, start() or end()") != nullptr;
    }
    advance();
    return !problem_;
  }

  Lexer lexer_;
  Token token_;
  std::size_t last_end_ = 0;
  int depth_ = 0;
  int operators_ = 0;
  std::optional<Problem> problem_;
};

}  // namespace

Parsed parse(std::string_view text) { return Parser(text).parse_all(); }

}  // namespace litewatch::promql

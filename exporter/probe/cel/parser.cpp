#include "probe/cel/parser.h"

#include <algorithm>
#include <array>

#include "base/parse.h"
#include "probe/cel/cel.h"
#include "probe/cel/lexer.h"
#include "probe/cel/names.h"

namespace litewatch::cel {
namespace {

/// Binary operators but for && and ||, by how tightly they bind.
struct BinaryRow {
  std::string_view symbol;
  int precedence;
  Function function;
};
constexpr std::array kBinary = {
    BinaryRow{"<", 1, Function::kLess},     BinaryRow{"<=", 1, Function::kLessEqual},
    BinaryRow{">", 1, Function::kGreater},  BinaryRow{">=", 1, Function::kGreaterEqual},
    BinaryRow{"==", 1, Function::kEqual},   BinaryRow{"!=", 1, Function::kNotEqual},
    BinaryRow{"in", 1, Function::kIn},      BinaryRow{"+", 2, Function::kAdd},
    BinaryRow{"-", 2, Function::kSubtract}, BinaryRow{"*", 3, Function::kMultiply},
    BinaryRow{"/", 3, Function::kDivide},   BinaryRow{"%", 3, Function::kModulo},
};
constexpr int kTightest = 3;

/// Recursive descent. The first problem ends it: what is built behind it does not matter.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<NodePtr> run() {
    NodePtr node = parse_expression();
    if (!problem_ && !at_end()) fail(now(), "unexpected " + shown(now()));
    if (problem_) return *problem_;
    return node;
  }

 private:
  const Token& now() const { return tokens_[at_]; }
  bool at_end() const { return now().kind == TokenKind::kEnd; }
  bool is_symbol(std::string_view symbol) const {
    return now().kind == TokenKind::kSymbol && now().text == symbol;
  }
  Token take() { return at_end() ? now() : tokens_[at_++]; }
  bool take_symbol(std::string_view symbol) {
    if (problem_ || !is_symbol(symbol)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view symbol) {
    if (!take_symbol(symbol)) {
      fail(now(), "expected " + std::string(symbol) + ", not " + shown(now()));
    }
  }

  NodePtr fail(std::size_t at, std::string_view what) {
    if (!problem_) problem_ = error_at(at, what);
    return std::make_unique<Node>();
  }
  NodePtr fail(const Token& token, std::string_view what) { return fail(token.at, what); }

  static std::string shown(const Token& token) {
    switch (token.kind) {
      case TokenKind::kEnd:
        return "the end of the expression";
      case TokenKind::kString:
        return "a string";
      case TokenKind::kName:
      case TokenKind::kSymbol:
        return token.text;
      default:
        return "a number";
    }
  }

  /// A node of its children, unless the tree is too deep.
  NodePtr make(NodeKind kind, std::size_t at, std::vector<NodePtr> children) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->at = at;
    for (const NodePtr& child : children) node->depth = std::max(node->depth, child->depth + 1);
    node->children = std::move(children);
    if (node->depth > CelProgram::kMaxDepth) return fail(at, too_deep());
    return node;
  }
  NodePtr make_call(Function function, std::size_t at, std::vector<NodePtr> arguments) {
    NodePtr node = make(NodeKind::kCall, at, std::move(arguments));
    node->function = function;
    return node;
  }
  NodePtr make_literal(std::size_t at, Value value) {
    NodePtr node = make(NodeKind::kLiteral, at, std::vector<NodePtr>());
    node->value = std::move(value);
    return node;
  }
  static std::string too_deep() {
    return "nested over " + std::to_string(CelProgram::kMaxDepth) + " deep";
  }

  /// Expr = ConditionalOr ["?" ConditionalOr ":" Expr]
  NodePtr parse_expression() {
    if (depth_ == CelProgram::kMaxDepth) return fail(now(), too_deep());
    ++depth_;
    NodePtr node = parse_logic("||", NodeKind::kOr);
    const std::size_t at = now().at;
    if (take_symbol("?")) {
      NodePtr yes = parse_logic("||", NodeKind::kOr);
      expect(":");
      NodePtr no = problem_ ? nullptr : parse_expression();
      if (!problem_) {
        std::vector<NodePtr> parts = one(std::move(node));
        parts.push_back(std::move(yes));
        parts.push_back(std::move(no));
        node = make(NodeKind::kConditional, at, std::move(parts));
      }
    }
    --depth_;
    return node;
  }

  /// ConditionalOr and ConditionalAnd: one node however many terms, so that it stays flat.
  NodePtr parse_logic(std::string_view symbol, NodeKind kind) {
    const auto term = [&] {
      return kind == NodeKind::kOr ? parse_logic("&&", NodeKind::kAnd) : parse_binary(1);
    };
    std::vector<NodePtr> terms;
    const std::size_t at = now().at;
    NodePtr first = term();
    if (!is_symbol(symbol)) return first;
    terms.push_back(std::move(first));
    while (take_symbol(symbol)) terms.push_back(term());
    return make(kind, at, std::move(terms));
  }

  const BinaryRow* binary(int precedence) const {
    if (now().kind != TokenKind::kSymbol && now().kind != TokenKind::kName) return nullptr;
    for (const BinaryRow& row : kBinary) {
      if (row.precedence == precedence && row.symbol == now().text) return &row;
    }
    return nullptr;
  }

  /// Relation, Addition and Multiplication.
  NodePtr parse_binary(int precedence) {
    const auto operand = [&] {
      return precedence == kTightest ? parse_unary() : parse_binary(precedence + 1);
    };
    NodePtr left = operand();
    while (const BinaryRow* row = problem_ ? nullptr : binary(precedence)) {
      const std::size_t at = take().at;
      std::vector<NodePtr> operands;
      operands.push_back(std::move(left));
      operands.push_back(operand());
      left = make_call(row->function, at, std::move(operands));
    }
    return left;
  }

  /// Two of the same sign cancel each other out. The sign of a whole number is part of it, so that
  /// the least int64 can be written.
  NodePtr parse_unary() {
    const std::size_t at = now().at;
    const bool is_not = is_symbol("!");
    std::size_t count = 0;
    while (take_symbol(is_not ? "!" : "-")) ++count;
    if (!is_not && count > 0 && now().kind == TokenKind::kInt) {
      tokens_[at_].negative = true;
      --count;
    }
    NodePtr operand = parse_member();
    if (count % 2 == 0 || problem_) return operand;
    return make_call(is_not ? Function::kNot : Function::kNegate, at, one(std::move(operand)));
  }

  static std::vector<NodePtr> one(NodePtr node) {
    std::vector<NodePtr> nodes;
    nodes.push_back(std::move(node));
    return nodes;
  }

  NodePtr parse_member() {
    NodePtr node = parse_primary();
    while (!problem_) {
      const std::size_t at = now().at;
      if (take_symbol(".")) {
        node = parse_field(std::move(node));
      } else if (take_symbol("[")) {
        std::vector<NodePtr> operands = one(std::move(node));
        operands.push_back(parse_expression());
        expect("]");
        node = make_call(Function::kIndex, at, std::move(operands));
      } else if (is_symbol("{")) {
        return fail(at, "messages are not supported");
      } else {
        break;
      }
    }
    return node;
  }

  /// What follows a dot: a field, a function or a macro.
  NodePtr parse_field(NodePtr of) {
    const Token name = take();
    if (name.kind != TokenKind::kName || is_keyword(name.text)) {
      return fail(
          name, "expected a field's name, not " + shown(name) + "; others are written [\"name\"]");
    }
    if (take_symbol("(")) return parse_member_call(name, std::move(of));
    NodePtr node = make(NodeKind::kSelect, name.at, one(std::move(of)));
    node->name = name.text;
    return node;
  }

  NodePtr parse_member_call(const Token& name, NodePtr of) {
    if (const auto macro = find_macro(name.text)) return parse_macro(*macro, name, std::move(of));
    std::vector<NodePtr> arguments = one(std::move(of));
    parse_list(")", arguments);
    const FunctionRow* row = find_function(name.text, true);
    if (row == nullptr) return fail(name, unknown_function(name.text, true));
    const int given = static_cast<int>(arguments.size()) - 1;
    if (given != row->member_arguments) return fail_count(name, row->member_arguments, given);
    return finish_call(row->function, name, std::move(arguments));
  }

  /// e.macro(x, ...): `x` is a variable within the rest.
  NodePtr parse_macro(Macro macro, const Token& name, NodePtr of) {
    const Token variable = take();
    if (variable.kind != TokenKind::kName || is_keyword(variable.text) ||
        is_reserved(variable.text)) {
      return fail(variable, name.text + "() takes a variable's name first");
    }
    std::vector<NodePtr> parts = one(std::move(of));
    expect(",");
    variables_.push_back(variable.text);
    parse_list(")", parts);
    variables_.pop_back();
    const std::size_t most = macro == Macro::kMap ? 3 : 2;
    if (parts.size() < 2 || parts.size() > most) {
      return fail_count(name, 2, static_cast<int>(parts.size()));
    }
    NodePtr node = make(NodeKind::kMacro, name.at, std::move(parts));
    node->macro = macro;
    node->slot = variables_.size();
    return node;
  }

  /// Expressions up to the closing symbol.
  void parse_list(std::string_view closing, std::vector<NodePtr>& nodes) {
    if (take_symbol(closing)) return;
    do {
      nodes.push_back(parse_expression());
    } while (take_symbol(","));
    expect(closing);
  }

  NodePtr parse_primary() {
    const Token token = take();
    switch (token.kind) {
      case TokenKind::kInt:
        return parse_int(token);
      case TokenKind::kUint:
        return make_literal(token.at, Value(token.integer));
      case TokenKind::kDouble:
        return make_literal(token.at, Value(token.number));
      case TokenKind::kString:
        return make_literal(token.at, Value(token.text));
      case TokenKind::kName:
        return take_symbol("(") ? parse_call(token) : parse_name(token);
      case TokenKind::kSymbol:
        return parse_bracket(token);
      default:
        return fail(token, "expected a value, not " + shown(token));
    }
  }

  NodePtr parse_int(const Token& token) {
    const std::uint64_t most = static_cast<std::uint64_t>(INT64_MAX) + (token.negative ? 1 : 0);
    if (token.integer > most) return fail(token, "the number is too large for an int");
    const std::uint64_t bits = token.negative ? ~token.integer + 1 : token.integer;
    return make_literal(token.at, Value(static_cast<std::int64_t>(bits)));
  }

  NodePtr parse_bracket(const Token& token) {
    if (token.text == "(") {
      NodePtr node = parse_expression();
      expect(")");
      return node;
    }
    std::vector<NodePtr> parts;
    if (token.text == "[") {
      parse_list("]", parts);
      return make(NodeKind::kList, token.at, std::move(parts));
    }
    if (token.text != "{") return fail(token, "expected a value, not " + token.text);
    while (!is_symbol("}")) {
      parts.push_back(parse_expression());
      expect(":");
      if (!problem_) parts.push_back(parse_expression());
      if (!take_symbol(",")) break;
    }
    expect("}");
    return make(NodeKind::kMap, token.at, std::move(parts));
  }

  NodePtr parse_name(const Token& name) {
    if (name.text == "true" || name.text == "false") {
      return make_literal(name.at, Value(name.text == "true"));
    }
    if (name.text == "null") return make_literal(name.at, Value());
    if (is_keyword(name.text) || is_reserved(name.text)) {
      return fail(name, name.text + " is a reserved word");
    }
    for (std::size_t i = variables_.size(); i-- > 0;) {
      if (variables_[i] != name.text) continue;
      NodePtr node = make(NodeKind::kVariable, name.at, std::vector<NodePtr>());
      node->slot = i;
      return node;
    }
    if (const auto type = find_type(name.text)) return make_literal(name.at, Value(*type));
    return fail(name, "unknown name " + name.text + "; the document is called body");
  }

  NodePtr parse_call(const Token& name) {
    if (name.text == "has") return parse_has(name);
    std::vector<NodePtr> arguments;
    parse_list(")", arguments);
    const int given = static_cast<int>(arguments.size());
    const FunctionRow* row = find_function(name.text, false);
    if (row == nullptr) return fail(name, unknown_function(name.text, false));
    if (given != row->arguments) return fail_count(name, row->arguments, given);
    return finish_call(row->function, name, std::move(arguments));
  }

  NodePtr parse_has(const Token& name) {
    std::vector<NodePtr> arguments;
    parse_list(")", arguments);
    if (problem_) return std::make_unique<Node>();
    if (arguments.size() != 1) return fail_count(name, 1, static_cast<int>(arguments.size()));
    if (arguments[0]->kind != NodeKind::kSelect) {
      return fail(name, "has() takes a field, as in has(body.status)");
    }
    arguments[0]->kind = NodeKind::kHas;
    return std::move(arguments[0]);
  }

  /// A constant regular expression is compiled here, where its problem has a place.
  NodePtr finish_call(Function function, const Token& name, std::vector<NodePtr> arguments) {
    std::optional<Pattern> pattern;
    if (function == Function::kMatches && arguments[1]->kind == NodeKind::kLiteral &&
        arguments[1]->value.is(Type::kString)) {
      auto compiled = Pattern::compile(arguments[1]->value.as_string());
      if (!compiled) return fail(arguments[1]->at, compiled.error().what);
      pattern = std::move(*compiled);
    }
    NodePtr node = make_call(function, name.at, std::move(arguments));
    node->pattern = std::move(pattern);
    return node;
  }

  NodePtr fail_count(const Token& name, int expected, int given) {
    return fail(name, name.text + "() takes " +
                          counted(static_cast<std::uint64_t>(expected), "argument") +
                          " here, not " + std::to_string(given));
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> variables_ = {"body"};
  std::optional<Error> problem_;
};

}  // namespace

Result<NodePtr> parse(std::string_view expression) {
  if (expression.size() > CelProgram::kMaxExpressionBytes) {
    return Error{ErrorKind::kMalformed,
                 "longer than " + std::to_string(CelProgram::kMaxExpressionBytes) + " bytes", "",
                 0};
  }
  auto tokens = tokenize(expression);
  if (!tokens) return tokens.error();
  return Parser(std::move(*tokens)).run();
}

}  // namespace litewatch::cel

#include <cmath>
#include <string>

#include "catch.h"
#include "promql/ast.h"
#include "promql/functions.h"
#include "promql/number.h"
#include "promql/parser.h"

namespace litewatch::promql {
namespace {

/// A tree as text with every operation in brackets, to see what binds to what.
std::string shape(const Expr& expr);

struct Shape {
  std::string operator()(const NumberLiteral& node) const {
    return std::to_string(static_cast<int>(node.value));
  }
  std::string operator()(const StringLiteral& node) const { return "'" + node.value + "'"; }
  std::string operator()(const Selector& node) const {
    return node.metric + (node.range_s ? "[" + std::to_string(int(*node.range_s)) + "]" : "") +
           (node.modifiers.offset_s ? "~" + std::to_string(int(*node.modifiers.offset_s)) : "") +
           (node.modifiers.at ? "@" : "");
  }
  std::string operator()(const Subquery& node) const {
    return shape(*node.expr) + "[" + std::to_string(int(node.range_s)) + ":" +
           (node.step_s ? std::to_string(int(*node.step_s)) : "") + "]";
  }
  std::string operator()(const Call& node) const {
    std::string text = std::string(node.function->name) + "(";
    for (const auto& argument : node.arguments) text += shape(*argument) + ";";
    return text + ")";
  }
  std::string operator()(const Aggregation& node) const {
    return node.op + "{" + (node.parameter ? shape(*node.parameter) + ";" : "") +
           shape(*node.expr) + "}";
  }
  std::string operator()(const Binary& node) const {
    return "(" + shape(*node.left) + " " + node.op + " " + shape(*node.right) + ")";
  }
  std::string operator()(const Unary& node) const {
    return std::string("(") + node.op + shape(*node.expr) + ")";
  }
  std::string operator()(const Paren& node) const { return shape(*node.expr); }
};

std::string shape(const Expr& expr) { return std::visit(Shape(), expr.node); }

std::string shape_of(std::string_view query) {
  const Parsed parsed = parse(query);
  return parsed.expr ? shape(*parsed.expr) : parsed.problem->what;
}

TEST_CASE("tree: precedence and associativity -> as in Prometheus") {
  CHECK(shape_of("a + b * c ^ d") == "(a + (b * (c ^ d)))");
  CHECK(shape_of("a - b - c") == "((a - b) - c)");
  CHECK(shape_of("a ^ b ^ c") == "(a ^ (b ^ c))");
  CHECK(shape_of("-a ^ b * c") == "((-(a ^ b)) * c)");
  CHECK(shape_of("a ^ -b ^ c") == "(a ^ (-(b ^ c)))");
  CHECK(shape_of("a or b and c unless d") == "(a or ((b and c) unless d))");
  CHECK(shape_of("a + 1 > b and c") == "(((a + 1) > b) and c)");
  CHECK(shape_of("a atan2 b % c") == "((a atan2 b) % c)");
  CHECK(shape_of("(a + b) * c") == "((a + b) * c)");
}

TEST_CASE("tree: ranges, offsets and subqueries -> on what they belong to") {
  CHECK(shape_of("rate(a{b=\"c\"}[5m] offset 1m)") == "rate(a[300]~60;)");
  CHECK(shape_of("a @ 5 offset -1m") == "a~-60@");
  CHECK(shape_of("-a offset 1m") == "(-a~60)");
  CHECK(shape_of("rate(a[1m])[1h:5m]") == "rate(a[60];)[3600:300]");
  CHECK(shape_of("topk by (x) (3, a)") == "topk{3;a}");
}

TEST_CASE("tree: matching, matchers, spans -> as written") {
  const Parsed parsed = parse("a{x=~\"y\"} * on (p, q) group_left (r) b");
  REQUIRE(parsed.expr);
  const auto& binary = std::get<Binary>(parsed.expr->node);
  CHECK(binary.matching.on);
  CHECK(binary.matching.labels == std::vector<std::string>{"p", "q"});
  CHECK(binary.matching.group == Matching::Group::kLeft);
  CHECK(binary.matching.included == std::vector<std::string>{"r"});
  const auto& selector = std::get<Selector>(binary.left->node);
  REQUIRE(selector.matchers.size() == 1);
  CHECK(selector.matchers[0].op == Matcher::Op::kRegex);
  CHECK(selector.matchers[0].value == "y");
  CHECK(selector.matchers[0].span.start == 2);
  CHECK(selector.matchers[0].span.end == 8);
  CHECK(binary.left->span.end == 9);
  CHECK(parsed.expr->span.start == 0);
}

TEST_CASE("tree: strings -> unquoted") {
  const auto text = [](std::string_view query) {
    const Parsed parsed = parse(query);
    return parsed.expr ? std::get<StringLiteral>(parsed.expr->node).value : parsed.problem->what;
  };
  CHECK(text("'a\\'b'") == "a'b");
  CHECK(text("`a\\n`") == "a\\n");
  CHECK(text("\"\\x41\\u00e9\\101\\t\\U0001F600\"") == "A\u00e9A\t\U0001F600");
}

TEST_CASE("numbers and durations -> as Go reads them") {
  CHECK(parse_number("0x1F") == 31);
  CHECK(parse_number("017") == 15);
  CHECK(parse_number("08") == 8);
  CHECK(parse_number("1e3") == 1000);
  CHECK(parse_number("1e-999") == 0);
  CHECK(std::isinf(*parse_number("inf")));
  CHECK_FALSE(parse_number("1e999"));
  CHECK_FALSE(parse_number(""));
  CHECK_FALSE(parse_number("0x"));
  CHECK(parse_promql_duration("1h30m") == 5400);
  CHECK(parse_promql_duration("1500ms") == 1.5);
  CHECK_FALSE(parse_promql_duration("0s"));
  CHECK_FALSE(parse_promql_duration("1m1h"));
  CHECK_FALSE(parse_promql_duration("1m1m"));
  CHECK_FALSE(parse_promql_duration("300y"));
  CHECK_FALSE(parse_promql_duration("99999999999999999999s"));
  CHECK_FALSE(parse_promql_duration("5"));
}

}  // namespace
}  // namespace litewatch::promql

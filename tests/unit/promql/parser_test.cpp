#include "promql/parser.h"

#include <array>
#include <string>
#include <string_view>

#include "catch.h"

namespace litewatch::promql {
namespace {

// That these are accepted and rejected is what promtool 2.42 says of them.

constexpr auto kAccepted = std::to_array<std::string_view>({
    "up",
    "foo:bar:baz{x!=\"y\",z=~\"a|b\",}",
    "{__name__=~\"a.+\"}",
    "sum by (job) (rate(x_total[5m]))",
    "sum(rate(x_total[5m])) without (a,)",
    "SUM BY (x) (a)",
    "topk(3, x)",
    "count_values(\"v\", x)",
    "a / on (app) group_left (version) b",
    "a * ignoring (x) group_right () b",
    "a == bool 1",
    "a and on (x) b or c unless d",
    "-a ^ 2",
    "2 ^ -1",
    "+Inf",
    "0x1F",
    "017",
    "08",
    ".5",
    "5.",
    "a[5m] offset -1h30m",
    "a[5m] @ end() offset 5m",
    "a @ -1",
    "rate(a[5m])[1h:5m]",
    "(a)[5m:]",
    "max_over_time((a > 1)[1h:1m] offset 1w)",
    "label_join(a, \"x\", \",\")",
    "round(a)",
    "hour()",
    "\"text\"",
    "'a\\'b'",
    "`raw\\`",
    "\"\\x41\\u00e9\\101\\n\"",
    "sum",
    "sum{a=\"b\"}",
    "offset offset 5m",
    "start",
    "a + # comment\n b",
    "sum by (by, on, bool, offset, atan2, sum) (a)",
    "a{by=\"1\",on=\"2\"}",
    "inf + a",
    "foo[1y2w3d4h5m6s7ms]",
    "a[ 5m : 1m ]",
    "a--b",
    "a>b>c",
});

struct Rejected {
  std::string_view query;
  std::string_view what;  ///< part of the message
};
constexpr auto kRejected = std::to_array<Rejected>({
    {"", "unexpected the end"},
    {"# only a comment", "unexpected the end"},
    {"{}", "at least one matcher"},
    {"{a=~\".*\"}", "at least one matcher"},
    {"{a!=\"\"", "inside braces"},
    {"foo{__name__=\"bar\"}", "set twice"},
    {"foo{a=\"b\" c=\"d\"}", "expected \"}\""},
    {"foo{a=~\"(\"}", "bad regular expression"},
    {"foo{a==\"b\"}", "one of ="},
    {"foo{a=b}", "expected a string"},
    {"rate(a)", "rate() expects a range vector, got an instant vector"},
    {"rate(a[5m],)", "unexpected"},
    {"Rate(a[5m])", "unknown function"},
    {"sum(a[5m])", "sum expects an instant vector, got a range vector"},
    {"sum()", "takes 1 argument"},
    {"topk(a)", "takes 2 argument"},
    {"topk(a, b)", "the parameter of topk expects a scalar"},
    {"sum by x (a)", "expected \"(\""},
    {"sum by (a:b) (c)", "a label name"},
    {"sum by (inf) (a)", "a label name"},
    {"clamp_max(a)", "does not take 1"},
    {"days_in_month(a, b)", "does not take 2"},
    {"a[5m] + 1", "got a range vector"},
    {"1 == 1", "needs bool"},
    {"a + bool b", "bool is for comparisons"},
    {"a and 1", "two instant vectors"},
    {"a == on (x) 1", "two instant vectors"},
    {"a and on (x) group_left b", "no group_left"},
    {"a * on (x) group_left (x) b", "stands in on() and in the group"},
    {"a + group_left b", "cannot stand here"},
    {"a[5m][5m]", "a range is for a metric only"},
    {"(a)[5m]", "a range is for a metric only"},
    {"a offset 5m [5m]", "the range stands before offset"},
    {"a offset 5m offset 6m", "offset is set twice"},
    {"a @ 1 @ 2", "@ is set twice"},
    {"a @ inf", "a time in seconds"},
    {"sum(a) offset 5m", "for a metric or a subquery only"},
    {"foo[0s]", "above zero"},
    {"foo[5m1h]", "a duration"},
    {"foo[5]", "bad number or duration"},
    {"foo[]", "a duration"},
    {"1.2.3", "unexpected"},
    {"1a", "unexpected"},
    {"1e", "is no number"},
    {"a.b", "unexpected character"},
    {"a = b", "unexpected \"=\""},
    {"!a", "unexpected character"},
    {"(a", "expected \")\""},
    {"\"unterminated", "unterminated quoted string"},
    {"\"\\q\"", "unknown escape"},
    {"\"\\ud800\"", "unknown escape"},
    {"\"\\400\"", "unknown escape"},
    {"-\"a\"", "a sign expects"},
});

TEST_CASE("parse: what Prometheus accepts -> a tree") {
  for (const std::string_view query : kAccepted) {
    CAPTURE(query);
    const Parsed parsed = parse(query);
    CHECK(parsed.expr != nullptr);
    CHECK_FALSE(parsed.problem.has_value());
  }
}

TEST_CASE("parse: what Prometheus rejects -> the reason, within the text") {
  for (const auto& [query, what] : kRejected) {
    CAPTURE(query);
    const Parsed parsed = parse(query);
    CHECK(parsed.expr == nullptr);
    REQUIRE(parsed.problem.has_value());
    CAPTURE(parsed.problem->what);
    CHECK(parsed.problem->what.find(what) != std::string::npos);
    CHECK(parsed.problem->span.start <= parsed.problem->span.end);
    CHECK(parsed.problem->span.end <= query.size() + 1);
  }
}

TEST_CASE("parse: nested without end -> a problem, no overflow") {
  for (const char* open : {"(", "-", "sum(", "a+("}) {
    std::string query;
    for (int i = 0; i < 100'000; ++i) query += open;
    const Parsed parsed = parse(query);
    REQUIRE(parsed.problem.has_value());
    CHECK(parsed.problem->what == "nested too deeply");
  }
}

TEST_CASE("parse: a chain of operators without end -> a problem, no overflow") {
  std::string query = "a";
  for (int i = 0; i < 900; ++i) query += "+a";
  CHECK(parse(query).expr != nullptr);
  for (int i = 0; i < 100'000; ++i) query += "+a";
  const Parsed parsed = parse(query);
  REQUIRE(parsed.problem.has_value());
  CHECK(parsed.problem->what == "more than 1000 operators");
}

}  // namespace
}  // namespace litewatch::promql

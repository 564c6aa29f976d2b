#include "check/query_check.h"

#include <string>

#include "catch.h"
#include "check/block_lines.h"
#include "promql/parser.h"

namespace litewatch {
namespace {

TEST_CASE("macros: in a query -> replaced by durations of the same length") {
  for (const char* query :
       {"rate(x_total[$__rate_interval])", "increase(x_total[${__range}])",
        "max_over_time(x[$__range:$__interval])", "x[5m] offset ${__interval:raw}",
        "x / $__range_s", "x{a=\"$__range\"} > $__interval_ms # it's $__to\n"}) {
    CAPTURE(query);
    const std::string text = without_macros(query);
    CHECK(text.size() == std::string_view(query).size());
    CHECK(promql::parse(text).expr);
  }
  CHECK(without_macros("x{app=~\"$app\", b='$__range'}") == "x{app=~\"$app\", b='$__range'}");
  CHECK(without_macros("x[$__rate_interval]") == "x[4m              ]");
  CHECK(without_macros("$other ${") == "$other ${");
  CHECK(without_macros("${__range").size() == 9);
  CHECK(without_macros("x{a=\"\\").size() == 6);
}

TEST_CASE("check query: findings -> at their lines") {
  Findings findings;
  const auto checked =
      check_query("sqlite_up\n  + on (app)\n  sqlite_upp\n  + on (app) probe_attempts_total",
                  {"rules/a.yml", 10}, "AppDown", Vocabulary(), {}, findings);
  REQUIRE(checked);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].rule == "promql/metric");
  CHECK(findings[0].place.file == "rules/a.yml");
  CHECK(findings[0].place.line == 12);
  CHECK(findings[0].subject == "AppDown");
  CHECK(findings[1].rule == "promql/counter");
  CHECK(findings[1].place.line == 13);
}

TEST_CASE("check query: what does not parse -> promql/syntax") {
  Findings findings;
  CHECK_FALSE(check_query("sum(\n", {"a.yml", 1}, "", Vocabulary(), {}, findings));
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].rule == "promql/syntax");
  CHECK(findings[0].what.starts_with("the query does not parse: "));
}

TEST_CASE("check query: one interval as a range -> too short for a rate") {
  Findings findings;
  CHECK(check_query("rate(probe_attempts_total[$__interval])", {"a.yml", 1}, "", Vocabulary(), {},
                    findings));
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].rule == "promql/range");
}

TEST_CASE("vocabulary: what Prometheus says of itself -> known, as counters") {
  const Vocabulary vocabulary;
  const auto* series = vocabulary.find("prometheus_rule_evaluation_failures_total");
  REQUIRE(series);
  CHECK(series->kind == Vocabulary::Kind::kCounter);
  CHECK(series->labels.count("rule_group") == 1);
  CHECK(vocabulary.find("prometheus_rules") == nullptr);
}

TEST_CASE("block lines: a block's text -> below its head; others' -> where they stand") {
  const std::string text =
      "a: |\n  x\nb: >-  # why\n  x\nc: \"x\"\nd: x >\ne:\n  - \"a |\"\nf: |2\n    x\n";
  const auto root = parse_yaml(text, "a.yml");
  REQUIRE(root);
  const BlockLines blocks(text);
  std::string lines;
  for (const YamlNode& node : root->children) lines += std::to_string(blocks.text_line(node)) + " ";
  CHECK(lines == "2 4 5 6 8 10 ");
}

}  // namespace
}  // namespace litewatch

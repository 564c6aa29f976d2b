#include <string>

#include "catch.h"
#include "rule_project.h"
#include "rules/routing.h"

namespace litewatch {
namespace {

std::string found(std::string_view rule, std::string_view from, std::string_view to) {
  return found_after(&RuleProject::routing, rule, from, to);
}

TEST_CASE("routing: matchers in all their forms -> read") {
  const auto routing = parse_routing(R"(route:
  receiver: a
  routes:
    - matchers: ['{severity="critical", app=~"x,y|z"}', "db != main"]
      continue: true
      match: {team: a}
      match_re: {pod: "b.*"}
receivers: [{name: a}]
)",
                                     "am.yml");
  REQUIRE(routing);
  const Route& route = routing->root.routes.at(0);
  CHECK(route.goes_on);
  CHECK(route.line == 4);
  std::string text;
  for (const auto& matcher : route.matchers) {
    text += matcher.label + " " + matcher.op + " " + matcher.value + "; ";
  }
  CHECK(text == "severity = critical; app =~ x,y|z; db != main; team = a; pod =~ b.*; ");
}

TEST_CASE("routing: mistakes -> named with their lines") {
  const auto problem = [](std::string_view text) {
    const auto routing = parse_routing(text, "am.yml");
    REQUIRE_FALSE(routing);
    return routing.error().message();
  };
  CHECK(problem("receivers: []").find("route: expected the root") != std::string::npos);
  CHECK(problem("route: {matchers: [severity]}").find("am.yml:1: route.matchers[0]") == 0);
  CHECK(problem("route: {matchers: ['a=~\"(\"']}").find("expected a matcher") != std::string::npos);
  CHECK(problem("route: {routes: 5}").find("a list") != std::string::npos);
}

TEST_CASE("check rules: receivers -> defined, and led to") {
  CHECK(found("routing/receiver", "receiver: pager", "receiver: papa") ==
        "there is no receiver \"papa\"; no route leads to it");
  CHECK(found("routing/receiver", "  receiver: ticket\n", "") ==
        "the root has no receiver; no route leads to it");
  RuleProject project;
  project.routing.clear();
  CHECK(project.found("routing/receiver").starts_with("there is no configuration"));
}

TEST_CASE("check rules: a route that no alert reaches -> routing/route") {
  CHECK(found("routing/route", "severity=\"critical\"']}", "severity=\"page\"']}") ==
        "no alert can reach this route");
  CHECK(found("routing/route", "  routes:\n", "  routes:\n    - {receiver: ticket}\n") ==
        "no alert can reach this route; no alert can reach this route");
  CHECK(
      found("routing/route", "  routes:\n", "  routes:\n    - {receiver: ticket, continue: true}\n")
          .empty());
  CHECK(found("routing/route", "alertname = Watchdog", "team=~\".+\"") ==
        "no alert can reach this route");
  CHECK(found("routing/route", "alertname = Watchdog", "app=\"shop\"").empty());
}

TEST_CASE("check rules: grouping by a label that no alert has -> routing/label") {
  CHECK(found("routing/label", "group_by: [cluster, app]", "group_by: [cluster, ap]") ==
        "group_by names label \"ap\", which no alert has");
  CHECK(found("routing/label", "group_by: [cluster, app]", "group_by: ['...']").empty());
}

TEST_CASE("check rules: inhibitions that cannot match -> routing/inhibition") {
  const auto defect = [](std::string_view from, std::string_view to) {
    return found("routing/inhibition", from, to);
  };
  CHECK(
      defect("source_matchers: ['severity=\"critical\"']", "source_matchers: ['alertname=AppDow']")
          .starts_with("no alert can be its source"));
  CHECK(defect("severity=~\"warning|info\"", "severity=~\"warn\"")
            .starts_with("no alert can be its target"));
  CHECK(defect("    equal: [cluster, app, db]\n", "").starts_with("without equal it silences"));
  CHECK(defect("equal: [cluster, app, db]", "equal: [cluster, target]")
            .starts_with("equal names label \"target\", which no source has"));
  CHECK(defect("equal: [cluster, app, db]", "equal: [severity]") ==
        "no source and target can agree on all labels of equal; it is sent beside the critical "
        "alert of the same name");
}

TEST_CASE("check rules: a warning beside its critical alert -> routing/inhibition") {
  CHECK(found("routing/inhibition", "severity=~\"warning|info\"", "severity=~\"none\"")
            .ends_with("it is sent beside the critical alert of the same name"));
}

}  // namespace
}  // namespace litewatch

#include "tool/check_report.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "check/finding_rules.h"
#include "support/temp_dir.h"
#include "tool/project_root.h"

namespace litewatch {
namespace {

CheckReport report() {
  CheckReport made;
  made.findings.push_back(
      {"alert/for", {"rules/alerts/a b.yml", 7}, "AppDown", "it waits", "wait less"});
  made.findings.push_back({"file/invalid", {"rules/x.yml", 1}, "", "what\x1b[31m", ""});
  made.waived.push_back({{"alert/name", {"rules/y.yml", 2}, "App", "wrong", "mend"}, "Old name."});
  made.checked = 1;
  made.checked_what = "rule";
  made.seconds = 0.123;
  return made;
}

TEST_CASE("check report: as text -> as compilers write it, with a summary") {
  CHECK(check_text(report()) ==
        "rules/alerts/a b.yml:7: alert/for: AppDown: it waits\n"
        "    -> wait less\n"
        "rules/x.yml:1: file/invalid: what\xEF\xBF\xBD[31m\n"
        "2 findings in 1 rule, 1 waived (0.12 s)\n");
}

TEST_CASE("check report: as SARIF -> results with places, waived ones suppressed") {
  const auto sarif = nlohmann::json::parse(check_sarif(report()));
  CHECK(sarif["version"] == "2.1.0");
  const auto& run = sarif["runs"][0];
  const auto& rules = run["tool"]["driver"]["rules"];
  CHECK(rules.size() == finding_rules().size());
  REQUIRE(run["results"].size() == 3);
  const auto& result = run["results"][0];
  CHECK(result["ruleId"] == "alert/for");
  CHECK(rules[result["ruleIndex"].get<std::size_t>()]["id"] == "alert/for");
  CHECK(result["message"]["text"] == "AppDown: it waits -> wait less");
  const auto& place = result["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "rules/alerts/a%20b.yml");
  CHECK(place["region"]["startLine"] == 7);
  CHECK(result["suppressions"].empty());
  const auto& waived = run["results"][2];
  CHECK(waived["suppressions"][0]["justification"] == "Old name.");
  CHECK(waived["suppressions"][0]["kind"] == "external");
}

TEST_CASE("project root: given or found upward -> the folder with rules and dashboards") {
  TempDir dir;
  dir.write("rules/a", "");
  CHECK_FALSE(project_root(dir.path()));
  dir.write("dashboards/a", "");
  REQUIRE(project_root(dir.path()));
  CHECK(project_root(dir.path())->string() == dir.path());
  CHECK_FALSE(project_root(dir.file("rules")));
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directories(dir.file("rules/deep"));
  std::filesystem::current_path(dir.file("rules/deep"));
  const auto found = project_root("");
  std::filesystem::current_path(before);
  REQUIRE(found);
  CHECK(found->string() == dir.path());
}

}  // namespace
}  // namespace litewatch

#include "check/waivers.h"

#include <string>

#include "catch.h"
#include "check/file_error.h"
#include "check/finding_rules.h"

namespace litewatch {
namespace {

Finding finding(const char* rule, const char* subject) {
  return {rule, {"rules/a.yml", 3}, subject, "what", "mend"};
}

std::string names(const Findings& findings) {
  std::string text;
  for (const auto& item : findings) {
    text += (text.empty() ? "" : ", ") + item.rule + " " + item.subject;
  }
  return text;
}

TEST_CASE("waivers: a rule and a glob -> what they name is moved, with the reason") {
  const auto waivers = parse_waivers(R"(- rule: alert/for
  about: Sqlite*
  reason: It is an event.
- {rule: alert/name, about: Nobody, reason: None.}
)",
                                     "rules/waivers.yml");
  REQUIRE(waivers);
  Findings findings = {finding("alert/for", "SqliteWalTooLarge"), finding("alert/for", "AppDown"),
                       finding("alert/label", "SqliteWalTooLarge")};
  std::vector<WaivedFinding> waived;
  apply_waivers(*waivers, findings, waived);
  REQUIRE(waived.size() == 1);
  CHECK(waived[0].finding.subject == "SqliteWalTooLarge");
  CHECK(waived[0].reason == "It is an event.");
  CHECK(names(findings) ==
        "alert/for AppDown, alert/label SqliteWalTooLarge, waiver/unused Nobody");
  CHECK(findings.back().place.file == "rules/waivers.yml");
  CHECK(findings.back().place.line == 4);
}

TEST_CASE("waivers: a finding about a whole file -> waived by *") {
  const auto waivers = parse_waivers("- {rule: file/invalid, about: '*', reason: Known.}", "w.yml");
  REQUIRE(waivers);
  Findings findings = {finding("file/invalid", "")};
  std::vector<WaivedFinding> waived;
  apply_waivers(*waivers, findings, waived);
  CHECK(findings.empty());
  CHECK(waived.size() == 1);
}

TEST_CASE("waivers: an empty file -> none") {
  const auto waivers = parse_waivers("# none\n", "w.yml");
  REQUIRE(waivers);
  CHECK(waivers->list.empty());
}

TEST_CASE("waivers: without a reason, of an unknown rule -> refused with the line") {
  const auto problem = [](std::string_view text) {
    const auto waivers = parse_waivers(text, "w.yml");
    REQUIRE_FALSE(waivers);
    return waivers.error().message();
  };
  CHECK(problem("- {rule: alert/for, about: a}").find("w.yml:1: [0].reason: expected a text") == 0);
  CHECK(problem("- {rule: alert/fro, about: a, reason: b}").find("did you mean alert/for?") !=
        std::string::npos);
  CHECK(problem("- {rule: alert/for, about: a, reason: ''}").find("reason") != std::string::npos);
  CHECK(problem("- {rule: alert/for, abuot: a, reason: b}").find("did you mean about?") !=
        std::string::npos);
  CHECK(problem("rule: alert/for").find("expected a list") != std::string::npos);
}

TEST_CASE("finding rules: ids and summaries -> whole, sorted, each once") {
  std::string_view previous;
  for (const FindingRule& rule : finding_rules()) {
    CAPTURE(rule.id);
    CHECK(previous < rule.id);
    CHECK(rule.id.find('/') != std::string_view::npos);
    CHECK(rule.summary.ends_with('.'));
    previous = rule.id;
  }
}

TEST_CASE("file errors: messages with lines -> a finding each") {
  Findings findings;
  add_file_error(
      Error{ErrorKind::kMalformed, "a.yml:3: x: expected y\na.yml:7: z\na.yml: and 2 more", "", 0},
      "a.yml", findings);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].place.line == 3);
  CHECK(findings[0].what == "x: expected y");
  CHECK(findings[1].place.line == 7);
}

TEST_CASE("file errors: a file that cannot be read -> one finding with the reason") {
  Findings findings;
  add_file_error(system_error(13, "cannot open", "/x/a.yml"), "a.yml", findings);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].place.file == "a.yml");
  CHECK(findings[0].what == "cannot open (Permission denied)");
}

}  // namespace
}  // namespace litewatch

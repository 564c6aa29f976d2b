// Any bytes are rules, tests, a routing, a runbook and a template, or errors that name a line; what
// can be read can be checked.
#include "fuzz.h"
#include "rules/check_rules.h"
#include "rules/template_text.h"

namespace litewatch {
namespace {

constexpr const char* kPath = "rules/alerts/fuzz.yml";

template <class T>
bool is_read(const Result<T>& result) {
  require(result || result.error().what.starts_with(kPath));
  return result.ok();
}

void check(const RuleSet& rules) {
  static const Vocabulary catalogue;
  Vocabulary vocabulary = catalogue;
  add_recorded(rules.recording, vocabulary);
  Findings findings;
  check_rules(rules, vocabulary, {}, findings);
  check_foreign_rules(rules.alerts, vocabulary, findings);
  for (const Finding& finding : findings) {
    require(!finding.rule.empty() && !finding.what.empty() && finding.place.line > 0);
  }
}

void fuzz(std::string_view text) {
  read_template(text);
  RuleSet rules;
  rules.runbooks.push_back(parse_runbook(text, "rules/runbooks/A.md", "A"));
  if (const auto file = parse_rule_file(text, kPath); is_read(file)) {
    rules.recording = {*file};
    rules.alerts = {*file};
  }
  if (const auto tests = parse_rule_tests(text, kPath); is_read(tests)) rules.tests = {*tests};
  if (const auto routing = parse_routing(text, kPath); is_read(routing)) rules.routing = *routing;
  if (!rules.alerts.empty() || !rules.tests.empty() || rules.routing) check(rules);
}

}  // namespace
}  // namespace litewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  litewatch::fuzz(litewatch::text_of(data, size));
  return 0;
}

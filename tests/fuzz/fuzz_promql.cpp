// Any bytes are a query or none; what is one can be followed and looked at, and its findings lie
// within it.
#include "check/label_flow.h"
#include "check/query_check.h"
#include "check/query_habits.h"
#include "fuzz.h"
#include "promql/parser.h"

namespace litewatch {
namespace {

void fuzz(std::string_view query) {
  static const Vocabulary vocabulary;
  const std::string text = without_macros(query);
  require(text.size() == query.size());
  const auto parsed = promql::parse(text);
  require((parsed.expr != nullptr) != parsed.problem.has_value());
  if (parsed.problem) {
    require(parsed.problem->span.start <= text.size() && !parsed.problem->what.empty());
    return;
  }
  QueryFindings findings;
  label_flow(*parsed.expr, vocabulary, findings);
  check_habits(*parsed.expr, vocabulary, {}, findings);
  for (const QueryFinding& finding : findings) {
    require(finding.span.start <= finding.span.end && finding.span.end <= text.size());
  }
}

}  // namespace
}  // namespace litewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  litewatch::fuzz(litewatch::text_of(data, size));
  return 0;
}

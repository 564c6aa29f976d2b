#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "check/finding_rules.h"
#include "tool/check_report.h"
#include "version.h"

namespace litewatch {
namespace {

using Json = nlohmann::ordered_json;

/// A path as a relative URI.
std::string to_uri(std::string_view path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  std::string uri;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      uri += c;
      continue;
    }
    std::array<char, 4> escaped;
    std::snprintf(escaped.data(), escaped.size(), "%%%02X", static_cast<unsigned char>(c));
    uri += escaped.data();
  }
  return uri;
}

Json rules() {
  Json list = Json::array();
  for (const FindingRule& rule : finding_rules()) {
    list.push_back({{"id", rule.id}, {"shortDescription", {{"text", rule.summary}}}});
  }
  return list;
}

std::ptrdiff_t index_of(std::string_view id) {
  const auto all = finding_rules();
  const auto found = std::ranges::find(all, id, &FindingRule::id);
  return found == all.end() ? -1 : found - all.begin();
}

Json result(const Finding& finding, Json suppressions) {
  std::string text = finding.subject.empty() ? "" : finding.subject + ": ";
  text += finding.what;
  if (!finding.mend.empty()) text += " -> " + finding.mend;
  const Json location = {{"artifactLocation", {{"uri", to_uri(finding.place.file)}}},
                         {"region", {{"startLine", finding.place.line}}}};
  return {{"ruleId", finding.rule},
          {"ruleIndex", index_of(finding.rule)},
          {"level", "error"},
          {"message", {{"text", text}}},
          {"locations", Json::array({{{"physicalLocation", location}}})},
          {"suppressions", std::move(suppressions)}};
}

}  // namespace

std::string check_sarif(const CheckReport& report) {
  Json results = Json::array();
  for (const Finding& finding : report.findings) {
    results.push_back(result(finding, Json::array()));
  }
  for (const WaivedFinding& waived : report.waived) {
    const Json suppression = {{"kind", "external"}, {"justification", waived.reason}};
    results.push_back(result(waived.finding, Json::array({suppression})));
  }
  const Json driver = {{"name", "litetool"}, {"version", kVersion}, {"rules", rules()}};
  const Json run = {{"tool", {{"driver", driver}}}, {"results", std::move(results)}};
  const Json sarif = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", Json::array({run})}};
  return sarif.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace litewatch

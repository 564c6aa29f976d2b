#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/rule_file.h"

namespace litewatch {

/// `alert_rule_test`: which alerts are expected to fire at a time.
struct AlertExpectation {
  std::string alertname;
  double at_s = 0;
  std::vector<std::vector<RuleText>> firing;  ///< labels of each; empty: none is firing
  int line = 0;
};

/// `promql_expr_test`.
struct ExprExpectation {
  std::string expr;
  double at_s = 0;
  bool expects_samples = false;
  int line = 0;
};

/// A series that a test feeds: `up{job="litewatch"}`.
struct InputSeries {
  std::string series;
  int line = 0;
};

/// One group of input series with what is expected of it.
struct RuleTest {
  std::string name;  ///< may be empty
  std::vector<InputSeries> inputs;
  std::vector<AlertExpectation> alerts;
  std::vector<ExprExpectation> exprs;
  int line = 0;
};

/// A file for `promtool test rules`. Source: Prometheus 2.42,
/// docs/configuration/unit_testing_rules.
struct RuleTestFile {
  std::string path;
  std::vector<RuleText> rule_files;  ///< as written, relative to the file; without names
  double evaluation_interval_s = 60;
  std::vector<RuleTest> tests;
};

/// Reads what the checks need; keys that they do not need are not looked at.
Result<RuleTestFile> parse_rule_tests(std::string_view text, const std::string& path);

}  // namespace litewatch

#pragma once

#include <string>

#include "rules/rule_tests.h"

namespace litewatch {

/// Whether one of a test file's `rule_files`, relative to it and perhaps with wildcards, is `path`.
bool is_loaded(const RuleTestFile& tests, const RuleText& rule_file, const std::string& path);

/// Whether a test file loads the rule file.
bool loads(const RuleTestFile& tests, const std::string& path);

}  // namespace litewatch

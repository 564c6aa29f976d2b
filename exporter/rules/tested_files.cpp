#include "rules/tested_files.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

namespace litewatch {

bool is_loaded(const RuleTestFile& tests, const RuleText& rule_file, const std::string& path) {
  const auto folder = std::filesystem::path(tests.path).parent_path();
  const std::string pattern = (folder / rule_file.value).lexically_normal().generic_string();
  return ::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0;
}

bool loads(const RuleTestFile& tests, const std::string& path) {
  return std::ranges::any_of(tests.rule_files,
                             [&](const RuleText& file) { return is_loaded(tests, file, path); });
}

}  // namespace litewatch

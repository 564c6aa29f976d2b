#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// rules/runbooks/ALERT.md.
struct Runbook {
  std::string path;
  std::string alert;                  ///< the file's name without .md
  std::string title;                  ///< the heading of level 1; empty: there is none
  std::vector<std::string> headings;  ///< of level 2, with text below them
  bool has_command = false;           ///< a code block or an indented command under Diagnosis
};

Runbook parse_runbook(std::string_view text, const std::string& path, const std::string& alert);

}  // namespace litewatch

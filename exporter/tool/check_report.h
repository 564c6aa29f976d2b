#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "check/finding.h"
#include "check/waivers.h"

namespace litewatch {

/// What `litetool check` found.
struct CheckReport {
  Findings findings;  ///< sorted by file and line
  std::vector<WaivedFinding> waived;
  std::size_t checked = 0;        ///< how many were looked at
  std::string_view checked_what;  ///< "rule", "panel"
  double seconds = 0;             ///< how long it took
};

/// As compilers write it: FILE:LINE: RULE: SUBJECT: what, and the mend below; a summary at the end.
std::string check_text(const CheckReport& report);

/// As SARIF 2.1.0, which code hosts and editors read; waived findings are suppressed results.
std::string check_sarif(const CheckReport& report);

}  // namespace litewatch

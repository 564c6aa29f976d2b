#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "check/finding.h"

namespace litewatch {

/// One finding, or one kind of them, that is as it should be.
struct Waiver {
  std::string rule;    ///< the finding's rule
  std::string about;   ///< glob on the finding's subject
  std::string reason;  ///< why, for the next person
  int line = 0;
};

/// rules/waivers.yml and dashboards/waivers.yml: a list of {rule, about, reason}.
struct Waivers {
  std::string file;
  std::vector<Waiver> list;
};

Result<Waivers> parse_waivers(std::string_view text, const std::string& file);

struct WaivedFinding {
  Finding finding;
  std::string reason;
};

/// Moves the findings that a waiver names to `waived`, and finds the waivers that name none
/// ("waiver/unused").
void apply_waivers(const Waivers& waivers, Findings& findings, std::vector<WaivedFinding>& waived);

}  // namespace litewatch

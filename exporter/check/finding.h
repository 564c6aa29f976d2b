#pragma once

#include <string>
#include <utility>
#include <vector>

namespace litewatch {

/// A line of a file.
struct Place {
  Place() = default;
  // Without it GCC 12 warns of texts in nested braces that it takes for uninitialised.
  Place(std::string in_file, int at_line = 1) : file(std::move(in_file)), line(at_line) {}

  std::string file;  ///< as a person would name it, from the project's root
  int line = 1;
};

/// What is wrong with a rule, a dashboard or what belongs to them.
struct Finding {
  std::string rule;  ///< one of finding_rules.h, e.g. "alert/runbook": what a waiver names
  Place place;
  std::string subject;  ///< what it is about: "AppDown", "sqlite / WAL size"; empty: the whole file
  std::string what;     ///< one sentence without a full stop
  std::string mend;     ///< what to do about it, likewise
};
using Findings = std::vector<Finding>;

}  // namespace litewatch

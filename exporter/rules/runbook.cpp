#include "rules/runbook.h"

#include <optional>

#include "base/take_line.h"

namespace litewatch {
namespace {

constexpr std::string_view kFence = "```";

/// The text of a heading of that mark; nullopt where the line is none.
std::optional<std::string> heading(std::string_view line, std::string_view mark) {
  if (!line.starts_with(mark)) return std::nullopt;
  return std::string(line.substr(mark.size()));
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

Runbook parse_runbook(std::string_view text, const std::string& path, const std::string& alert) {
  Runbook runbook{path, alert, "", {}, false};
  std::string section;
  bool fenced = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const bool is_fence = line.starts_with(kFence);
    if (is_fence) fenced = !fenced;
    if (!fenced && heading(line, "# ") && runbook.title.empty())
      runbook.title = *heading(line, "# ");
    if (const auto found = heading(line, "## "); found && !fenced) {
      section = *found;
      continue;
    }
    if (section.empty() || is_blank(line) || is_fence) continue;
    if (runbook.headings.empty() || runbook.headings.back() != section) {
      runbook.headings.push_back(section);
    }
    if (section == "Diagnosis" && (fenced || line.starts_with("    "))) runbook.has_command = true;
  }
  return runbook;
}

}  // namespace litewatch

#include "tool/help_document.h"

#include <algorithm>
#include <utility>

namespace litewatch {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kUsage = "Usage: ";
constexpr std::size_t kIndent = 2;

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// What stands between blank lines.
std::vector<Lines> paragraphs(std::string_view text) {
  std::vector<Lines> all(1);
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    if (size > 0) all.back().emplace_back(text.substr(0, size));
    if (size == 0 && !all.back().empty()) all.emplace_back();
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  if (all.back().empty()) all.pop_back();
  return all;
}

Lines usage_lines(const Lines& lines) {
  Lines usage;
  for (const std::string& line : lines) {
    const bool first = line.starts_with(kUsage);
    usage.push_back(line.substr(first ? kUsage.size() : indent_of(line)));
  }
  return usage;
}

/// Where the text of a row begins; npos where the line is no row.
std::size_t text_column(std::string_view line) {
  if (indent_of(line) != kIndent || line.substr(kIndent).starts_with("- ")) return line.npos;
  const std::size_t gap = line.find("  ", kIndent);
  return gap == line.npos ? gap : line.find_first_not_of(' ', gap);
}

bool is_table(const Lines& lines) {
  if (text_column(lines[0]) == std::string::npos) return false;
  return std::ranges::all_of(lines, [](const std::string& line) {
    return indent_of(line) > kIndent || text_column(line) != line.npos;
  });
}

std::vector<HelpItem> rows(const Lines& lines) {
  std::vector<HelpItem> items;
  std::size_t column = 0;
  for (const std::string& line : lines) {
    if (indent_of(line) == kIndent) {
      column = text_column(line);
      const std::string term = line.substr(kIndent, column - kIndent);
      items.push_back({term.substr(0, term.find_last_not_of(' ') + 1), line.substr(column), {}});
    } else if (indent_of(line) > column) {
      items.back().below.push_back(line.substr(indent_of(line)));
    } else {
      items.back().text += " " + line.substr(indent_of(line));
    }
  }
  return items;
}

Lines without_indent(Lines lines) {
  for (std::string& line : lines) line.erase(0, kIndent);
  return lines;
}

HelpPart part_of(Lines lines) {
  HelpPart part;
  if (lines.size() > 1 && lines[0].ends_with(':') && indent_of(lines[1]) >= kIndent) {
    part.title = lines[0].substr(0, lines[0].size() - 1);
    lines.erase(lines.begin());
  }
  if (indent_of(lines[0]) < kIndent) {
    part.paragraph = spaced(lines);
  } else if (is_table(lines)) {
    part.items = rows(lines);
  } else {
    part.verbatim = without_indent(std::move(lines));
  }
  return part;
}

}  // namespace

std::string spaced(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

HelpDocument parse_help(std::string_view text) {
  HelpDocument document;
  for (Lines& lines : paragraphs(text)) {
    if (lines[0].starts_with(kUsage)) {
      document.usage = usage_lines(lines);
    } else {
      document.parts.push_back(part_of(std::move(lines)));
    }
  }
  return document;
}

}  // namespace litewatch

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litewatch {

/// A row of a table in a help text: an option or a word, and what it does.
struct HelpItem {
  std::string term;
  std::string text;                ///< one line
  std::vector<std::string> below;  ///< lines that stand deeper, as they are
};

/// What stands between blank lines of a help text. One of the three is filled.
struct HelpPart {
  std::string title;  ///< without its colon; empty: none
  std::string paragraph;
  std::vector<HelpItem> items;
  std::vector<std::string> verbatim;  ///< commands and files, without their indentation
};

/// A subcommand's --help, taken apart, so that man pages and completions need no text of their own.
struct HelpDocument {
  std::vector<std::string> usage;  ///< without "Usage: "
  std::vector<HelpPart> parts;
};

/// Takes any text; what looks like nothing known is a paragraph.
HelpDocument parse_help(std::string_view text);

/// Words or lines, with a space between each two.
std::string spaced(const std::vector<std::string>& words);

}  // namespace litewatch

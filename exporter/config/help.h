#pragma once

#include <span>
#include <string>
#include <string_view>

namespace litewatch {

/// A thing and what it does.
struct HelpRow {
  std::string_view term;
  std::string_view text;
};

/// What the service tells of itself beside its flags. --help, the man page and the shells'
/// completions are made of this and of flag_texts().
struct ProgramHelp {
  std::span<const std::string_view> usage;  ///< what follows the program's name
  std::string_view introduction;
  std::span<const HelpRow> examples;  ///< command lines
  std::span<const HelpRow> environment;
  std::span<const HelpRow> exit_codes;
  std::span<const HelpRow> signals;
  std::span<const HelpRow> files;
};
ProgramHelp program_help();

/// What --help prints: usage, examples, every flag with its default, and the environment, below 100
/// columns.
std::string help_text();

}  // namespace litewatch

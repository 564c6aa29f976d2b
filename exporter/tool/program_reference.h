#pragma once

#include <string>
#include <vector>

#include "tool/help_document.h"

namespace litewatch {

/// What may stand as a value or an operand.
enum class Takes : unsigned char { kNothing, kWords, kFile, kFolder, kAnything };

/// One option on a command line.
struct OptionReference {
  std::string name;   ///< with its dashes
  std::string value;  ///< its placeholder, or its words: "text|json"; empty: a switch
  std::string text;   ///< what it does; empty: the usage alone names it
  bool repeatable = false;

  Takes takes() const;
  std::vector<std::string> words() const;  ///< those of Takes::kWords
  /// The first sentence of the text, for a menu.
  std::string brief() const;
};

/// A subcommand, or a program that has none.
struct CommandReference {
  std::string name;
  std::string summary;  ///< one line
  std::vector<OptionReference> options;
  std::vector<std::string> words;  ///< that may stand as operands
  bool files = false;              ///< whether paths may
  HelpDocument help;               ///< empty for a program
};

/// What shells and man pages have to know of a program.
struct ProgramReference {
  CommandReference program;
  std::vector<CommandReference> commands;
};

/// Of the service: from the tables of its flags.
ProgramReference litewatch_reference();
/// Of litetool: from the help texts of its subcommands.
ProgramReference litetool_reference();

/// What a help text says of its command's options and operands.
CommandReference command_reference(std::string name, std::string summary, HelpDocument help);

}  // namespace litewatch

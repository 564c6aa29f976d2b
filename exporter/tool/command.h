#pragma once

#include <span>
#include <string>
#include <string_view>

namespace litewatch {

/// The arguments after the subcommand's name.
using Arguments = std::span<const char* const>;

/// Exit codes that every subcommand shares.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFinding = 1;  ///< the thing looked at is not well
inline constexpr int kExitError = 2;    ///< wrong usage, or it could not be looked at

/// One subcommand of litetool: the whole of it is this row and its function.
struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line
  int (*run)(Arguments arguments);
  std::string_view help;                 ///< what `litetool NAME --help` prints
  std::string (*more_help)() = nullptr;  ///< and what it prints below
};

/// All subcommands, in the order of the help.
std::span<const Command> commands();

int run_inspect(Arguments arguments);
int run_probe(Arguments arguments);
int run_import(Arguments arguments);
int run_check(Arguments arguments);
int run_docs(Arguments arguments);
int run_build(Arguments arguments);

extern const std::string_view kInspectHelp;
extern const std::string_view kProbeHelp;
extern const std::string_view kImportHelp;
extern const std::string_view kCheckHelp;
extern const std::string_view kDocsHelp;
extern const std::string_view kBuildHelp;

/// The ids of all rules that `litetool check` knows, a line each.
std::string check_rule_list();

}  // namespace litewatch

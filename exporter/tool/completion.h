#pragma once

#include <string>

#include "tool/program_reference.h"

namespace litewatch {

/// What a shell loads to complete a program's command line: subcommands, options with their words,
/// and paths where they may stand.
std::string bash_completion(const ProgramReference& reference);
std::string zsh_completion(const ProgramReference& reference);
std::string fish_completion(const ProgramReference& reference);

}  // namespace litewatch

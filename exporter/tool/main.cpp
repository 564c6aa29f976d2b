// litetool: what people and CI run beside the service. The subcommands stand in commands.cpp.

#include <cstdio>
#include <string>
#include <string_view>

#include "base/standard_streams.h"
#include "tool/command.h"
#include "version.h"

namespace {

using namespace litewatch;

void print_usage(std::FILE* out) {
  std::fputs("Usage: litetool COMMAND [ARGUMENTS]\n\nCommands:\n", out);
  for (const Command& command : commands()) {
    std::fprintf(out, "  %-10.*s %.*s\n", static_cast<int>(command.name.size()),
                 command.name.data(), static_cast<int>(command.summary.size()),
                 command.summary.data());
  }
  std::fputs(
      "\n`litetool COMMAND --help` explains one. Exit codes: 0 well, 1 a finding, 2 an error.\n",
      out);
}

bool wants_help(Arguments arguments) {
  for (const std::string_view argument : arguments) {
    if (argument == "--help" || argument == "-h") return true;
  }
  return false;
}

int run(Arguments arguments) {
  const std::string_view name = arguments.empty() ? "" : arguments.front();
  if (name == "--version") return std::printf("litetool %s\n", kVersion), kExitOk;
  if (name == "--help" || name == "-h" || name == "help") return print_usage(stdout), kExitOk;
  for (const Command& command : commands()) {
    if (command.name != name) continue;
    if (!wants_help(arguments.subspan(1))) return command.run(arguments.subspan(1));
    std::fwrite(command.help.data(), 1, command.help.size(), stdout);
    if (command.more_help != nullptr) std::fputs(command.more_help().c_str(), stdout);
    return kExitOk;
  }
  if (!name.empty()) std::fprintf(stderr, "litetool: no command \"%s\"\n\n", name.data());
  print_usage(stderr);
  return kExitError;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  const int code = run(Arguments(argv, static_cast<std::size_t>(argc)).subspan(1));
  const auto error = flush_standard_output();
  if (!error) return code;
  std::fprintf(stderr, "litetool: %s\n", error->message().c_str());
  return kExitError;
}

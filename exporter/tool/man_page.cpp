#include "tool/man_page.h"

#include <span>
#include <string_view>

#include "config/flags.h"
#include "config/help.h"
#include "tool/command.h"
#include "tool/program_reference.h"
#include "tool/roff.h"
#include "version.h"

namespace litewatch {
namespace {

constexpr int kBelowRow = 11;

Roff begin_page(const CommandReference& program, std::string_view title) {
  Roff page(title, kReleaseDate, program.name + " " + kVersion);
  page.section("NAME").name(program.name, program.summary);
  return page;
}

void add_rows(std::string_view title, std::span<const HelpRow> rows, Roff& page) {
  page.section(title);
  for (const auto& [term, text] : rows) page.row(term, "", text);
}

void add_flags(Roff& page) {
  page.section("OPTIONS").paragraph(
      "Flags take their value as --flag=value or --flag value; \"--\" ends them.");
  std::string_view group;
  for (const FlagText& flag : flag_texts()) {
    if (flag.group != group) page.subsection(flag.group);
    group = flag.group;
    std::string text(flag.help);
    if (!flag.default_value.empty()) text.append(" Default: ").append(flag.default_value);
    page.row(flag.name, flag.value, text);
  }
}

void add_items(const HelpPart& part, Roff& page) {
  for (const HelpItem& item : part.items) {
    page.row(item.term, "", item.text);
    std::string lines;
    for (const std::string& line : item.below) lines += line + "\n";
    if (!lines.empty()) page.verbatim(lines, kBelowRow);
  }
}

void add_part(const HelpPart& part, Roff& page) {
  if (!part.title.empty() && part.title != "Options") page.paragraph(part.title + ":");
  if (!part.paragraph.empty()) page.paragraph(part.paragraph);
  add_items(part, page);
  std::string lines;
  for (const std::string& line : part.verbatim) lines += line + "\n";
  if (!lines.empty()) page.verbatim(lines);
}

void add_command(const CommandReference& command, Roff& page) {
  page.subsection("litetool " + command.name);
  for (const std::string& usage : command.help.usage) {
    const std::size_t name_size = std::string_view("litetool ").size() + command.name.size();
    const bool first = usage.starts_with("litetool " + command.name);
    page.synopsis(first ? usage.substr(0, name_size) : "",
                  first ? std::string_view(usage).substr(name_size + 1) : usage);
  }
  for (const HelpPart& part : command.help.parts) add_part(part, page);
}

constexpr HelpRow kToolExitCodes[] = {
    {"0", "All is well."},
    {"1", "A finding: what was looked at is not well."},
    {"2", "Wrong usage, or it could not be looked at."},
};

constexpr std::string_view kToolEnvironment[] = {"SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY",
                                                 "NO_PROXY"};

void add_tool_environment(Roff& page) {
  page.section("ENVIRONMENT")
      .paragraph("litetool probe heeds the variables that litewatch's probes do:");
  for (const HelpRow& row : program_help().environment) {
    for (const std::string_view name : kToolEnvironment) {
      if (row.term == name) page.row(row.term, "", row.text);
    }
  }
}

}  // namespace

std::string litewatch_man_page() {
  const ProgramHelp help = program_help();
  Roff page = begin_page(litewatch_reference().program, "LITEWATCH");
  page.section("SYNOPSIS");
  for (const std::string_view usage : help.usage) page.synopsis("litewatch", usage);
  page.section("DESCRIPTION").paragraph(help.introduction);
  add_flags(page);
  add_rows("EXAMPLES", help.examples, page);
  add_rows("EXIT STATUS", help.exit_codes, page);
  add_rows("ENVIRONMENT", help.environment, page);
  add_rows("FILES", help.files, page);
  add_rows("SIGNALS", help.signals, page);
  page.section("SEE ALSO").see("litetool", 1, false).see("systemctl", 1, true);
  return page.text();
}

std::string litetool_man_page() {
  const ProgramReference reference = litetool_reference();
  Roff page = begin_page(reference.program, "LITETOOL");
  page.section("SYNOPSIS").synopsis("litetool", "COMMAND [ARGUMENTS]");
  page.section("DESCRIPTION")
      .paragraph(
          "What people and CI run beside litewatch. `litetool COMMAND --help` explains one.");
  page.section("COMMANDS");
  for (const CommandReference& command : reference.commands) add_command(command, page);
  add_rows("EXIT STATUS", kToolExitCodes, page);
  add_tool_environment(page);
  page.section("SEE ALSO").see("litewatch", 1, true);
  return page.text();
}

}  // namespace litewatch

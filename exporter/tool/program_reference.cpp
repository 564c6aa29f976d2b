#include "tool/program_reference.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/flags.h"
#include "tool/command.h"

namespace litewatch {
namespace {

constexpr std::string_view kRepeatable = "given again";

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find(at), text.size());
    if (size > 0) parts.emplace_back(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return parts;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
  return std::ranges::find(all, text) != all.end();
}

/// "--procfs=PATH" or "--module NAME".
OptionReference option_of(std::string_view term) {
  const std::size_t size = std::min(term.find_first_of("= "), term.size());
  OptionReference option;
  option.name = term.substr(0, size);
  option.value = term.substr(std::min(size + 1, term.size()));
  return option;
}

OptionReference& find_or_add(std::vector<OptionReference>& options, OptionReference option) {
  const auto found = std::ranges::find(options, option.name, &OptionReference::name);
  return found != options.end() ? *found : options.emplace_back(std::move(option));
}

void add_items(const HelpDocument& help, CommandReference& command) {
  for (const HelpPart& part : help.parts) {
    for (const HelpItem& item : part.items) {
      if (!item.term.starts_with("--")) continue;
      OptionReference option = option_of(item.term);
      option.text = item.text;
      option.repeatable = item.text.find(kRepeatable) != item.text.npos;
      command.options.push_back(std::move(option));
    }
  }
}

/// "[--format=text|sarif]", which may name values that the table does not.
void add_usage_option(std::string_view term, CommandReference& command) {
  const OptionReference option = option_of(term);
  OptionReference& known = find_or_add(command.options, option);
  if (known.value.empty() || option.value.find('|') != option.value.npos) {
    known.value = option.value;
  }
}

void add_operand(std::string_view operand, CommandReference& command) {
  operand = operand.substr(0, operand.find("..."));
  if (operand.find('|') != operand.npos) {
    for (std::string& word : split(operand, '|')) {
      if (std::ranges::find(command.words, word) == command.words.end()) {
        command.words.push_back(std::move(word));
      }
    }
  }
  command.files |= is_one_of(operand, {"FILE", "URL"});
}

void add_usage(std::string_view usage, CommandReference& command) {
  while (!usage.empty()) {
    const bool bracket = usage.starts_with('[');
    const std::size_t size = std::min(usage.find(bracket ? ']' : ' '), usage.size());
    const std::string_view term = usage.substr(bracket ? 1 : 0, size - (bracket ? 1 : 0));
    if (bracket && term.starts_with("--")) add_usage_option(term, command);
    if (!bracket) add_operand(term, command);
    usage.remove_prefix(std::min(size + 1, usage.size()));
  }
}

OptionReference help_option() {
  return {"--help", "", "Print what there is to know of it.", false};
}

}  // namespace

Takes OptionReference::takes() const {
  if (value.empty()) return Takes::kNothing;
  if (value.find('|') != value.npos) return Takes::kWords;
  if (is_one_of(value, {"PATH", "FILE"})) return Takes::kFile;
  return is_one_of(value, {"FOLDER", "DIR"}) ? Takes::kFolder : Takes::kAnything;
}

std::vector<std::string> OptionReference::words() const {
  return takes() == Takes::kWords ? split(value, '|') : std::vector<std::string>();
}

std::string OptionReference::brief() const {
  const std::size_t end = std::min(text.find(". "), text.find("; "));
  std::string sentence = text.substr(0, end);
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

CommandReference command_reference(std::string name, std::string summary, HelpDocument help) {
  CommandReference command;
  command.name = std::move(name);
  command.summary = std::move(summary);
  command.help = std::move(help);
  add_items(command.help, command);
  for (const std::string& usage : command.help.usage) add_usage(usage, command);
  command.options.push_back(help_option());
  return command;
}

ProgramReference litewatch_reference() {
  ProgramReference reference;
  CommandReference& program = reference.program;
  program.name = "litewatch";
  program.summary = "Prometheus exporter for apps that keep their data in SQLite";
  program.files = true;
  for (const FlagText& flag : flag_texts()) {
    program.options.push_back(
        {std::string(flag.name), std::string(flag.value), std::string(flag.help), flag.repeatable});
  }
  return reference;
}

ProgramReference litetool_reference() {
  ProgramReference reference;
  CommandReference& program = reference.program;
  program.name = "litetool";
  program.summary =
      "look at SQLite databases and health endpoints, check alert rules and dashboards";
  program.options = {help_option(), {"--version", "", "Print the version and exit.", false}};
  for (const Command& command : commands()) {
    std::string text(command.help);
    if (command.more_help != nullptr) text += command.more_help();
    reference.commands.push_back(command_reference(std::string(command.name),
                                                   std::string(command.summary), parse_help(text)));
  }
  return reference;
}

}  // namespace litewatch

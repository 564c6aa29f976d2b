#include "tool/help_document.h"

#include <algorithm>
#include <string>

#include "catch.h"
#include "tool/command.h"
#include "tool/program_reference.h"

using namespace litewatch;

namespace {

constexpr const char* kText = R"(Usage: litetool try a|b [--json] [--form=x|y]
       litetool try FILE

Does a thing,
on two lines.

  --json         one object
  --root=FOLDER  where; may be
                 given again
  word           what it is:
                   below/  more

  - rule: x      # no row

Examples:
  litetool try a
)";

const OptionReference* find(const CommandReference& command, const std::string& name) {
  const auto found = std::ranges::find(command.options, name, &OptionReference::name);
  return found == command.options.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("help document: each kind of part -> told apart") {
  const HelpDocument help = parse_help(kText);
  REQUIRE(help.usage.size() == 2);
  CHECK(help.usage[1] == "litetool try FILE");
  REQUIRE(help.parts.size() == 4);
  CHECK(help.parts[0].paragraph == "Does a thing, on two lines.");
  REQUIRE(help.parts[1].items.size() == 3);
  CHECK(help.parts[1].items[1].term == "--root=FOLDER");
  CHECK(help.parts[1].items[1].text == "where; may be given again");
  CHECK(help.parts[1].items[2].below == std::vector<std::string>{"below/  more"});
  CHECK(help.parts[2].verbatim == std::vector<std::string>{"- rule: x      # no row"});
  CHECK(help.parts[3].title == "Examples");
  CHECK(help.parts[3].verbatim == std::vector<std::string>{"litetool try a"});
}

TEST_CASE("help document: no text, blanks, rows without a head -> no crash") {
  for (const char* text :
       {"", "\n\n", "x", "Usage: ", "  a  b\n      c", "      deep", "t:\n  x"}) {
    CAPTURE(text);
    parse_help(text);
  }
}

TEST_CASE("command reference: table and usage -> options with their values") {
  const auto command = command_reference("try", "", parse_help(kText));
  REQUIRE(find(command, "--root"));
  CHECK(find(command, "--root")->takes() == Takes::kFolder);
  CHECK(find(command, "--root")->repeatable);
  REQUIRE(find(command, "--json"));
  CHECK(find(command, "--json")->takes() == Takes::kNothing);
  REQUIRE(find(command, "--form"));
  CHECK(find(command, "--form")->words() == std::vector<std::string>{"x", "y"});
  CHECK(command.words == std::vector<std::string>{"a", "b"});
  CHECK(command.files);
}

TEST_CASE("command reference: every option of litetool's help -> told, with what it does") {
  for (const CommandReference& command : litetool_reference().commands) {
    for (const OptionReference& option : command.options) {
      CAPTURE(command.name, option.name);
      CHECK_FALSE(option.text.empty());
      CHECK_FALSE(option.brief().empty());
    }
    for (const HelpPart& part : command.help.parts) {
      for (const std::string& line : part.verbatim) {
        CAPTURE(command.name, line);
        CHECK_FALSE(line.starts_with("--"));  // a row that was taken for an example
      }
    }
  }
}

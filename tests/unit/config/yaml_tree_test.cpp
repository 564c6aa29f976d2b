#include "config/yaml_tree.h"

#include <random>

#include "catch.h"

namespace litewatch {
namespace {

using Kind = YamlNode::Kind;

YamlNode parsed(std::string_view text) {
  auto root = parse_yaml(text, "x.yml");
  if (!root) FAIL(root.error().what);
  return *std::move(root);
}

std::string refusal(std::string_view text) {
  const auto root = parse_yaml(text, "x.yml");
  return root ? "accepted" : root.error().what;
}

TEST_CASE("yaml tree: a document -> kinds, keys, texts and lines") {
  const YamlNode root = parsed("# first\na: 1\nb:\n  - 'x'\n  - {c: y, d: }\n  - [p, q]\n");
  REQUIRE(root.kind == Kind::kMap);
  REQUIRE(root.children.size() == 2);
  const YamlNode& a = root.children[0];
  CHECK((a.key == "a" && a.text == "1" && a.line == 2 && a.key_line == 2 && !a.quoted));
  const YamlNode& b = root.children[1];
  REQUIRE((b.key == "b" && b.kind == Kind::kList && b.key_line == 3 && b.line == 4));
  REQUIRE(b.children.size() == 3);
  CHECK((b.children[0].text == "x" && b.children[0].quoted && b.children[0].line == 4));
  const YamlNode& map = b.children[1];
  REQUIRE((map.kind == Kind::kMap && map.line == 5 && map.children.size() == 2));
  CHECK((map.children[1].key == "d" && map.children[1].kind == Kind::kNothing));
  CHECK((b.children[2].kind == Kind::kList && b.children[2].children.size() == 2));
}

TEST_CASE("yaml tree: no value at all -> nothing") {
  for (const char* text : {"", "\n\n", "# comment", "---\n", "---\n...\n", "~", "null"}) {
    INFO(text);
    CHECK(parsed(text).kind == Kind::kNothing);
  }
}

TEST_CASE("yaml tree: keys given twice -> both, in order") {
  const YamlNode root = parsed("a: 1\na: 2\n");
  REQUIRE(root.children.size() == 2);
  CHECK((root.children[0].text == "1" && root.children[1].text == "2"));
}

TEST_CASE("yaml tree: aliases -> copies that keep their first lines") {
  const YamlNode root = parsed("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n");
  REQUIRE(root.children.size() == 4);
  CHECK((root.children[1].key == "b" && root.children[1].children.size() == 2));
  CHECK((root.children[1].line == 1 && root.children[1].key_line == 2));
  CHECK(root.children[3].text == "3");
}

TEST_CASE("yaml tree: alias bombs -> refused by size, not by memory") {
  std::string lists = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    lists += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) lists += alias + ", ";
    lists += alias + "]\n";
  }
  CHECK(refusal(lists).ends_with("too much: more than 64 MiB with aliases expanded"));

  std::string one_text = "a: &a " + std::string(500'000, 'x') + "\nb: [";
  for (int i = 0; i < 200; ++i) one_text += "*a, ";
  CHECK(refusal(one_text + "*a]\n").ends_with("with aliases expanded"));

  std::string nested;
  for (int i = 0; i < 400; ++i)
    nested += "&n" + std::to_string(i) + " [" + std::string(1000, 'y') + ", ";
  CHECK(refusal(nested + "z" + std::string(400, ']')).ends_with("with aliases expanded"));
}

TEST_CASE("yaml tree: 20000 levels of nesting -> refused") {
  for (const char* level : {"[", "{a: ", "- ", "? "}) {
    INFO(level);
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += level;
    CHECK(refusal(text).starts_with("x.yml:1: expected YAML, got "));
  }
}

TEST_CASE("yaml tree: huge scalars -> whole") {
  const std::string text(900'000, 'x');
  CHECK(parsed(text).text == text);
  CHECK(parsed("'" + text + "'").text == text);
  CHECK(parsed("? " + text + "\n: 1\n").children.at(0).key == text);
  CHECK(refusal("a: \"" + text).ends_with("got a quoted text without its end"));
}

TEST_CASE("yaml tree: control bytes -> the line they stand on") {
  CHECK(refusal(std::string("a: 1\nb: \0\n", 10))
            .starts_with("x.yml:2: expected YAML, got a control"));
  CHECK(refusal("a: 1\n\n\x04").starts_with("x.yml:3: "));
  CHECK(refusal("\x7f").starts_with("x.yml:1: "));
  CHECK(refusal("a:\t1\r\nb: 2\r\n") == "accepted");
}

TEST_CASE("yaml tree: random bytes -> a tree or an error with a line, never anything else") {
  static constexpr std::string_view kPieces[] = {
      "a",         ":",   " ",   "\n", "- ", "[", "]",    "{",  "}",    ",",
      "'",         "\"",  "&x ", "*x", "? ", "|", ">",    "#",  "!",    "!!str ",
      "%YAML 1.2", "---", "...", "\t", "\\", "~", "\xff", "<<", "\n  ", "\n "};
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto n = random() % 24; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
    const auto root = parse_yaml(text, "x.yml");
    if (root) continue;
    INFO(text);
    REQUIRE(root.error().kind == ErrorKind::kMalformed);
    REQUIRE(root.error().what.starts_with("x.yml:"));
  }
}

}  // namespace
}  // namespace litewatch

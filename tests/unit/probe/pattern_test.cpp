#include "probe/pattern.h"

#include <chrono>

#include "catch.h"

using namespace litewatch;

namespace {

bool found(std::string_view regexp, std::string_view text) {
  const auto pattern = Pattern::compile(regexp);
  REQUIRE(pattern);
  return pattern->found_in(text);
}

std::vector<std::string> groups_of(std::string_view regexp, std::string_view text) {
  const auto pattern = Pattern::compile(regexp);
  REQUIRE(pattern);
  std::vector<std::string> groups;
  REQUIRE(pattern->match(text, groups));
  return groups;
}

}  // namespace

TEST_CASE("pattern: plain, anchored, multi-line, empty -> found as Go's regexp finds") {
  CHECK(found("ok", "it is ok"));
  CHECK_FALSE(found("ok", "it is OK"));
  CHECK(found("(?i)ok", "it is OK"));
  CHECK(found("", ""));
  CHECK(found("^$", ""));
  CHECK_FALSE(found("^b", "a\nb"));
  CHECK(found("(?m)^b$", "a\nb\nc"));
  CHECK_FALSE(found("a.b", "a\nb"));
  CHECK(found("(?s)a.b", "a\nb"));
  CHECK(found(R"(^\d{3} )", "220 ready"));
}

TEST_CASE("pattern: UTF-8 text -> one dot is one character") {
  CHECK(found("^.$", "\u00e9"));
  CHECK(found("^\u00e9$", "\u00e9"));
  CHECK(found("^.$", "\U0001F600"));
  CHECK_FALSE(found("^..$", "\U0001F600"));
  CHECK(found(R"(\pL)", "\u0416"));
}

TEST_CASE("pattern: bytes that are no UTF-8 -> each is one U+FFFD, as in Go") {
  CHECK(found("^a.b$",
              "a\xff"
              "b"));
  CHECK(found("^a[^x]b$",
              "a\xff"
              "b"));
  CHECK(found("^a..b$",
              "a\xe2\x82"
              "b"));
  CHECK(found(R"(^a\x{FFFD}b$)",
              "a\xff"
              "b"));
  CHECK_FALSE(
      found("^a\u00ff"
            "b$",
            "a\xff"
            "b"));
  CHECK(found("end$", std::string("\0\xfe end", 6)));
}

TEST_CASE("pattern: groups -> the bytes as they stand in the text") {
  CHECK(groups_of("(\\w+)@(\\w+)", "to me@host now") ==
        std::vector<std::string>{"me@host", "me", "host"});
  CHECK(groups_of("a(b)?(c)", "ac") == std::vector<std::string>{"ac", "", "c"});
  CHECK(groups_of("x", "x") == std::vector<std::string>{"x"});
  CHECK(groups_of("k=(.*);(.)$", "\xff k=\xfe\u00e9\xe2\x82;\xf0") ==
        std::vector<std::string>{"k=\xfe\u00e9\xe2\x82;\xf0", "\xfe\u00e9\xe2\x82", "\xf0"});
  CHECK(groups_of("(b*)$", "a\xff") == std::vector<std::string>{"", ""});
}

TEST_CASE("pattern: size -> grows with what a search may cost") {
  CHECK(Pattern::compile("ok")->size() < 20);
  CHECK(Pattern::compile("(ok){100}")->size() > 200);
  CHECK(Pattern::compile("\\pL{10}")->size() > Pattern::compile("x{10}")->size());
}

TEST_CASE("pattern: no match -> the groups stay as they were") {
  std::vector<std::string> groups = {"before"};
  CHECK_FALSE(Pattern::compile("x")->match("y", groups));
  CHECK(groups == std::vector<std::string>{"before"});
}

TEST_CASE("pattern: malformed, too large, not UTF-8 -> an error with RE2's words") {
  for (const char* regexp : {"(", "[z-a]", "a**", "\\8", "(?P<n>a", "(?=a)", "\xff"}) {
    INFO(regexp);
    const auto pattern = Pattern::compile(regexp);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error().kind == ErrorKind::kMalformed);
    CHECK_FALSE(pattern.error().what.empty());
  }
  CHECK_FALSE(Pattern::compile("((\\pL{1,100}){1,100}){1,100}"));
  CHECK_FALSE(Pattern::compile("(\\pL{100}\\pN{100}){5}"));
}

TEST_CASE("pattern: an expression that backtracking engines choke on -> linear time") {
  const std::string text(64 << 10, 'a');
  const auto before = std::chrono::steady_clock::now();
  CHECK_FALSE(found("^(a|a?)+$", text + "b"));
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(20));
}

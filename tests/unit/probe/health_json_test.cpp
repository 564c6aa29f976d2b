#include <string>

#include "catch.h"
#include "probe/health/json.h"

using namespace litewatch;

namespace {

std::string problem(std::string_view text) {
  const auto document = parse_json(text);
  return document.ok() ? "" : document.error().what;
}

std::string repeated(std::string_view piece, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

std::size_t depth_of(const JsonValue& value) {
  return value.members.empty() ? 1 : 1 + depth_of(value.members[0].value);
}

}  // namespace

TEST_CASE("health json: a document -> its tree, in its order") {
  const auto document = parse_json(R"({"b": [1, -2.5, true, null], "a": "x", "A": "y"})");
  REQUIRE(document.ok());
  const JsonValue& root = document->root;
  REQUIRE(root.is_object());
  REQUIRE(root.members.size() == 3);
  CHECK(root.members[0].key == "b");
  const auto& list = root.members[0].value.members;
  REQUIRE(list.size() == 4);
  CHECK(list[0].value.number == 1);
  CHECK(list[1].value.number == -2.5);
  CHECK(list[2].value.boolean);
  CHECK(list[3].value.kind == JsonValue::Kind::kNull);
  CHECK(root.find("a")->text == "x");
  CHECK(root.find("B") == &root.members[0].value);
  CHECK(root.find("c") == nullptr);
  CHECK(list[0].value.find("a") == nullptr);
}

TEST_CASE("health json: not JSON -> says at which byte") {
  CHECK(problem("") == "the JSON breaks off after byte 0");
  CHECK(problem("{\"a\": 1") == "the JSON breaks off after byte 7");
  CHECK(problem("{\"a\" 1}") == "not JSON at byte 6");
  CHECK(problem("{} {}") == "not JSON at byte 4");
  CHECK(problem(std::string_view("{}\0{}", 5)) == "not JSON at byte 3");
  CHECK(problem("{'a': 1}") == "not JSON at byte 2");
  CHECK(problem("[1,]") == "not JSON at byte 4");
  CHECK(problem("nul") == "the JSON breaks off after byte 3");
}

TEST_CASE("health json: numbers that are none, or too great -> null; the rest stays") {
  const auto document = parse_json(
      R"({"a": NaN, "b": -Infinity, "c": 1e999, "d": 18446744073709551616, "e": "NaN"})");
  REQUIRE(document.ok());
  for (const char* const key : {"a", "b", "c"}) {
    CHECK(document->root.find(key)->kind == JsonValue::Kind::kNull);
  }
  CHECK(document->root.find("d")->number == 18446744073709551616.0);
  CHECK(document->root.find("e")->text == "NaN");
}

TEST_CASE("health json: bytes that are not UTF-8 -> U+FFFD") {
  const auto document = parse_json("{\"a\": \"x\xff\\\"y\xed\xa0\x80\", \"\xc3\": 1}");
  REQUIRE(document.ok());
  CHECK(document->root.find("a")->text == "x\xEF\xBF\xBD\"y\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(document->root.members[1].key == "\xEF\xBF\xBD");
  CHECK_FALSE(parse_json("{\"a\": \"\xff").ok());
  CHECK_FALSE(parse_json("\xff").ok());
}

TEST_CASE("health json: nested deeper than 32 -> passed over, whatever the depth") {
  const auto fits = parse_json(repeated("[", 32) + repeated("]", 32));
  REQUIRE(fits.ok());
  CHECK(fits->left_out == 0);
  CHECK(depth_of(fits->root) == 32);
  const auto deep = parse_json(repeated("[", 100'000) + "1" + repeated("]", 100'000));
  REQUIRE(deep.ok());
  CHECK(deep->left_out == 1);
  CHECK(depth_of(deep->root) == 32);
  const auto objects = parse_json(repeated("{\"a\":", 40) + "1" + repeated("}", 40));
  REQUIRE(objects.ok());
  CHECK(objects->left_out == 1);
  CHECK_FALSE(parse_json(repeated("[", 100'000)).ok());
}

TEST_CASE("health json: what follows something passed over is where it was") {
  const std::string deep = repeated("[", 40) + "{\"x\": 1}" + repeated("]", 40);
  const auto document = parse_json("{\"a\": " + deep + ", \"b\": 2}");
  REQUIRE(document.ok());
  REQUIRE(document->root.members.size() == 2);
  CHECK(document->root.find("b")->number == 2);
}

TEST_CASE("health json: more than 16384 values -> the first ones") {
  const auto document = parse_json("[" + repeated("1,", 20'000) + "[2]]");
  REQUIRE(document.ok());
  CHECK(document->root.members.size() == JsonDocument::kMaxValues - 1);
  CHECK(document->left_out == 20'001 - (JsonDocument::kMaxValues - 1));
}

TEST_CASE("health json: long texts and keys -> cut") {
  const auto document =
      parse_json("{\"" + std::string(1000, 'k') + "\": \"" + std::string(5000, 't') + "\"}");
  REQUIRE(document.ok());
  CHECK(document->root.members[0].key.size() == 256);
  CHECK(document->root.members[0].value.text.size() == JsonValue::kMaxText);
}

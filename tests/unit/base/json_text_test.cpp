#include "base/json_text.h"

#include <string>

#include "catch.h"

namespace litewatch {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  append_json_text(text, out);
  return out;
}

}  // namespace

TEST_CASE("json text: what stays, what is escaped, what is replaced") {
  CHECK(json_text("") == "");
  CHECK(json_text("Grüße 日本 🙂 / \x7f") == "Grüße 日本 🙂 / \x7f");
  CHECK(json_text(R"(a "b" c\d)") == R"(a \"b\" c\\d)");
  CHECK(json_text(std::string_view("\n\x1f\0", 3)) == R"(\u000a\u001f\u0000)");
  CHECK(json_text("a\xff") == "a\uFFFD");
  CHECK(json_text("\xE6\x97") == "\uFFFD\uFFFD");
}

TEST_CASE("json text: appended to what is there") {
  std::string out = "\"";
  append_json_text("x", out);
  CHECK(out == "\"x");
}

}  // namespace litewatch

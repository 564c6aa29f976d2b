#include "publish/escape.h"

#include <string>

#include "catch.h"

namespace litewatch {
namespace {

using namespace std::string_literals;

const std::string kReplacement = "\xEF\xBF\xBD";

std::string escaped(std::string_view value) {
  std::string out;
  append_label_value(out, value);
  return out;
}

std::string help(std::string_view text, bool quotes) {
  std::string out;
  append_help(out, text, quotes);
  return out;
}

TEST_CASE("label value: backslash, quote and newline -> escaped") {
  CHECK(escaped("a\\b\"c\nd") == "a\\\\b\\\"c\\nd");
  CHECK(escaped("\\") == "\\\\");
  CHECK(escaped("") == "");
}

TEST_CASE("label value: control characters and NUL -> kept") {
  CHECK(escaped("\t\r\x01\x7f"s) == "\t\r\x01\x7f"s);
  CHECK(escaped("a\0b"s) == "a\0b"s);
}

TEST_CASE("label value: valid UTF-8 at the edges of each length -> kept") {
  for (const std::string text :
       {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(escaped(text) == text);
    CHECK(escaped(text + text) == text + text);
  }
}

TEST_CASE("label value: bytes that are not UTF-8 -> one U+FFFD each") {
  CHECK(escaped("\xFF") == kReplacement);
  CHECK(escaped("\x80") == kReplacement);
  CHECK(escaped("a\xC3") == "a" + kReplacement);
  CHECK(escaped("\xC0\xAF") == kReplacement + kReplacement);                     // overlong
  CHECK(escaped("\xE0\x80\x80") == kReplacement + kReplacement + kReplacement);  // overlong
  CHECK(escaped("\xED\xA0\x80") == kReplacement + kReplacement + kReplacement);  // surrogate
  CHECK(escaped("\xF4\x90\x80\x80") == kReplacement + kReplacement + kReplacement + kReplacement);
  CHECK(escaped("\xE2\x82\"") == kReplacement + kReplacement + "\\\"");  // cut short
  CHECK(escaped("\xF0\x9F\x98") == kReplacement + kReplacement + kReplacement);
}

TEST_CASE("is_plain: every byte at every position -> true exactly where nothing is to be changed") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t at = 0; at < 19; ++at) {
      std::string text(19, 'a');
      text[at] = static_cast<char>(byte);
      CAPTURE(byte, at);
      REQUIRE(is_plain(text) == (byte < 0x80 && escaped(text) == text));
    }
  }
  CHECK(is_plain(""));
}

TEST_CASE("help: backslash and newline -> escaped; quotes only where asked") {
  CHECK(help("a\\b\nc\"d", false) == "a\\\\b\\nc\"d");
  CHECK(help("a\\b\nc\"d", true) == "a\\\\b\\nc\\\"d");
}

}  // namespace
}  // namespace litewatch

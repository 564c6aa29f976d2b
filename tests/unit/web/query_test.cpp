#include "web/query.h"

#include <string>

#include "catch.h"

using namespace litewatch;

TEST_CASE("query: percent-encoding and plus -> what was meant") {
  CHECK(decode_query("") == "");
  CHECK(decode_query("a+b%20c%2B") == "a b c+");
  CHECK(decode_query("https%3A%2F%2Fx.test%2Fhealth%3Fa%3Db") == "https://x.test/health?a=b");
  CHECK(decode_query("%e2%82%AC") == "\xe2\x82\xac");
  CHECK(decode_query("%00") == std::string(1, '\0'));
}

TEST_CASE("query: broken percent-encoding -> nothing") {
  for (const char* text : {"%", "a%", "%4", "%4g", "%g4", "%%41", "%-1", "% 1", "a%2"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_query(text));
  }
}

TEST_CASE("query: any bytes -> encoded so that they come back, and are no markup") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const auto encoded = encode_query(all);
  CHECK(decode_query(encoded) == all);
  CHECK(encoded.find_first_of("<>&\"' +=#?/") == std::string::npos);
}

TEST_CASE("query: names of a server -> an authority") {
  for (const char* text : {"litewatch", "Web-1.example_x.test:9871", "127.0.0.1:1", "[::1]",
                           "[fd00::a]:65535", "[::ffff:10.0.0.1]:80"}) {
    CAPTURE(text);
    CHECK(is_authority(text));
  }
}

TEST_CASE("query: anything else in a Host field -> no authority") {
  for (const char* text : {"",
                           ":80",
                           "a:",
                           "a:0",
                           "a:65536",
                           "a:80:80",
                           "a:+80",
                           "a/b",
                           "a b",
                           "user@host",
                           "a\"b",
                           "<b>",
                           "[]",
                           "[::1",
                           "[::1]x",
                           "[::1]80",
                           "::1",
                           "[g::1]",
                           "a:99999999999999999999",
                           "h\xc3\xa9te"}) {
    CAPTURE(text);
    CHECK_FALSE(is_authority(text));
  }
  CHECK(is_authority(std::string(255, 'a')));
  CHECK_FALSE(is_authority(std::string(256, 'a')));
}

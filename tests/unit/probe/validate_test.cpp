#include "probe/validate.h"

#include <algorithm>
#include <vector>

#include "catch.h"
#include "probe/reason.h"

using namespace litewatch;

TEST_CASE("validate: regular expressions -> RE2's words, or nothing") {
  CHECK(check_regexp("^ok$").empty());
  CHECK(check_regexp("").empty());
  CHECK(check_regexp("(").find("missing") != std::string::npos);
}

TEST_CASE("validate: CEL -> where it is wrong, or nothing") {
  CHECK(check_cel("body.status == 'up'").empty());
  CHECK(check_cel("bodi.status == 'up'").starts_with("at 1: "));
  CHECK_FALSE(check_cel("").empty());
}

TEST_CASE("validate: header names -> tokens only") {
  CHECK(check_header_name("X-Api-Key").empty());
  CHECK(check_header_name("a!#$%&'*+-.^_`|~9").empty());
  for (const char* name : {"", "X Y", "X:", "X\r\nY", "\u00e9", "X\t", "(x)"}) {
    INFO(name);
    CHECK_FALSE(check_header_name(name).empty());
  }
  CHECK_FALSE(check_header_name(std::string_view("a\0b", 3)).empty());
}

TEST_CASE("validate: header values -> anything on one line") {
  CHECK(check_header_value("").empty());
  CHECK(check_header_value("text/html; q=0.9, \xff\t").empty());
  CHECK_FALSE(check_header_value("a\r\nX-Injected: 1").empty());
  CHECK_FALSE(check_header_value("a\n").empty());
  CHECK_FALSE(check_header_value("\r").empty());
  CHECK_FALSE(check_header_value(std::string_view("a\0b", 3)).empty());
}

TEST_CASE("validate: networks -> an address or a CIDR") {
  for (const char* network : {"10.0.0.0/8", "192.168.1.1", "::1", "fd00::/8", "0.0.0.0/0"}) {
    INFO(network);
    CHECK(check_network(network).empty());
  }
  for (const char* network :
       {"", "10.0.0.0/33", "10.0.0", "0x7f.1", "fd00::/129", "host", "::1/"}) {
    INFO(network);
    CHECK_FALSE(check_network(network).empty());
  }
}

TEST_CASE("validate: host globs -> a host and nothing else") {
  for (const char* glob : {"*", "*.example.org", "app-?.local", "10.0.0.*", "fd00::*", "a_b"}) {
    INFO(glob);
    CHECK(check_host_glob(glob).empty());
  }
  for (const char* glob : {"", "http://a", "a/b", "[::1]", "a b", "a@b", "\u00e9.org", "a\n"}) {
    INFO(glob);
    CHECK_FALSE(check_host_glob(glob).empty());
  }
  CHECK_FALSE(check_host_glob(std::string(254, 'a')).empty());
}

TEST_CASE("reason: every value -> a word of its own in label style") {
  CHECK(to_string(ProbeReason::kNone).empty());
  std::vector<std::string_view> seen;
  for (std::size_t i = 1; i < kProbeReasonCount; ++i) {
    const std::string_view word = to_string(static_cast<ProbeReason>(i));
    INFO(i);
    CHECK_FALSE(word.empty());
    CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    CHECK(std::find(seen.begin(), seen.end(), word) == seen.end());
    seen.push_back(word);
  }
  CHECK(to_string(ProbeReason::kConnectReset) == "connect_reset");
  CHECK(to_string(ProbeReason::kBodyTooLarge) == "body_too_large");
  CHECK(to_string(ProbeReason::kCount_).empty());
}

#include "probe/url.h"

#include <string>

#include "catch.h"
#include "probe/target.h"

namespace litewatch {
namespace {

std::string parsed(std::string_view text) {
  const auto url = parse_url(text);
  return url ? url->text() + " " + url->authority() : "none";
}

std::string joined(std::string_view base, std::string_view location) {
  const auto url = join_url(*parse_url(base), location);
  return url ? url->text() : "none";
}

}  // namespace

TEST_CASE("url: http and https -> their parts") {
  CHECK(parsed("http://App.Example.com") == "http://app.example.com/ app.example.com:80");
  CHECK(parsed("HTTPS://a:8443/x?y=z") == "https://a:8443/x?y=z a:8443");
  CHECK(parsed("http://a:80/") == "http://a/ a:80");
  CHECK(parsed("http://[::1]:3000/x") == "http://[::1]:3000/x [::1]:3000");
  CHECK(parsed("http://user:pw@a/x#part") == "http://a/x a:80");
  CHECK(parsed("http://a?q=1") == "http://a/?q=1 a:80");
  CHECK(parsed("http://a/x/../y") == "http://a/y a:80");
  CHECK(parse_url("http://[::1]/")->host == "::1");
}

TEST_CASE("url: addresses in disguise -> the address that is connected to") {
  CHECK(parse_url("http://0x7f.1/")->host == "127.0.0.1");
  CHECK(parse_url("http://2130706433/")->host == "127.0.0.1");
  CHECK(parse_url("http://0251.0376.0251.0376/")->host == "169.254.169.254");
}

TEST_CASE("url: anything else -> none") {
  for (const char* const text :
       {"", "a", "a:80", "ftp://a/", "file:///etc/passwd", "http://", "http:///x", "http://a:0/",
        "http://a:65536/", "http://a:x/", "http://a b/", "http://a\r\nX: y/", "http://a/\r\nX: y",
        "//a/", "gopher://a/", "http://[::1/", "http://a/\x01"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text).has_value());
  }
  CHECK_FALSE(parse_url("http://a/" + std::string(9000, 'x')).has_value());
}

TEST_CASE("url: an international name -> none, its ASCII form is taken") {
  CHECK_FALSE(
      parse_url("http://b\xc3\xbc"
                "cher.example/"));
  CHECK_FALSE(parse_url("http://\xff\xff/"));
  const auto url = parse_url("http://xn--bcher-kva.example/");
  REQUIRE(url);
  CHECK(url->host == "xn--bcher-kva.example");
}

TEST_CASE("url: Location -> relative to where it came from") {
  CHECK(joined("http://a/x/y?q", "z") == "http://a/x/z");
  CHECK(joined("http://a/x/y", "/z") == "http://a/z");
  CHECK(joined("http://a:1/x", "?q=2") == "http://a:1/x?q=2");
  CHECK(joined("http://a/x", "//b/c") == "http://b/c");
  CHECK(joined("http://a/x", "https://b:444/c") == "https://b:444/c");
  CHECK(joined("http://a/x", "/with space") == "http://a/with%20space");
  CHECK(joined("http://a/x", "mailto:me") == "none");
  CHECK(joined("http://a/x", "file:///etc/passwd") == "none");
  CHECK(joined("http://a/x", "/y\r\nSet-Cookie: x") == "none");
}

TEST_CASE("url: origins -> scheme, host and port") {
  const auto same = [](const char* a, const char* b) {
    return same_origin(*parse_url(a), *parse_url(b));
  };
  CHECK(same("http://a/x", "http://A:80/y"));
  CHECK_FALSE(same("http://a/", "https://a/"));
  CHECK_FALSE(same("http://a/", "http://a:81/"));
  CHECK_FALSE(same("http://a/", "http://b/"));
}

TEST_CASE("url: globs -> any text, one character, any case") {
  CHECK(fits_glob("*.example.com", "a.b.Example.com"));
  CHECK_FALSE(fits_glob("*.example.com", "example.com"));
  CHECK_FALSE(fits_glob("*.example.com", "a.example.com.evil"));
  CHECK(fits_glob("app-?", "app-1"));
  CHECK_FALSE(fits_glob("app-?", "app-12"));
  CHECK(fits_glob("*", "anything"));
  CHECK(fits_glob("a*b*c", "aXbXbc"));
  CHECK_FALSE(fits_glob("", "a"));
  CHECK(fits_glob("**", ""));
}

TEST_CASE("target url: http -> what is wrong with it") {
  const auto problem = [](std::string_view url) { return check_target_url(url, true, false); };
  CHECK(problem("http://127.0.0.1:3000/healthz").empty());
  CHECK(problem("https://[::1]/?q=a@b").empty());
  CHECK(problem("") == "it is empty");
  CHECK(problem("localhost:3000") == "it must start with http:// or https://");
  CHECK(problem("ftp://a/") == "it must start with http:// or https://");
  CHECK(problem("http://me:pw@a/").find("basic_auth") != std::string::npos);
  CHECK(problem("http://a/#x").find("fragment") != std::string::npos);
  CHECK(problem("http://a/\n") == "it holds a control character");
  for (const char* url : {"http://a:99999/", "http://a:0", "http://[::1]:x/?q"}) {
    INFO(url);
    CHECK(problem(url) == "the port must be 1 to 65535");
  }
  CHECK(problem("http://[::g]/") == "what stands in brackets must be an IPv6 address");
  CHECK(problem("http://b\u00fccher.example/") == "international names must be written as xn--...");
  CHECK(problem("http:///x") == "it is not a valid URL");
}

TEST_CASE("target url: tcp and unix -> what is wrong with it") {
  const auto tcp = [](std::string_view url) { return check_target_url(url, false, false); };
  CHECK(tcp("db.example.com:5432").empty());
  CHECK(tcp("[::1]:25").empty());
  CHECK(tcp("::1:25") == "an IPv6 address must stand in brackets");
  CHECK(tcp("db") == "it must be host:port");
  CHECK(tcp(":25") == "it must be host:port");
  CHECK(tcp("http://a:1/") == "it must be host:port");
  CHECK(tcp("[::g]:25") == "what stands in brackets must be an IPv6 address");
  CHECK(tcp("a:0") == "the port must be 1 to 65535");
  CHECK(tcp("a b:1") == "it must be host:port");
  const auto path = [](std::string_view url) { return check_target_url(url, false, true); };
  CHECK(path("/run/app.sock").empty());
  CHECK(path("app.sock") == "it must be an absolute path");
  CHECK(path("/" + std::string(107, 'x')).find("107") != std::string::npos);
}

TEST_CASE("shown url -> no user information, no values, no fragment") {
  CHECK(shown_url("http://me:pw@a:1/x?token=abc&flag&b=#c=d") ==
        "http://a:1/x?token=...&flag&b=...");
  CHECK(shown_url("http://a/x") == "http://a/x");
  CHECK(shown_url("http://a:b@c@d/x?a@b") == "http://d/x?a@b");
  CHECK(shown_url("db:5432") == "db:5432");
  CHECK(shown_url("/run/app.sock") == "/run/app.sock");
  CHECK(shown_url("").empty());
}

}  // namespace litewatch

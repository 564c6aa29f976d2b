#include "config/paths.h"

#include "catch.h"

namespace litewatch {
namespace {

std::string resolved(std::string_view text) { return absolute_path(text, "/etc/lw").value(); }

TEST_CASE("paths: relative and untidy ones -> absolute and folded") {
  CHECK(resolved("app.db") == "/etc/lw/app.db");
  CHECK(resolved("./a//b/./c.db") == "/etc/lw/a/b/c.db");
  CHECK(resolved("../app.db") == "/etc/app.db");
  CHECK(resolved("../../../../app.db") == "/app.db");
  CHECK(resolved("//srv///app.db") == "/srv/app.db");
  CHECK(resolved("/srv/x/../app.db") == "/srv/app.db");
  CHECK(resolved("/srv/data/") == "/srv/data");
  CHECK(resolved("/srv/data/.") == "/srv/data");
  CHECK(resolved(".") == "/etc/lw");
  CHECK(resolved("/") == "/");
  CHECK(resolved("./~x") == "/etc/lw/~x");
  CHECK(resolved("/srv/*/**/[ab]?.db") == "/srv/*/**/[ab]?.db");
  CHECK(resolved("/srv/a b\n\xff.db") == "/srv/a b\n\xff.db");
}

TEST_CASE("paths: what no path can be -> the expectation") {
  CHECK(absolute_path("", "/").error().what == "a path");
  CHECK(absolute_path(std::string(4095, 'x'), "/").ok());
  CHECK(absolute_path(std::string(4096, 'x'), "/").error().what == "a path of at most 4095 bytes");
  CHECK(absolute_path(std::string_view("a\0b", 3), "/").error().what == "a path without NUL bytes");
  CHECK(absolute_path("~/app.db", "/").error().what.starts_with("a path in full (~ is not"));
  CHECK(absolute_path("~", "/").error().kind == ErrorKind::kMalformed);
}

TEST_CASE("paths: the folder of a file -> absolute") {
  CHECK(folder_of("/etc/litewatch.yml") == "/etc");
  CHECK(folder_of("/litewatch.yml") == "/");
  CHECK(folder_of("litewatch.yml") == std::filesystem::current_path());
  CHECK(folder_of("conf/litewatch.yml") == std::filesystem::current_path() / "conf");
}

}  // namespace
}  // namespace litewatch

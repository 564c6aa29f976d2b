#include "config/suggest.h"

#include <array>
#include <string>

#include "catch.h"

namespace litewatch {
namespace {

constexpr std::array<std::string_view, 4> kWords = {"path", "name", "app", "max_depth"};

TEST_CASE("suggest: a word within two edits -> the word meant") {
  CHECK(closest("pth", kWords) == "path");
  CHECK(closest("paths", kWords) == "path");
  CHECK(closest("pahts", kWords) == "path");
  CHECK(closest("pathless", kWords) == std::nullopt);
  CHECK(closest("Name", kWords) == "name");
  CHECK(closest("max-depth", kWords) == "max_depth");
  CHECK(closest("axdepth", kWords) == "max_depth");
  CHECK(closest("path", kWords) == "path");
}

TEST_CASE("suggest: the closest of several, the first of equals") {
  constexpr std::array<std::string_view, 3> kNear = {"abcd", "abxd", "abyd"};
  CHECK(closest("abxe", kNear) == "abxd");
  CHECK(closest("abzd", kNear) == "abcd");
}

TEST_CASE("suggest: nothing in common -> no suggestion") {
  CHECK(closest("", kWords) == std::nullopt);
  CHECK(closest("x", kWords) == std::nullopt);
  CHECK(closest("ab", kWords) == std::nullopt);
  CHECK(closest("retention", kWords) == std::nullopt);
  CHECK(closest("path", {}) == std::nullopt);
  CHECK(closest(std::string(1 << 20, 'p'), kWords) == std::nullopt);
}

}  // namespace
}  // namespace litewatch

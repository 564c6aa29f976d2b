#include "publish/number.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "catch.h"

namespace litewatch {
namespace {

std::string written(double value) {
  std::array<char, kMaxValueSize> text;
  return std::string(text.data(), write_value(text.data(), value));
}

double read_back(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

TEST_CASE("value: integers below 2^53 -> digits only") {
  CHECK(written(0) == "0");
  CHECK(written(-1) == "-1");
  CHECK(written(1e6) == "1000000");
  CHECK(written(1763827200) == "1763827200");
  CHECK(written(9007199254740991) == "9007199254740991");
  CHECK(written(-9007199254740991) == "-9007199254740991");
}

TEST_CASE("value: special values -> as both formats spell them") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(written(infinity) == "+Inf");
  CHECK(written(-infinity) == "-Inf");
  CHECK(written(std::nan("")) == "NaN");
  CHECK(written(-0.0) == "-0");
}

TEST_CASE("value: fractions -> shortest form") {
  CHECK(written(0.1) == "0.1");
  CHECK(written(0.1 + 0.2) == "0.30000000000000004");
  CHECK(written(1763827200.1234567) == "1763827200.1234567");
}

TEST_CASE("value: any finite double -> reads back bit by bit") {
  std::mt19937_64 random(42);
  const std::array<double, 6> edges = {std::numeric_limits<double>::denorm_min(),
                                       -std::numeric_limits<double>::max(),
                                       std::numeric_limits<double>::min(),
                                       9007199254740992.0,
                                       9007199254740994.0,
                                       -2.2250738585072011e-308};
  for (const double value : edges) REQUIRE(read_back(written(value)) == value);
  for (int i = 0; i < 100000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = written(value);
    REQUIRE(text.size() <= kMaxValueSize);
    REQUIRE(std::bit_cast<std::uint64_t>(read_back(text)) == std::bit_cast<std::uint64_t>(value));
  }
}

TEST_CASE("bound: the specification's canonical numbers -> spelled so") {
  CHECK(canonical_bound(0) == "0.0");
  CHECK(canonical_bound(1) == "1.0");
  CHECK(canonical_bound(0.5) == "0.5");
  CHECK(canonical_bound(0.0005) == "0.0005");
  CHECK(canonical_bound(0.0001) == "0.0001");
  CHECK(canonical_bound(0.00001) == "1e-05");
  CHECK(canonical_bound(10) == "10.0");
  CHECK(canonical_bound(100000) == "100000.0");
  CHECK(canonical_bound(1e6) == "1e+06");
  CHECK(canonical_bound(1234567) == "1.234567e+06");
  CHECK(canonical_bound(-2.5) == "-2.5");
  CHECK(canonical_bound(std::numeric_limits<double>::infinity()) == "+Inf");
}

}  // namespace
}  // namespace litewatch

#include "config/units.h"

#include <limits>
#include <random>

#include "base/parse.h"
#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("units: exact sizes -> the largest unit that divides them") {
  CHECK(exact_size(0) == "0");
  CHECK(exact_size(1000) == "1000");
  CHECK(exact_size(1024) == "1KiB");
  CHECK(exact_size(256ull << 20) == "256MiB");
  CHECK(exact_size((1ull << 30) + 1024) == "1048577KiB");
  CHECK(exact_size(3ull << 40) == "3TiB");
  CHECK(exact_size(1ull << 62) == "4194304TiB");
  CHECK(exact_size((1ull << 53) + 1) == "9007199254740993");
}

TEST_CASE("units: exact durations -> the largest unit that divides them") {
  CHECK(exact_duration(0) == "0s");
  CHECK(exact_duration(0.01) == "10ms");
  CHECK(exact_duration(1.5) == "1500ms");
  CHECK(exact_duration(61) == "61s");
  CHECK(exact_duration(300) == "5m");
  CHECK(exact_duration(5400) == "90m");
  CHECK(exact_duration(86400) == "1d");
  CHECK(exact_duration(0.25e-3) == "0.00025s");
  CHECK(exact_duration(1.0 / 3) == "0.3333333333333333s");
}

TEST_CASE("units: any duration -> text that reads back to the very same number") {
  std::mt19937_64 random(20240601);
  std::uniform_real_distribution<double> exponent(-6, 9);
  for (int i = 0; i < 20'000; ++i) {
    const double seconds = std::pow(10, exponent(random));
    REQUIRE(parse_duration_s(exact_duration(seconds)) == seconds);
  }
}

TEST_CASE("units: numbers -> the shortest digits, without an exponent") {
  CHECK(exact_number(0.7) == "0.7");
  CHECK(exact_number(2) == "2");
  CHECK(exact_number(1e-7) == "0.0000001");
  CHECK(parse_double(exact_number(std::numeric_limits<double>::max())) ==
        std::numeric_limits<double>::max());
  CHECK(parse_double(exact_number(std::numeric_limits<double>::denorm_min())) ==
        std::numeric_limits<double>::denorm_min());
}

}  // namespace
}  // namespace litewatch

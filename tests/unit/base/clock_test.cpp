#include "base/clock.h"

#include <chrono>

#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("monotonic clock: read again and again -> never goes back, and moves") {
  const double start_s = monotonic_s();
  double last_s = start_s;
  while (last_s == start_s) {
    const double next_s = monotonic_s();
    REQUIRE(next_s >= last_s);
    last_s = next_s;
  }
}

TEST_CASE("unix clock: read -> the system's time") {
  const std::chrono::duration<double> system = std::chrono::system_clock::now().time_since_epoch();
  CHECK(unix_s() == Approx(system.count()).margin(5));
  const Moment moment = now();
  CHECK(moment.unix_s == Approx(system.count()).margin(5));
  CHECK(moment.monotonic_s == Approx(monotonic_s()).margin(5));
}

}  // namespace
}  // namespace litewatch

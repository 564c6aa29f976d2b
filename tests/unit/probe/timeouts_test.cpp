#include "probe/run/timeouts.h"

#include "catch.h"

namespace litewatch {

TEST_CASE(
    "background_timeout_s: target, module, default -> the first there is, under the interval") {
  ProbeTarget target;
  ProbeModule module;
  CHECK(background_timeout_s(target, module) == 10);
  module.timeout_s = 4;
  CHECK(background_timeout_s(target, module) == 4);
  target.timeout_s = 6;
  CHECK(background_timeout_s(target, module) == 6);
  target.timeout_s = 60;
  CHECK(background_timeout_s(target, module) == 14.5);
  target.interval_s = 1;
  CHECK(background_timeout_s(target, module) == Approx(0.9));
  target.interval_s = 0;
  CHECK(background_timeout_s(target, module) == 60);
}

TEST_CASE("on_demand_timeout_s: as blackbox_exporter does it, but never nothing") {
  using None = std::optional<double>;
  CHECK(on_demand_timeout_s(None(), None()) == 10);
  CHECK(on_demand_timeout_s(3, None()) == 3);
  CHECK(on_demand_timeout_s(None(), 15) == 14.5);
  CHECK(on_demand_timeout_s(5, 15) == 5);
  CHECK(on_demand_timeout_s(30, 15) == 14.5);
  CHECK(on_demand_timeout_s(None(), 0.4) == 0.4);
  CHECK(on_demand_timeout_s(2, 0.4) == 0.4);
  CHECK(on_demand_timeout_s(2, 0) == 2);
  CHECK(on_demand_timeout_s(2, -1) == 2);
  CHECK(on_demand_timeout_s(None(), 1e9) == 120);
  CHECK(on_demand_timeout_s(1e9, None()) == 120);
}

}  // namespace litewatch

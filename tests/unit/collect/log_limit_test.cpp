#include "collect/log_limit.h"

#include "catch.h"

namespace litewatch {

TEST_CASE("log limit: more lines than a window holds -> left out, counted, and room again later") {
  LogLimit limit;
  for (std::size_t i = 0; i < LogLimit::kMostLines; ++i) CHECK(limit.admit(5));
  CHECK(limit.take_left_out() == 0);
  CHECK_FALSE(limit.admit(5));
  CHECK_FALSE(limit.admit(5 + LogLimit::kWindow_s / 2));
  CHECK(limit.take_left_out() == 2);
  CHECK(limit.take_left_out() == 0);
  CHECK(limit.admit(5 + LogLimit::kWindow_s));
}

}  // namespace litewatch

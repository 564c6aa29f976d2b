#include <cstddef>

#include "catch.h"
#include "probe_scene.h"
#include "support/count_allocations.h"

namespace litewatch {

TEST_CASE("steady state: the counter itself -> sees an allocation") {
  const std::size_t before = allocations;
  const std::string text(1000, 'x');
  CHECK(allocations > before);
  CHECK(text.size() == 1000);
}

TEST_CASE("steady state: publish probed targets with health documents -> no allocation") {
  ProbeResult good = tls_success();
  good.health = health_document(HealthStatus::kPass);
  ProbeResult bad = plain_success();
  bad.success = false;
  bad.reason = ProbeReason::kHealthFail;
  bad.health = health_document(HealthStatus::kFail);
  const TargetView views[] = {view_of(good), view_of(bad), view_of(refused()), unprobed()};
  SeriesBudget budget(10'000);
  SeriesTable table(budget);
  double now_s = kNow_s;
  const auto publish = [&] {
    table.begin();
    std::size_t number = 0;
    for (const TargetView& view : views) {
      const std::string_view names[] = {"a", "b", "c", "d"};
      const ProbeLabels labels{"an-application-with-a-long-name", names[number++],
                               view.target->module};
      if (view.result) set_probe_result(table, labels, *view.result, now_s);
      set_probe_history(table, labels, view);
      add_probe_status(table, view, now_s);
    }
    table.commit();
    now_s += 1;
  };
  for (int i = 0; i < 5; ++i) publish();
  const std::size_t before = allocations;
  for (int i = 0; i < 5; ++i) publish();
  CHECK(allocations == before);
}

}  // namespace litewatch

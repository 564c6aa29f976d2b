#include "collect/probe_collector.h"

#include <thread>

#include "base/clock.h"
#include "catch.h"
#include "probe_scene.h"
#include "support/canned_server.h"
#include "support/logged.h"

namespace litewatch {
namespace {

TargetView named(const std::string& name, ProbeResult result) {
  TargetView view = view_of(std::move(result));
  auto target = std::make_shared<ProbeTarget>(*view.target);
  target->name = name;
  view.target = target;
  return view;
}

}  // namespace

TEST_CASE("probe log: a change of state -> one line; no change -> none") {
  Logged logged;
  ProbeLog log;
  log.look(named("shop", plain_success()), 100, 1);
  log.look(unprobed(), 100, 1);
  CHECK(logged.text().empty());
  log.look(named("shop", refused()), 110, 2);
  log.look(named("shop", refused()), 120, 3);
  CHECK(logged.text() ==
        "warning target shop failing (connect_refused): 127.0.0.1:3000 refused the "
        "connection\n");
  log.look(named("shop", plain_success()), 290, 4);
  log.look(named("shop", plain_success()), 300, 5);
  CHECK(logged.text().ends_with("\ninfo target shop recovered after 3 min\n"));
  CHECK(logged.lines() == 2);
}

TEST_CASE("probe log: a target that is gone -> forgotten") {
  Logged logged;
  ProbeLog log;
  log.look(named("shop", refused()), 100, 1);
  log.end_round(2);
  log.look(named("shop", refused()), 200, 3);
  CHECK(logged.lines() == 2);  // it is a new one
}

TEST_CASE("probe log: everything fails at once -> a few lines, and how many more there were") {
  Logged logged;
  ProbeLog log;
  for (int i = 0; i < 1000; ++i) log.look(named("t" + std::to_string(i), refused()), 100, 1);
  CHECK(logged.lines() == LogLimit::kMostLines);
  log.look(named("last", refused()), 100 + LogLimit::kWindow_s, 2);
  CHECK(logged.text().find("warning 980 more targets began to fail or recovered\n") !=
        std::string::npos);
  CHECK(logged.lines() == LogLimit::kMostLines + 2);
}

TEST_CASE(
    "probe collector: targets of a real prober -> results, history, rows and our own series") {
  Logged logged;
  const RefusingPort refusing;
  auto prober = Prober::create();
  REQUIRE(prober.ok());
  ProberConfig config;
  config.targets.emplace_back();
  config.targets[0].name = config.targets[0].app = "shop";
  config.targets[0].url = "http://" + refusing.address() + "/";
  REQUIRE_FALSE((*prober)->configure(config));
  const double deadline_s = monotonic_s() + 5;
  while ((*prober)->changes() == 0 && monotonic_s() < deadline_s) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::atomic<bool> enabled{true};
  ProbeCollector collector(std::move(*prober), enabled);
  SeriesBudget budget(1000);
  SeriesTable table(budget);
  const auto page = [&] {
    table.begin();
    collector.collect(table);
    PageFactory factory;
    return factory.make(std::vector{table.commit()});
  };
  const auto made = page();
  const std::string text(made->body(Format::kText));
  const auto holds = [&](const std::string& line) {
    CAPTURE(line, text);
    CHECK(text.find(line + "\n") != std::string::npos);
  };
  const std::string labels = "{app=\"shop\",target=\"shop\",module=\"http_2xx\"";
  holds("probe_success" + labels + "} 0");
  holds("probe_failures_total" + labels + ",reason=\"connect_refused\"} 1");
  holds("litewatch_probe_targets 1");
  holds("litewatch_probes_in_flight 0");
  holds("litewatch_probes_waiting 0");
  holds("litewatch_probe_rejected_total{reason=\"busy\"} 0");
  holds("litewatch_probe_rejected_total{reason=\"policy\"} 0");
  CHECK(text.find("litewatch_probe_loop_lag_seconds ") != std::string::npos);
  REQUIRE(made->fragments()[0]->status.size() == 1);
  CHECK(made->fragments()[0]->status[0].state == "connection refused");

  CHECK(collector.idle() <= 1);
  CHECK(logged.text().find("target shop failing (connect_refused)") != std::string::npos);
  collector.idle();
  CHECK(logged.lines() == 1);

  enabled = false;
  CHECK(page()->body(Format::kText).empty());
}

}  // namespace litewatch

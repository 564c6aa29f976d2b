#pragma once

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "probe/net/loop.h"
#include "probe/net/resolver.h"
#include "probe/net/transfers.h"
#include "probe/prepared.h"
#include "probe/run.h"

namespace litewatch {

/// A probe that a test sets up and runs on its own thread.
struct Probing {
  ProbeModule module;
  ProbeTarget target;
  double timeout_s = 3;
  std::vector<std::string> name_servers;
  std::shared_ptr<const AddressPolicy> policy = std::make_shared<AddressPolicy>();
  std::function<std::string(const std::string&)> check_url;
  bool debug = false;

  explicit Probing(const std::string& url = "") {
    module.name = "test";
    target.name = "app";
    target.app = "app";
    target.url = url;
  }

  HttpModule& http() { return module.http; }

  std::shared_ptr<const PreparedModule> prepared() const {
    auto made = prepare_module(std::make_shared<ProbeModule>(module));
    if (!made) throw std::runtime_error(made.error().message());
    return *made;
  }

  /// Runs it once.
  ProbeResult run() const { return run_times(1).front(); }

  /// Runs it so many times, one after the other, on one engine.
  std::vector<ProbeResult> run_times(int times) const { return run_all({*this}, times); }

  /// Runs each of the probes, one after the other, so many times, on one engine.
  static std::vector<ProbeResult> run_all(const std::vector<Probing>& probes, int times = 1) {
    Engine engine(probes.front().name_servers);
    std::vector<ProbeOrder> orders;
    for (const Probing& probe : probes) orders.push_back(probe.order());
    std::vector<ProbeResult> results;
    std::vector<std::shared_ptr<const TlsResult>> last_tls(orders.size());
    std::unique_ptr<ProbeRun> run;
    std::function<void()> next = [&] {
      const std::size_t i = results.size() % orders.size();
      ProbeOrder order = orders[i];
      order.last_tls = last_tls[i];
      run = start_probe(engine.context, order, [&, i](ProbeResult result) {
        if (result.tls) last_tls[i] = std::make_shared<TlsResult>(*result.tls);
        results.push_back(std::move(result));
        if (results.size() == orders.size() * static_cast<std::size_t>(times)) {
          engine.loop->stop();
        } else {
          engine.loop->post(next);
        }
      });
    };
    engine.loop->post(next);
    engine.loop->run();
    return results;
  }

  /// Runs it so many times at once; `lose_first`: the first one is destroyed right after its start.
  static std::vector<ProbeResult> run_together(const Probing& probe, std::size_t count,
                                               bool lose_first = false) {
    Engine engine(probe.name_servers);
    const ProbeOrder order = probe.order();
    const std::size_t expected = lose_first ? count - 1 : count;
    std::vector<ProbeResult> results;
    std::vector<std::unique_ptr<ProbeRun>> runs;
    engine.loop->post([&] {
      for (std::size_t i = 0; i < count; ++i) {
        runs.push_back(start_probe(engine.context, order, [&](ProbeResult result) {
          results.push_back(std::move(result));
          if (results.size() == expected) engine.loop->stop();
        }));
      }
      if (lose_first) runs.front().reset();
    });
    engine.loop->run();
    return results;
  }

  /// Starts it and destroys it after a while; whether a result came all the same.
  bool abandon_after(double time_s) const {
    Engine engine(name_servers);
    bool done = false;
    std::unique_ptr<ProbeRun> run =
        start_probe(engine.context, order(), [&](ProbeResult) { done = true; });
    engine.loop->start_timer(engine.loop->now_s() + time_s, [&] {
      run.reset();
      engine.loop->start_timer(engine.loop->now_s() + 0.02, [&] { engine.loop->stop(); });
    });
    engine.loop->run();
    return done;
  }

  ProbeOrder order() const {
    ProbeOrder made;
    made.target = std::make_shared<ProbeTarget>(target);
    made.module = prepared();
    made.policy = policy;
    made.check_url = check_url;
    made.timeout_s = timeout_s;
    made.debug = debug;
    return made;
  }

 private:
  template <class T>
  static std::unique_ptr<T> made(Result<std::unique_ptr<T>> result) {
    if (!result) throw std::runtime_error(result.error().message());
    return std::move(*result);
  }

  struct Engine {
    explicit Engine(const std::vector<std::string>& servers)
        : loop(made(Loop::create())),
          resolver(made(Resolver::create(*loop, servers))),
          transfers(made(Transfers::create(*loop))),
          context{*loop, *resolver, *transfers, "litewatch/test"} {}
    std::unique_ptr<Loop> loop;
    std::unique_ptr<Resolver> resolver;
    std::unique_ptr<Transfers> transfers;
    ProbeContext context;
  };
};

/// Whether the phases add up to the duration, but for the time this thread waited for a core
/// between two readings of the clock.
inline bool phases_add_up(const ProbeResult& result) {
  constexpr double kWait_s = 0.1;
  const HttpPhases& phases = result.http->phases;
  const double sum_s =
      phases.resolve_s + phases.connect_s + phases.tls_s + phases.processing_s + phases.transfer_s;
  return std::abs(sum_s - result.duration_s) < kWait_s;
}

}  // namespace litewatch

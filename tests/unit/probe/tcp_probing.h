#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "probe/looping.h"
#include "probe/net/transfers.h"
#include "probe/run.h"

namespace litewatch {

/// Runs TCP and Unix probes, each on a loop of its own.
struct TcpProbing {
  ProbeModule module;
  ProbeTarget target;
  AddressPolicy policy;
  double timeout_s = 3;
  bool debug = false;
  std::vector<std::string> dns_servers;
  double took_s = 0;  ///< of the last one

  explicit TcpProbing(const std::string& url, ProberKind prober = ProberKind::kTcp) {
    module.name = "the_module";
    module.prober = prober;
    target.name = "t";
    target.url = url;
  }

  /// One step more of the dialogue.
  QueryResponse& step() { return module.tcp.query_response.emplace_back(); }

  ProbeResult probe() {
    Looping looping;
    auto resolver = Resolver::create(looping.loop(), dns_servers);
    auto transfers = Transfers::create(looping.loop());
    auto prepared = prepare_module(std::make_shared<ProbeModule>(module));
    if (!prepared) throw std::runtime_error(prepared.error().message());
    ProbeContext context{looping.loop(), **resolver, **transfers};
    ProbeOrder order;
    order.target = std::make_shared<ProbeTarget>(target);
    order.module = *prepared;
    order.policy = std::make_shared<AddressPolicy>(policy);
    order.timeout_s = timeout_s;
    order.queue_s = 0.25;
    order.debug = debug;

    std::optional<ProbeResult> result;
    int calls = 0;
    std::unique_ptr<ProbeRun> run;
    const double begin_s = monotonic_s();
    run = start_tcp_probe(context, std::move(order), [&](ProbeResult got) {
      ++calls;
      result = std::move(got);
      run.reset();  // what a user may do
    });
    if (calls != 0) throw std::runtime_error("done was called from within the start");
    looping.run_until([&] { return calls != 0; }, timeout_s + 5);
    took_s = monotonic_s() - begin_s;
    if (calls != 1) throw std::runtime_error("done was called " + std::to_string(calls) + " times");
    return std::move(*result);
  }

  /// The reason and the detail of a probe.
  std::string failure() {
    const ProbeResult result = probe();
    if (result.success != (result.reason == ProbeReason::kNone)) return "success and reason differ";
    return std::string(to_string(result.reason)) + ": " + result.detail;
  }
};

}  // namespace litewatch

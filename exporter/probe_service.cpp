#include "probe_service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "collect/probe_collector.h"
#include "config/load.h"
#include "version.h"

namespace litewatch {
namespace {

int http_status(ProbeReply::Status status) {
  switch (status) {
    case ProbeReply::Status::kDone:
      return 200;
    case ProbeReply::Status::kUnknownTarget:
    case ProbeReply::Status::kUnknownModule:
    case ProbeReply::Status::kBadRequest:
      return 400;
    case ProbeReply::Status::kNothingCached:
      return 404;
    case ProbeReply::Status::kTooBusy:
    case ProbeReply::Status::kStopped:
      break;
  }
  return 503;
}

/// The probes' share of the configuration, with no more probes at once than there are descriptors.
ProberConfig bounded(const Config& config, std::size_t file_limit, bool& few_files) {
  if (!config.collectors.probe) return {};
  ProberConfig probes = config.probes;
  constexpr std::size_t kOwnFiles = 128;
  constexpr std::size_t kLeast = 16;
  const auto kept = std::count_if(probes.targets.begin(), probes.targets.end(),
                                  [](const auto& target) { return target.reuse_connection; });
  const std::size_t taken = kOwnFiles + FrontLimits().max_connections +
                            probes.options.max_on_demand + static_cast<std::size_t>(kept);
  const std::size_t room = std::max(kLeast, file_limit > taken ? file_limit - taken : 0);
  few_files = probes.options.max_in_flight > room && probes.targets.size() > room;
  probes.options.max_in_flight = std::min(probes.options.max_in_flight, room);
  return probes;
}

Result<ProbeSetup> prepare(const Config& config, const Prober& prober, std::size_t file_limit) {
  ProbeSetup setup;
  const ProberConfig probes = bounded(config, file_limit, setup.few_files);
  auto plan = prober.prepare(probes);
  if (!plan) return plan.error();
  setup.enabled = config.collectors.probe;
  setup.scheduled = static_cast<std::uint64_t>(
      std::count_if(probes.targets.begin(), probes.targets.end(),
                    [](const auto& target) { return target.interval_s > 0; }));
  setup.max_in_flight = probes.options.max_in_flight;
  setup.plan = std::move(*plan);
  return setup;
}

ProbeQuery to_query(ProbeParams params) {
  ProbeQuery query;
  query.target = std::move(params.target);
  query.module = std::move(params.module);
  query.hostname = std::move(params.hostname);
  query.scrape_timeout_s = params.scrape_timeout_s;
  query.cached = params.cached;
  query.debug = params.debug;
  return query;
}

}  // namespace

Result<std::unique_ptr<ProbeService>> ProbeService::create(std::size_t file_limit) {
  auto prober = Prober::create(std::string("litewatch/") + kVersion);
  if (!prober) return prober.error();
  return std::unique_ptr<ProbeService>(new ProbeService(file_limit, std::move(*prober)));
}

void ProbeService::add_to(Runner& runner) {
  runner.add("probe", "", std::make_unique<ProbeCollector>(prober_, enabled_));
}

std::function<Result<ProbeSetup>(const Config&)> ProbeService::preparer() const {
  return [prober = prober_, file_limit = file_limit_](const Config& config) {
    return prepare(config, *prober, file_limit);
  };
}

std::optional<Error> ProbeService::apply(ProbeSetup setup) {
  if (auto error = prober_->install(std::move(setup.plan))) return error;
  enabled_ = setup.enabled;
  scheduled_ = setup.scheduled;
  if (setup.few_files) {
    spdlog::warn(
        "the limit of {} open files leaves room for {} probes at once: raise it (ulimit -n)",
        file_limit_, setup.max_in_flight);
  }
  return std::nullopt;
}

ProbeAnswer ProbeService::to_answer(const ProbeReply& reply, bool debug) {
  ProbeAnswer answer;
  answer.status = http_status(reply.status);
  if (reply.status != ProbeReply::Status::kDone) {
    answer.text = reply.problem;
    return answer;
  }
  answer.page = pages_.page(*reply.result);
  if (!debug) return answer;
  answer.text = probe_debug_text(*reply.result, *answer.page, to_yaml(*reply.module));
  answer.page = nullptr;
  return answer;
}

void ProbeService::answer(ProbeParams params, std::function<void(ProbeAnswer)> done) {
  if (!enabled_) return done({404, nullptr, "Probes are turned off: collectors.probe is false."});
  const bool debug = params.debug;
  prober_->probe(to_query(std::move(params)),
                 [this, debug, done = std::move(done)](const ProbeReply& reply) {
                   done(to_answer(reply, debug));
                 });
}

std::string ProbeService::sd_targets(const std::string& authority,
                                     const std::string& scheme) const {
  return sd_targets_json(prober_->targets(), authority, scheme);
}

}  // namespace litewatch

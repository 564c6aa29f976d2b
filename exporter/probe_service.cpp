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
  runner.add("probe", "", std::make_unique<ProbeCollector>(*prober_, enabled_));
}

/// The probes' share of the configuration, with no more probes at once than there are descriptors.
ProberConfig ProbeService::bounded(const Config& config) const {
  if (!config.collectors.probe) return {};
  ProberConfig probes = config.probes;
  constexpr std::size_t kOwnFiles = 128;
  constexpr std::size_t kLeast = 16;
  const auto kept = std::count_if(probes.targets.begin(), probes.targets.end(),
                                  [](const auto& target) { return target.reuse_connection; });
  const std::size_t taken = kOwnFiles + FrontLimits().max_connections +
                            probes.options.max_on_demand + static_cast<std::size_t>(kept);
  const std::size_t room = std::max(kLeast, file_limit_ > taken ? file_limit_ - taken : 0);
  if (probes.options.max_in_flight > room && probes.targets.size() > room) {
    spdlog::warn(
        "the limit of {} open files leaves room for {} probes at once: raise it (ulimit -n)",
        file_limit_, room);
  }
  probes.options.max_in_flight = std::min(probes.options.max_in_flight, room);
  return probes;
}

std::optional<Error> ProbeService::configure(const Config& config) {
  const ProberConfig probes = bounded(config);
  if (auto error = prober_->configure(probes)) return error;
  enabled_ = config.collectors.probe;
  scheduled_ = static_cast<std::uint64_t>(
      std::count_if(probes.targets.begin(), probes.targets.end(),
                    [](const auto& target) { return target.interval_s > 0; }));
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

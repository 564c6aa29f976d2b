#include "probe/run/on_demand.h"

#include <strings.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "probe/run/raw_targets.h"
#include "probe/run/timeouts.h"

namespace litewatch {
namespace {

using Status = ProbeReply::Status;
using Answer = std::variant<OnDemandOrder, ProbeReply>;

constexpr std::string_view kDefaultModule = "http_2xx";

ProbeReply refuse(Status status, std::string problem) {
  ProbeReply reply;
  reply.status = status;
  reply.problem = std::move(problem);
  return reply;
}

/// A host name as it may stand in a Host field, with or without a port.
bool is_hostname(std::string_view name) {
  constexpr std::size_t kLongest = 261;  // 255, and a port
  return name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("-._:[]").find(c) != std::string_view::npos;
         });
}

std::string check_hostname(const ProbeQuery& query, const ProbeModule& module) {
  if (query.hostname.empty()) return "";
  if (!is_hostname(query.hostname)) return "The hostname parameter is no host name.";
  for (const auto& [name, value] : module.http.headers) {
    if (strcasecmp(name.c_str(), "Host") == 0 && value != query.hostname) {
      return "The Host field is defined both in the module and with the parameter hostname.";
    }
  }
  return "";
}

Answer cached(const PlannedTarget* planned, const ProbeQuery& query) {
  if (!planned)
    return refuse(Status::kNothingCached, "Only configured targets have cached results.");
  const bool own = query.module.empty() || query.module == planned->target->module;
  if (!own || !query.hostname.empty()) {
    return refuse(Status::kNothingCached,
                  "Results are cached for the target's own module and name only.");
  }
  ProbeReply reply;
  reply.result = planned->record->result();
  reply.module = planned->module->module;
  if (reply.result) return reply;
  return refuse(Status::kNothingCached, "The target has not been probed yet.");
}

/// The configured target, or a copy of it where the query asks for something else.
std::shared_ptr<const ProbeTarget> target_of(const PlannedTarget& planned, const ProbeQuery& query,
                                             const ProbeModule& module) {
  if (query.hostname.empty() && module.name == planned.target->module) return planned.target;
  auto target = std::make_shared<ProbeTarget>(*planned.target);
  target->module = module.name;
  if (!query.hostname.empty()) target->hostname = query.hostname;
  target->reuse_connection = false;
  return target;
}

Answer probe_configured(const ProbePlan& plan, const PlannedTarget& planned,
                        const PlannedModule& planned_module, const ProbeQuery& query) {
  const ProbeModule& module = *planned_module.prepared->module;
  if (module.name != planned.target->module &&
      !parse_endpoint(planned.target->url, module.prober)) {
    return refuse(Status::kBadRequest, "The module cannot probe the target's URL.");
  }
  OnDemandOrder answer;
  ProbeOrder& order = answer.order;
  order.target = target_of(planned, query, module);
  order.module = planned_module.prepared;
  order.policy = plan.policy;
  const auto& timeout_s = planned.target->timeout_s;
  order.timeout_s =
      on_demand_timeout_s(timeout_s ? timeout_s : module.timeout_s, query.scrape_timeout_s);
  if (order.target == planned.target) {
    answer.record = planned.record;
    if (order.target->reuse_connection) order.last_tls = tls_of(planned.record->result());
  }
  return answer;
}

Answer probe_raw(const ProbePlan& plan, const PlannedModule& planned_module,
                 const ProbeQuery& query) {
  const RawTargetRules& rules = plan.options.raw_targets;
  const ProbeModule& module = *planned_module.prepared->module;
  const std::string url = raw_target_url(query.target, module.prober);
  std::string problem = refuse_raw_target(rules, module, url);
  if (problem.empty()) problem = refuse_raw_hostname(rules, query.hostname);
  if (!problem.empty()) return refuse(Status::kUnknownTarget, std::move(problem));
  ProbeTarget target;
  target.url = url;
  target.module = module.name;
  target.hostname = query.hostname;
  target.interval_s = 0;
  OnDemandOrder answer;
  ProbeOrder& order = answer.order;
  order.target = std::make_shared<const ProbeTarget>(std::move(target));
  order.module = planned_module.prepared;
  order.policy = plan.raw_policy;
  order.check_url = [rules, prober = module.prober](const std::string& next) {
    return refuse_raw_url(rules, prober, next);
  };
  order.timeout_s = on_demand_timeout_s(module.timeout_s, query.scrape_timeout_s);
  return answer;
}

}  // namespace

std::variant<OnDemandOrder, ProbeReply> answer_query(const ProbePlan& plan,
                                                     const ProbeQuery& query) {
  if (query.target.empty()) return refuse(Status::kBadRequest, "The parameter target is missing.");
  const PlannedTarget* planned = plan.find(query.target);
  const std::string_view module_name = !query.module.empty() ? std::string_view(query.module)
                                       : planned             ? planned->target->module
                                                             : kDefaultModule;
  const auto module = plan.modules.find(module_name);
  if (module == plan.modules.end()) {
    return refuse(Status::kUnknownModule, "There is no module of that name.");
  }
  if (query.cached) return cached(planned, query);
  auto problem = check_hostname(query, *module->second.prepared->module);
  if (!problem.empty()) return refuse(Status::kBadRequest, std::move(problem));
  Answer answer = planned ? probe_configured(plan, *planned, module->second, query)
                          : probe_raw(plan, module->second, query);
  if (auto* found = std::get_if<OnDemandOrder>(&answer)) found->order.debug = query.debug;
  return answer;
}

void OnDemandProbes::start(std::shared_ptr<ProbeEngine> engine, OnDemandOrder order, Done done) {
  const Id id = ++last_id_;
  Run& run = runs_[id];
  run.engine = std::move(engine);
  run.module = order.order.module->module;
  run.record = std::move(order.record);
  run.done = std::move(done);
  run.probe = start_probe(run.engine->context, std::move(order.order),
                          [this, id](ProbeResult result) { finished(id, std::move(result)); });
}

void OnDemandProbes::finished(Id id, ProbeResult result) {
  const auto found = runs_.find(id);
  Run run = std::move(found->second);
  runs_.erase(found);
  run.probe.reset();
  ProbeReply reply;
  reply.result = std::make_shared<const ProbeResult>(std::move(result));
  reply.module = std::move(run.module);
  if (run.record && run.record->add(reply.result, unix_s())) ++changes_;
  run.done(std::move(reply));
}

void OnDemandProbes::clear() {
  auto runs = std::exchange(runs_, {});
  for (auto& [id, run] : runs) {
    run.probe.reset();
    run.done(refuse(Status::kStopped, "litewatch is stopping."));
  }
}

}  // namespace litewatch

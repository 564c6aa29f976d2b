#include "probe/run/plan.h"

#include <utility>

#include "probe/tls/authorities.h"

namespace litewatch {
namespace {

Error mistake(std::string what) { return {ErrorKind::kMalformed, std::move(what), "", 0}; }

/// Prepares a module, unless it is as before.
Result<PlannedModule> plan_module(const ProbeModule& module, const ProbePlan& before,
                                  const std::shared_ptr<Authorities>& machine) {
  std::string fingerprint = files_fingerprint(module);  // first: files may change meanwhile
  const auto old = before.modules.find(module.name);
  if (old != before.modules.end() && old->second.fingerprint == fingerprint &&
      *old->second.prepared->module == module) {
    return old->second;
  }
  auto prepared = prepare_module(std::make_shared<const ProbeModule>(module), machine);
  if (!prepared) return prepared.error();
  return PlannedModule{std::move(*prepared), std::move(fingerprint)};
}

std::optional<Error> plan_modules(const ProberConfig& config, const ProbePlan& before,
                                  ProbePlan& plan) {
  const auto machine = Authorities::of_machine();
  for (const auto* list : {&config.modules, &builtin_modules()}) {
    for (const ProbeModule& module : *list) {
      if (plan.modules.contains(module.name)) {
        if (list == &config.modules) return mistake("module " + module.name + " is there twice");
        continue;
      }
      auto planned = plan_module(module, before, machine);
      if (!planned) return planned.error();
      plan.modules.emplace(module.name, std::move(*planned));
    }
  }
  return std::nullopt;
}

std::shared_ptr<TargetRecord> record_of(const ProbeTarget& target, const ProbePlan& before) {
  const PlannedTarget* old = before.find(target.name);
  if (old && keeps_history(*old->target, target)) return old->record;
  return std::make_shared<TargetRecord>();
}

Result<PlannedTarget> plan_target(const ProbeTarget& target, const ProbePlan& plan,
                                  const ProbePlan& before) {
  const auto module = plan.modules.find(target.module);
  if (module == plan.modules.end()) {
    return mistake("target " + target.name + ": there is no module " + target.module);
  }
  PlannedTarget planned;
  planned.module = module->second.prepared;
  const auto endpoint = parse_endpoint(target.url, planned.module->module->prober);
  if (!endpoint) {
    return mistake("target " + target.name + ": module " + target.module + " cannot probe its URL");
  }
  planned.endpoint = *endpoint;
  planned.target = std::make_shared<const ProbeTarget>(target);
  planned.record = record_of(target, before);
  return planned;
}

std::optional<Error> plan_targets(const ProberConfig& config, const ProbePlan& before,
                                  ProbePlan& plan) {
  plan.targets.reserve(config.targets.size());
  for (const ProbeTarget& target : config.targets) {
    auto planned = plan_target(target, plan, before);
    if (!planned) return planned.error();
    const std::string_view name = planned->target->name;
    if (!plan.by_name.emplace(name, plan.targets.size()).second) {
      return mistake("target " + target.name + " is there twice");
    }
    plan.targets.push_back(std::move(*planned));
  }
  return std::nullopt;
}

std::optional<Error> plan_policies(ProbePlan& plan) {
  const auto& options = plan.options;
  for (const auto* list : {&options.allow_link_local, &options.raw_targets.networks}) {
    for (const std::string& network : *list) {
      if (!parse_network(network)) return mistake(network + " is no network");
    }
  }
  using Networks = std::vector<std::string>;
  plan.policy = std::make_shared<const AddressPolicy>(options.allow_link_local, Networks());
  plan.raw_policy =
      std::make_shared<const AddressPolicy>(options.allow_link_local, options.raw_targets.networks);
  return std::nullopt;
}

}  // namespace

const PlannedTarget* ProbePlan::find(std::string_view name) const {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &targets[found->second];
}

Result<std::shared_ptr<const ProbePlan>> make_plan(const ProberConfig& config,
                                                   const ProbePlan& before) {
  auto plan = std::make_shared<ProbePlan>();
  plan->options = config.options;
  if (auto error = plan_policies(*plan)) return *error;
  if (auto error = plan_modules(config, before, *plan)) return *error;
  if (auto error = plan_targets(config, before, *plan)) return *error;
  return std::shared_ptr<const ProbePlan>(std::move(plan));
}

std::shared_ptr<const ProbePlan> refresh_plan(const ProbePlan& before,
                                              std::optional<Error>& problem) {
  const auto machine = Authorities::of_machine();
  std::shared_ptr<ProbePlan> plan;
  for (const auto& [name, old] : before.modules) {
    auto fresh = plan_module(*old.prepared->module, before, machine);
    if (!fresh) {
      problem = fresh.error();
    } else if (fresh->prepared != old.prepared) {
      if (!plan) plan = std::make_shared<ProbePlan>(before);
      plan->modules[name] = std::move(*fresh);
    }
  }
  if (!plan) return nullptr;
  for (PlannedTarget& target : plan->targets) {
    target.module = plan->modules.find(target.target->module)->second.prepared;
  }
  return plan;
}

}  // namespace litewatch

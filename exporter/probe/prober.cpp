#include "probe/prober.h"

#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "probe/net/transfers.h"
#include "probe/run/background.h"
#include "probe/run/on_demand.h"
#include "probe/run/plan.h"

namespace litewatch {
namespace {

using Done = std::function<void(ProbeReply)>;

ProbeReply refusal(ProbeReply::Status status, std::string problem) {
  ProbeReply reply;
  reply.status = status;
  reply.problem = std::move(problem);
  return reply;
}

Error stopped() { return {ErrorKind::kInternal, "the prober is stopped", "", 0}; }

}  // namespace

struct Prober::State {
  std::shared_ptr<const ProbePlan> plan() const EXCLUDES(mutex) {
    MutexLock lock(mutex);
    return current_plan;
  }
  std::optional<Error> install(std::shared_ptr<const ProbePlan> plan) REQUIRES(configuring);
  std::optional<Error> install_now(std::shared_ptr<const ProbePlan> plan);
  void run(OnDemandOrder order, Done done);
  bool take_on_demand(std::size_t most);

  std::string user_agent;
  std::unique_ptr<Loop> loop;
  std::unique_ptr<Transfers> transfers;
  std::thread thread;

  // The loop's thread's; after it ended, stop()'s.
  std::shared_ptr<ProbeEngine> engine;
  std::vector<std::string> dns_servers;  ///< the engine's
  std::unique_ptr<BackgroundProbes> background;
  OnDemandProbes on_demand;

  std::atomic<std::size_t> on_demand_in_flight{0};
  std::atomic<std::uint64_t> rejected_busy{0};
  std::atomic<std::uint64_t> rejected_policy{0};

  Mutex configuring;  ///< one plan at a time; taken before `mutex`
  Mutex stopping;     ///< one stop at a time

  mutable Mutex mutex;  ///< held for a moment only: scrapes take it
  std::shared_ptr<const ProbePlan> current_plan GUARDED_BY(mutex);
};

/// Hands a plan to the loop and waits until it has taken it.
std::optional<Error> Prober::State::install(std::shared_ptr<const ProbePlan> plan) {
  const auto installed = std::make_shared<std::promise<std::optional<Error>>>();
  const bool posted = loop->post([this, installed, plan = std::move(plan)]() mutable {
    installed->set_value(install_now(std::move(plan)));
  });
  return posted ? installed->get_future().get() : stopped();
}

/// In the loop's thread.
std::optional<Error> Prober::State::install_now(std::shared_ptr<const ProbePlan> plan) {
  const auto& servers = plan->options.dns_servers;
  if (servers != dns_servers) {
    auto resolver = Resolver::create(*loop, servers);
    if (!resolver) return resolver.error();
    engine = std::make_shared<ProbeEngine>(*loop, *transfers, std::move(*resolver), user_agent);
    dns_servers = servers;
  }
  background->apply(plan, engine);
  MutexLock lock(mutex);
  current_plan.swap(plan);
  return std::nullopt;
}

/// Takes room for a probe on demand; false where there is none.
bool Prober::State::take_on_demand(std::size_t most) {
  if (on_demand_in_flight.fetch_add(1) < most) return true;
  --on_demand_in_flight;
  ++rejected_busy;
  return false;
}

void Prober::State::run(OnDemandOrder order, Done done) {
  auto finish = [this, done](ProbeReply reply) {
    --on_demand_in_flight;
    done(std::move(reply));
  };
  const auto shared = std::make_shared<OnDemandOrder>(std::move(order));
  const bool posted =
      loop->post([this, shared, finish] { on_demand.start(engine, std::move(*shared), finish); });
  if (!posted) finish(refusal(ProbeReply::Status::kStopped, "litewatch is stopping."));
}

Result<std::unique_ptr<Prober>> Prober::create(std::string user_agent) {
  auto state = std::make_unique<State>();
  state->user_agent = std::move(user_agent);
  auto loop = Loop::create();
  if (!loop) return loop.error();
  state->loop = std::move(*loop);
  auto transfers = Transfers::create(*state->loop);
  if (!transfers) return transfers.error();
  state->transfers = std::move(*transfers);
  auto resolver = Resolver::create(*state->loop, {});
  if (!resolver) return resolver.error();
  state->engine = std::make_shared<ProbeEngine>(*state->loop, *state->transfers,
                                                std::move(*resolver), state->user_agent);
  state->background = std::make_unique<BackgroundProbes>(*state->loop);
  {
    MutexLock lock(state->mutex);
    state->current_plan = std::make_shared<const ProbePlan>();
  }
  std::unique_ptr<Prober> prober(new Prober(std::move(state)));
  if (auto error = prober->configure({})) return *error;
  return prober;
}

Prober::Prober(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->thread = std::thread([loop = state_->loop.get()] { loop->run(); });
}

Prober::~Prober() { stop(); }

std::optional<Error> Prober::configure(const ProberConfig& config) {
  auto plan = prepare(config);
  if (!plan) return plan.error();
  return install(std::move(*plan));
}

Result<std::shared_ptr<const ProbePlan>> Prober::prepare(const ProberConfig& config) const {
  return make_plan(config, *state_->plan());
}

std::optional<Error> Prober::install(std::shared_ptr<const ProbePlan> plan) {
  MutexLock lock(state_->configuring);
  return state_->install(std::move(plan));
}

std::optional<Error> Prober::refresh_files() {
  State& s = *state_;
  const auto before = s.plan();
  std::optional<Error> problem;
  auto plan = refresh_plan(*before, problem);
  if (!plan) return problem;
  MutexLock lock(s.configuring);
  if (s.plan() != before) return problem;
  if (auto error = s.install(std::move(plan))) return error;
  return problem;
}

void Prober::probe(ProbeQuery query, Done done) {
  State& s = *state_;
  const auto plan = s.plan();
  auto answer = answer_query(*plan, query);
  if (auto* reply = std::get_if<ProbeReply>(&answer)) {
    if (reply->status == ProbeReply::Status::kUnknownTarget) ++s.rejected_policy;
    return done(std::move(*reply));
  }
  if (!s.take_on_demand(plan->options.max_on_demand)) {
    return done(refusal(ProbeReply::Status::kTooBusy,
                        "As many probes on demand as probes.max_on_demand allows are under way."));
  }
  s.run(std::move(std::get<OnDemandOrder>(answer)), std::move(done));
}

void Prober::visit(const std::function<void(const TargetView&)>& use) const {
  const auto plan = state_->plan();
  TargetView view;
  for (const PlannedTarget& planned : plan->targets) {
    planned.record->copy_to(view);
    use(view);
  }
}

std::vector<TargetView> Prober::targets() const {
  const auto plan = state_->plan();
  std::vector<TargetView> views(plan->targets.size());
  for (std::size_t i = 0; i < views.size(); ++i) plan->targets[i].record->copy_to(views[i]);
  return views;
}

ProberStats Prober::stats() {
  State& s = *state_;
  ProberStats stats;
  stats.targets = s.plan()->targets.size();
  stats.in_flight = s.background->in_flight();
  stats.on_demand_in_flight = s.on_demand_in_flight;
  stats.waiting = s.background->waiting();
  stats.lag_s = s.loop->take_lag_s();
  stats.rejected_busy = s.rejected_busy;
  stats.rejected_policy = s.rejected_policy;
  return stats;
}

std::uint64_t Prober::changes() const {
  return state_->background->changes() + state_->on_demand.changes();
}

std::vector<std::shared_ptr<const ProbeModule>> Prober::modules() const {
  std::vector<std::shared_ptr<const ProbeModule>> modules;
  for (const auto& [name, module] : state_->plan()->modules) {
    modules.push_back(module.prepared->module);
  }
  return modules;
}

void Prober::stop() {
  State& s = *state_;
  MutexLock lock(s.stopping);
  if (!s.thread.joinable()) return;
  s.loop->stop();
  s.thread.join();
  s.background->clear();
  s.on_demand.clear();
}

}  // namespace litewatch

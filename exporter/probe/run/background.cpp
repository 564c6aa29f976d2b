#include "probe/run/background.h"

#include <utility>

#include "base/clock.h"
#include "probe/run/timeouts.h"

namespace litewatch {
namespace {

/// What counts as one host: the host of the URL, whatever the port, or the Unix socket.
std::string host_key(const PlannedTarget& planned) {
  if (!planned.target->unix_socket.empty()) return planned.target->unix_socket;
  return planned.endpoint.host.empty() ? planned.target->url : planned.endpoint.host;
}

bool is_same(const PlannedTarget& a, const PlannedTarget& b) {
  return a.record == b.record && *a.target == *b.target && *a.module->module == *b.module->module;
}

void describe(const PlannedTarget& planned) {
  const Endpoint& endpoint = planned.endpoint;
  planned.record->describe(planned.target, *planned.module->module, endpoint.host,
                           endpoint.scheme == "https");
}

}  // namespace

std::shared_ptr<const TlsResult> tls_of(const std::shared_ptr<const ProbeResult>& result) {
  if (!result || !result->tls) return nullptr;
  return {result, &*result->tls};
}

void BackgroundProbes::apply(std::shared_ptr<const ProbePlan> plan,
                             std::shared_ptr<ProbeEngine> engine) {
  const auto old_plan = std::exchange(plan_, std::move(plan));  // holds the old names
  Targets old_targets = std::exchange(targets_, {});
  engine_ = std::move(engine);
  std::vector<const PlannedTarget*> fresh;
  for (const PlannedTarget& planned : plan_->targets) {
    const auto old = old_targets.find(planned.target->name);
    if (old != old_targets.end() && is_same(*old->second->planned, planned)) {
      old->second->planned = &planned;
      targets_.emplace(planned.target->name, std::move(old->second));
      old_targets.erase(old);
      continue;
    }
    describe(planned);
    planned.record->set_next_run(std::nullopt);
    if (planned.target->interval_s > 0) fresh.push_back(&planned);
  }
  for (const auto& [name, target] : old_targets) drop(*target);
  const ProberOptions& options = plan_->options;
  schedule_.set_limits({options.max_in_flight, options.max_in_flight_per_host});
  for (const PlannedTarget* planned : fresh) add(*planned, fresh.size());
  advance();
}

void BackgroundProbes::clear() {
  for (const auto& [name, target] : targets_) drop(*target);
  targets_.clear();
  loop_.cancel_timer(std::exchange(timer_, 0));
  in_flight_ = waiting_ = 0;
}

void BackgroundProbes::add(const PlannedTarget& planned, std::size_t count) {
  const ProbeTarget& config = *planned.target;
  const double phase = schedule_phase(config.name);
  auto target = std::make_unique<Target>();
  target->planned = &planned;
  target->id = ++last_id_;
  schedule_.add(target->id,
                {host_key(planned), config.interval_s, config.failing_interval_s, phase},
                first_due_s(loop_.now_s(), config.interval_s, phase, count));
  publish_next_run(*target);
  by_id_.emplace(target->id, target.get());
  targets_.emplace(config.name, std::move(target));
}

void BackgroundProbes::drop(Target& target) {
  schedule_.remove(target.id);
  by_id_.erase(target.id);
  target.run.reset();
}

void BackgroundProbes::advance() {
  schedule_.advance(loop_.now_s(), turn_);
  for (const Schedule::Id id : turn_.skipped) {
    by_id_.at(id)->planned->record->count_skipped();
    publish_next_run(*by_id_.at(id));
  }
  for (const Schedule::Start& turn : turn_.starts) start(*by_id_.at(turn.id), turn.queue_s);
  in_flight_ = schedule_.in_flight();
  waiting_ = schedule_.waiting();
  set_timer();
}

void BackgroundProbes::set_timer() {
  const auto wake_s = schedule_.wake_s();
  if (timer_ != 0 && wake_s && *wake_s == timer_s_) return;
  loop_.cancel_timer(std::exchange(timer_, 0));
  if (!wake_s) return;
  timer_s_ = *wake_s;
  timer_ = loop_.start_timer(timer_s_, [this] {
    timer_ = 0;
    advance();
  });
}

void BackgroundProbes::start(Target& target, double queue_s) {
  const PlannedTarget& planned = *target.planned;
  ProbeOrder order;
  order.target = planned.target;
  order.module = planned.module;
  order.policy = plan_->policy;
  order.timeout_s = background_timeout_s(*planned.target, *planned.module->module);
  order.queue_s = queue_s;
  if (planned.target->reuse_connection) order.last_tls = tls_of(planned.record->result());
  target.engine = engine_;
  target.run =
      start_probe(engine_->context, std::move(order),
                  [this, id = target.id](ProbeResult result) { finished(id, std::move(result)); });
  publish_next_run(target);
}

void BackgroundProbes::finished(Schedule::Id id, ProbeResult result) {
  Target& target = *by_id_.at(id);
  const bool success = result.success;
  target.run.reset();
  target.engine.reset();
  const auto seen = std::make_shared<const ProbeResult>(std::move(result));
  if (target.planned->record->add(seen, unix_s())) ++changes_;
  schedule_.finish(id, success, loop_.now_s());
  publish_next_run(target);
  advance();
}

void BackgroundProbes::publish_next_run(const Target& target) const {
  const double from_now_s = schedule_.due_s(target.id) - monotonic_s();
  target.planned->record->set_next_run(unix_s() + from_now_s);
}

}  // namespace litewatch

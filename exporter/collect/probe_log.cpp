#include "collect/probe_log.h"

#include <spdlog/spdlog.h>

#include "base/parse.h"
#include "probe/reason.h"

namespace litewatch {

void ProbeLog::look(const Prober& prober, double now_s) {
  const unsigned round = ++round_;
  prober.visit([&](const TargetView& view) { look(view, now_s, round); });
  end_round(round);
}

void ProbeLog::look(const TargetView& view, double now_s, unsigned round) {
  Known& known = known_[view.target->name];
  known.round = round;
  if (!view.result) return;
  const bool failing = !view.result->success;
  if (failing == known.failing) return;
  const double lasted_s = now_s - known.since_s;
  known.failing = failing;
  known.since_s = now_s;
  if (!admit(now_s)) return;
  if (failing) {
    spdlog::warn("target {} failing ({}): {}", view.target->name, to_string(view.result->reason),
                 view.result->detail);
  } else {
    spdlog::info("target {} recovered after {}", view.target->name, human_duration(lasted_s));
  }
}

void ProbeLog::end_round(unsigned round) {
  std::erase_if(known_, [round](const auto& entry) { return entry.second.round != round; });
}

/// Whether there is room for one more line.
bool ProbeLog::admit(double now_s) {
  if (!limit_.admit(now_s)) return false;
  if (const std::size_t count = limit_.take_left_out(); count > 0) {
    spdlog::warn("{} more targets began to fail or recovered", count);
  }
  return true;
}

}  // namespace litewatch

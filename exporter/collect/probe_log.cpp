#include "collect/probe_log.h"

#include <spdlog/spdlog.h>

#include "base/parse.h"
#include "probe/advice.h"

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
    const auto state = advice(view.result->reason).state;
    spdlog::warn("target {} failing: {}: {}", view.target->name, state, view.result->detail);
  } else {
    spdlog::info("target {} recovered after {}", view.target->name, human_duration(lasted_s));
  }
}

void ProbeLog::end_round(unsigned round) {
  std::erase_if(known_, [round](const auto& entry) { return entry.second.round != round; });
}

/// Whether there is room for one more line.
bool ProbeLog::admit(double now_s) {
  if (now_s - window_start_s_ >= kWindow_s) {
    if (left_out_ != 0) spdlog::warn("{} more targets began to fail or recovered", left_out_);
    window_start_s_ = now_s;
    lines_ = left_out_ = 0;
  }
  if (lines_ < kMostLines) {
    ++lines_;
    return true;
  }
  ++left_out_;
  return false;
}

}  // namespace litewatch

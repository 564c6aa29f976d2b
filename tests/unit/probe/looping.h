#pragma once

#include <functional>
#include <memory>
#include <stdexcept>

#include "base/clock.h"
#include "probe/net/loop.h"

namespace litewatch {

/// A loop that a test runs on its own thread, as long as it has to wait for something.
class Looping {
 public:
  Looping() : loop_(create()) {}

  Loop& loop() { return *loop_; }

  /// Runs the loop until `condition` holds, looking every millisecond; false after `limit_s`. Once
  /// only: a loop that stopped stays stopped.
  bool run_until(const std::function<bool()>& condition, double limit_s = 5) {
    const double end_s = monotonic_s() + limit_s;
    look(condition, end_s);
    loop_->run();
    return condition();
  }
  /// Runs the loop for a time.
  void run_for(double time_s) {
    run_until([] { return false; }, time_s);
  }

 private:
  static std::unique_ptr<Loop> create() {
    auto loop = Loop::create();
    if (!loop) throw std::runtime_error(loop.error().message());
    return std::move(*loop);
  }

  void look(const std::function<bool()>& condition, double end_s) {
    if (condition() || monotonic_s() >= end_s) return loop_->stop();
    loop_->start_timer(monotonic_s() + 0.001, [this, condition, end_s] { look(condition, end_s); });
  }

  std::unique_ptr<Loop> loop_;
};

}  // namespace litewatch

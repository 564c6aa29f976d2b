#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/mutex.h"
#include "base/result.h"

namespace litewatch {

/// The prober's event loop: epoll, timers, and work posted by other threads. All methods but post()
/// and stop() belong to the thread that runs it. Callbacks may call any method.
class Loop {
 public:
  using Ready = std::function<void(std::uint32_t events)>;
  /// Names a timer; 0 is none.
  using TimerId = std::uint64_t;

  static Result<std::unique_ptr<Loop>> create();

  /// Watches a descriptor for EPOLLIN | EPOLLOUT..., level-triggered; again to change what for.
  void watch(int fd, std::uint32_t events, Ready ready);
  void watch(int fd, std::uint32_t events);  ///< changes the events only
  void unwatch(int fd);

  /// Calls `expired` once, at `at_s` of the monotonic clock or as soon after as it can.
  TimerId start_timer(double at_s, std::function<void()> expired);
  void cancel_timer(TimerId timer);

  /// Calls `work` in the loop's thread, in the order of the calls. Any thread. False after stop():
  /// it will not be called.
  bool post(std::function<void()> work) EXCLUDES(mutex_);

  /// Runs until stop(). What was posted before stop() has been called when it returns.
  void run();
  void stop();

  /// The time this turn of the loop began (monotonic).
  double now_s() const { return now_s_; }
  /// How late timers were at most since this was last asked, in seconds. Any thread.
  double take_lag_s();

 private:
  Loop(Fd epoll, Fd wake);

  struct Watch {
    std::uint32_t events = 0;
    Ready ready;
  };

  const Fd epoll_;
  const Fd wake_;
  double now_s_ = 0;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  std::map<std::pair<double, TimerId>, std::function<void()>> timers_;  ///< by time
  std::unordered_map<TimerId, double> timer_times_;
  TimerId last_timer_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<double> lag_s_{0};

  Mutex mutex_;
  std::vector<std::function<void()>> posted_ GUARDED_BY(mutex_);
};

}  // namespace litewatch

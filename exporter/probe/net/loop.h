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

/// The prober's event loop: epoll, timers, and work posted by other threads. All methods but
/// post(), stop() and take_lag_s() belong to the thread that runs it; before run() to its creator.
/// Callbacks may call any method but run(). A turn serves descriptors first, then timers, then
/// posted work: an answer that came in time is seen before its deadline strikes.
class Loop {
 public:
  using Ready = std::function<void(std::uint32_t events)>;
  /// Names a timer; 0 is none.
  using TimerId = std::uint64_t;

  static Result<std::unique_ptr<Loop>> create();

  /// Watches a descriptor for EPOLLIN | EPOLLOUT..., level-triggered; again to change what for.
  /// `ready` also hears of EPOLLERR and EPOLLHUP. A descriptor that cannot be watched (a regular
  /// file) is never ready. Unwatch it before it is closed.
  void watch(int fd, std::uint32_t events, Ready ready);
  void watch(int fd, std::uint32_t events);  ///< changes the events only
  void unwatch(int fd);                      ///< nothing where it is not watched
  /// As unwatch(), of a descriptor that may be closed already, its number another thread's by now.
  /// epoll is not told: it drops what is closed, and of what is not the next event ends the watch.
  void forget(int fd);

  /// Calls `expired` once, at `at_s` of the monotonic clock or as soon after as it can, never from
  /// within this call. REQUIRES: not NaN; infinity never comes.
  TimerId start_timer(double at_s, std::function<void()> expired);
  void cancel_timer(TimerId timer);  ///< nothing where it expired, or for 0

  /// Calls `work` in the loop's thread, in the order of the calls. Any thread. False after stop():
  /// it will not be called.
  bool post(std::function<void()> work) EXCLUDES(mutex_);

  /// Runs until stop(). What was posted before stop() has been called when it returns. Meanwhile
  /// the thread gets no SIGPIPE.
  void run();
  void stop() EXCLUDES(mutex_);

  /// The time this turn of the loop began (monotonic).
  double now_s() const { return now_s_; }
  /// How late timers were at most since this was last asked, in seconds. Any thread.
  double take_lag_s() { return lag_s_.exchange(0); }

 private:
  Loop(Fd epoll, Fd wake);

  struct Watch {
    std::uint32_t generation = 0;  ///< tells it from an earlier watch of the same number
    std::uint32_t events = 0;
    Ready ready;
  };

  void control(int operation, int fd, const Watch& watch);
  int wait_ms() const;
  void turn();
  void deliver(int fd, std::uint32_t generation, std::uint32_t events);
  void drop_forgotten(int fd);
  void expire_timers();
  void note_lag(double lag_s);
  void call_posted() EXCLUDES(mutex_);
  void wake();

  const Fd epoll_;
  const Fd wake_;
  double now_s_;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  std::uint32_t last_generation_ = 0;
  std::vector<int> forgotten_;  ///< and unwatched, in this turn
  std::map<std::pair<double, TimerId>, std::function<void()>> timers_;  ///< by time
  std::unordered_map<TimerId, double> timer_times_;  ///< of those neither run nor cancelled
  std::vector<std::pair<TimerId, std::function<void()>>> expired_;
  TimerId last_timer_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<double> lag_s_{0};

  Mutex mutex_;
  std::vector<std::function<void()>> posted_ GUARDED_BY(mutex_);
  std::vector<std::function<void()>> called_;  ///< kept for its memory
};

}  // namespace litewatch

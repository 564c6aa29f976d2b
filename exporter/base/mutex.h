#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

// Clang's thread-safety annotations; nothing under other compilers.
#if defined(__clang__)
#define LITEWATCH_CAPABILITY __attribute__((capability("mutex")))
#define LITEWATCH_SCOPED __attribute__((scoped_lockable))
#define GUARDED_BY(m) __attribute__((guarded_by(m)))
#define REQUIRES(m) __attribute__((requires_capability(m)))
#define EXCLUDES(m) __attribute__((locks_excluded(m)))
#define ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#else
#define LITEWATCH_CAPABILITY
#define LITEWATCH_SCOPED
#define GUARDED_BY(m)
#define REQUIRES(m)
#define EXCLUDES(m)
#define ACQUIRE(...)
#define RELEASE(...)
#endif

namespace litewatch {

/// std::mutex that Clang's -Wthread-safety understands.
class LITEWATCH_CAPABILITY Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class LITEWATCH_SCOPED MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// A condition variable for Mutex. Every wait may return early: test the condition in a loop.
class Condition {
 public:
  void wait(Mutex& mutex) REQUIRES(mutex) { condition_.wait(mutex); }
  /// Waits until notified or until `monotonic_s` on the clock of base/clock.h; infinity is allowed.
  void wait_until(Mutex& mutex, double monotonic_s) REQUIRES(mutex) {
    constexpr double kFarFuture_s = 1e9;  // well within nanoseconds of 64 bits
    const std::chrono::duration<double> since_start(std::min(monotonic_s, kFarFuture_s));
    condition_.wait_until(mutex,
                          std::chrono::steady_clock::time_point(
                              std::chrono::duration_cast<std::chrono::nanoseconds>(since_start)));
  }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable_any condition_;
};

}  // namespace litewatch

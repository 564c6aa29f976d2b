#include "base/mutex.h"

#include <limits>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "catch.h"

namespace litewatch {
namespace {

/// A value that a thread waits for.
class Mailbox {
 public:
  void put(int value) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    value_ = value;
    condition_.notify_all();
  }
  /// The value, or 0 where none came until then.
  int wait(double until_s) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (value_ == 0 && monotonic_s() < until_s) condition_.wait_until(mutex_, until_s);
    return value_;
  }
  int wait() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (value_ == 0) condition_.wait(mutex_);
    return value_;
  }

 private:
  Mutex mutex_;
  Condition condition_;
  int value_ GUARDED_BY(mutex_) = 0;
};

class Counter {
 public:
  void add() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    ++value_;
  }
  int value() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return value_;
  }

 private:
  Mutex mutex_;
  int value_ GUARDED_BY(mutex_) = 0;
};

TEST_CASE("mutex: four threads count -> nothing is lost") {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10000; ++n) counter.add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(counter.value() == 40000);
}

TEST_CASE("condition: notified -> wakes, with and without a deadline") {
  for (const double deadline_s : {monotonic_s() + 30, std::numeric_limits<double>::infinity()}) {
    Mailbox mailbox;
    std::thread sender([&] { mailbox.put(5); });
    CHECK(mailbox.wait(deadline_s) == 5);
    CHECK(mailbox.wait() == 5);
    sender.join();
  }
}

TEST_CASE("condition: never notified -> wakes at the deadline, not before") {
  Mailbox mailbox;
  const double until_s = monotonic_s() + 0.02;
  CHECK(mailbox.wait(until_s) == 0);
  CHECK(monotonic_s() >= until_s);
  CHECK(mailbox.wait(monotonic_s() - 1) == 0);
}

}  // namespace
}  // namespace litewatch

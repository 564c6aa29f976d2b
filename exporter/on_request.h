#pragma once

#include <functional>
#include <thread>

#include "base/mutex.h"

namespace litewatch {

/// A task on a thread of its own, run when somebody asks. Asked while it runs, it runs once more
/// afterwards, however often that was.
class OnRequest {
 public:
  OnRequest(const char* thread_name, std::function<void()> task);
  ~OnRequest() { stop(); }

  /// Never waits. Any thread.
  void request();

  /// Waits until the task has ended; it runs no more.
  void stop();

 private:
  void work();

  const std::function<void()> task_;
  Mutex mutex_;
  Condition changed_;
  bool wanted_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace litewatch

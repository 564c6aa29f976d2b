#include "on_request.h"

#include <pthread.h>

#include <utility>

namespace litewatch {

OnRequest::OnRequest(const char* thread_name, std::function<void()> task)
    : task_(std::move(task)), thread_([this] { work(); }) {
  pthread_setname_np(thread_.native_handle(), thread_name);
}

void OnRequest::request() {
  MutexLock lock(mutex_);
  wanted_ = true;
  changed_.notify_all();
}

void OnRequest::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void OnRequest::work() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (!wanted_ && !stopping_) changed_.wait(mutex_);
      if (stopping_) return;
      wanted_ = false;
    }
    task_();
  }
}

}  // namespace litewatch

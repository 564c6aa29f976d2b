#include "base/bounded_reader.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/mutex.h"

namespace litewatch {

/// Shared with the thread, which may outlive the reader.
struct BoundedReader::State {
  Mutex mutex;
  Condition changed;
  std::function<void()> job GUARDED_BY(mutex);  ///< not yet taken
  bool busy GUARDED_BY(mutex) = false;
  bool stopped GUARDED_BY(mutex) = false;
};

BoundedReader::BoundedReader()
    : state_(std::make_shared<State>()), thread_([state = state_] { work(*state); }) {
  pthread_setname_np(thread_.native_handle(), "files");
}

BoundedReader::~BoundedReader() {
  stop();
  if (busy()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void BoundedReader::work(State& state) {
  for (;;) {
    std::function<void()> job;
    {
      MutexLock lock(state.mutex);
      while (!state.job && !state.stopped) state.changed.wait(state.mutex);
      if (!state.job) return;
      job = std::exchange(state.job, nullptr);
    }
    job();
    job = nullptr;  // what it owns goes before anybody may take it for done
    MutexLock lock(state.mutex);
    state.busy = false;
    state.changed.notify_all();
  }
}

bool BoundedReader::run(std::function<void()> job, double bound_s) {
  const double deadline_s = monotonic_s() + bound_s;
  MutexLock lock(state_->mutex);
  if (state_->busy || state_->stopped) return false;
  state_->busy = true;
  state_->job = std::move(job);
  state_->changed.notify_all();
  while (state_->busy && !state_->stopped && monotonic_s() < deadline_s) {
    state_->changed.wait_until(state_->mutex, deadline_s);
  }
  return !state_->busy;
}

bool BoundedReader::busy() const {
  MutexLock lock(state_->mutex);
  return state_->busy;
}

void BoundedReader::stop() {
  MutexLock lock(state_->mutex);
  state_->stopped = true;
  state_->changed.notify_all();
}

}  // namespace litewatch

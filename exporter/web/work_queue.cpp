#include "web/work_queue.h"

#include <utility>

#include "base/clock.h"

namespace litewatch {
namespace {

std::size_t index(Lane lane) { return static_cast<std::size_t>(lane); }

}  // namespace

WorkQueue::WorkQueue(std::array<std::size_t, kLanes> capacities) {
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < kLanes; ++i) queues_[i].capacity = capacities[i];
}

bool WorkQueue::push(Lane lane, Job& job) {
  const MutexLock lock(mutex_);
  Queue& queue = queues_[index(lane)];
  if (closed_ || queue.in_flight >= queue.capacity) return false;
  ++queue.in_flight;
  append(queue, std::move(job));
  filled_[index(lane)].notify_all();
  return true;
}

std::optional<Job> WorkQueue::pop(Lane lane) {
  const MutexLock lock(mutex_);
  Queue& queue = queues_[index(lane)];
  while (queue.waiting.empty() && !closed_) filled_[index(lane)].wait(mutex_);
  if (closed_) return std::nullopt;
  Job job = std::move(queue.waiting.front());
  queue.waiting.pop_front();
  queue.moved_s = monotonic_s();
  return job;
}

void WorkQueue::resume(Job job) {
  const MutexLock lock(mutex_);
  if (closed_) return;
  const auto lane = index(job.lane);
  append(queues_[lane], std::move(job));
  filled_[lane].notify_all();
}

void WorkQueue::done(Lane lane) {
  const MutexLock lock(mutex_);
  --queues_[index(lane)].in_flight;
}

double WorkQueue::stalled_s(Lane lane) {
  const MutexLock lock(mutex_);
  const Queue& queue = queues_[index(lane)];
  return queue.waiting.empty() ? 0 : monotonic_s() - queue.moved_s;
}

void WorkQueue::append(Queue& queue, Job job) {
  if (queue.waiting.empty()) queue.moved_s = monotonic_s();
  queue.waiting.push_back(std::move(job));
}

void WorkQueue::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  for (auto& filled : filled_) filled.notify_all();
}

}  // namespace litewatch

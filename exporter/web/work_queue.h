#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "web/request_head.h"

namespace litewatch {

struct ProbeAnswer;

/// What a request has to wait for. Each lane has threads of its own, so that /-/healthy answers
/// while 40 scrapes wait for a collector, and scrapes are served while passwords are guessed.
enum class Lane : unsigned char {
  kQuick,  ///< for nothing
  kPage,   ///< for the collectors, until its deadline
  kSlow,   ///< for bcrypt, or a reload
  kProbe,  ///< for a probe, put aside meanwhile: the thread starts probes and answers with them
};
inline constexpr std::size_t kLanes = 4;

/// One request on its way through the workers.
struct Job {
  std::uint64_t connection = 0;
  Lane lane = Lane::kQuick;
  double arrived_s = 0;  ///< monotonic: when the last byte of its head came
  bool tls = false;      ///< whether the connection is
  RequestHead head;
  std::optional<bool> admitted = std::nullopt;          ///< what bcrypt said; absent: not asked
  std::shared_ptr<const ProbeAnswer> probed = nullptr;  ///< what its probe saw, once that is done
};

/// Bounded queues of jobs, one per lane. Thread-safe.
class WorkQueue {
 public:
  /// `capacities` count the jobs of a lane that wait, are being answered or are put aside.
  explicit WorkQueue(std::array<std::size_t, kLanes> capacities);

  /// False: the lane is full, or closed, and `job` is untouched.
  bool push(Lane lane, Job& job) EXCLUDES(mutex_);
  /// Waits for a job; nullopt once closed.
  std::optional<Job> pop(Lane lane) EXCLUDES(mutex_);
  /// Takes a popped job back that was put aside: instead of done(), and always finds room. Drops it
  /// where the queue is closed.
  void resume(Job job) EXCLUDES(mutex_);
  /// Makes room for another job. Once for each job popped and not put aside.
  void done(Lane lane) EXCLUDES(mutex_);
  /// For how long jobs of the lane have waited while none was taken; 0 where none waits.
  double stalled_s(Lane lane) EXCLUDES(mutex_);
  /// Ends all pop() calls and drops the jobs that still wait.
  void close() EXCLUDES(mutex_);

 private:
  struct Queue {
    std::deque<Job> waiting;
    std::size_t in_flight = 0;
    std::size_t capacity = 0;
    double moved_s = 0;  ///< monotonic: when a job was taken last, or came to an empty queue
  };

  static void append(Queue& queue, Job job);

  Mutex mutex_;
  std::array<Condition, kLanes> filled_;
  std::array<Queue, kLanes> queues_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace litewatch

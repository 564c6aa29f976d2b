#pragma once

#include <atomic>
#include <memory>

#include "web/server.h"
#include "web/work_queue.h"

namespace litewatch {

/// A request that waits for its probe. It keeps its room in the queue and occupies no thread; it
/// comes back to its lane once, with the answer, at the latest when nobody can give one any more.
/// Thread-safe; may outlive the workers: then it comes back to nobody.
class PutAside {
 public:
  PutAside(std::shared_ptr<WorkQueue> queue, Job job);
  ~PutAside();
  PutAside(const PutAside&) = delete;
  PutAside& operator=(const PutAside&) = delete;

  /// Brings the request back. Any thread; never waits. Only the first call counts.
  void come_back(ProbeAnswer answer);

 private:
  const std::shared_ptr<WorkQueue> queue_;
  std::atomic<bool> back_ = false;
  Job job_;  ///< of who set back_
};

}  // namespace litewatch

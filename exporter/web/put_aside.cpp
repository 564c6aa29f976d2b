#include "web/put_aside.h"

#include <utility>

namespace litewatch {

PutAside::PutAside(std::shared_ptr<WorkQueue> queue, Job job)
    : queue_(std::move(queue)), job_(std::move(job)) {}

PutAside::~PutAside() { come_back({500, nullptr, "the probe was given up\n"}); }

void PutAside::come_back(ProbeAnswer answer) {
  if (back_.exchange(true)) return;
  job_.probed = std::make_shared<const ProbeAnswer>(std::move(answer));
  queue_->resume(std::move(job_));
}

}  // namespace litewatch

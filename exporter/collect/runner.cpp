#include "collect/runner.h"

#include <spdlog/spdlog.h>

#include <exception>

#include "base/clock.h"

namespace litewatch {
namespace {

void log_staleness(const CollectorHealth& health) {
  if (health.stale) {
    spdlog::warn("collector {} {}: no answer in time, showing what was known", health.name,
                 health.mountpoint);
  } else {
    spdlog::info("collector {} {}: answers again", health.name, health.mountpoint);
  }
}

}  // namespace

Runner::Runner(Options options, SeriesBudget& budget, SelfMetrics& self)
    : budget_(budget), self_(self), options_(options) {
  page_ = factory_.make({});
}

Runner::~Runner() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_workers_.notify_all();
  }
  // No worker is added any more, so the list stands still.
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void Runner::set_options(Options options) {
  MutexLock lock(mutex_);
  options_ = options;
}

void Runner::add(std::string name, std::string mountpoint, std::unique_ptr<Collector> collector) {
  auto worker = std::make_unique<Worker>(budget_, std::move(collector));
  worker->health.name = std::move(name);
  worker->health.mountpoint = std::move(mountpoint);
  self_.expect_collector_errors(worker->health.name, worker->health.mountpoint,
                                {"internal", "timeout"});
  MutexLock lock(mutex_);
  if (stopping_) return;
  worker->requested = worker->done = generation_;
  Worker& started = *worker;
  workers_.push_back(std::move(worker));
  started.thread = std::thread([this, &started] { work(started); });
}

void Runner::add_summary(Summary& summary) {
  summaries_.push_back(std::make_unique<SummaryTable>(budget_, summary));
}

void Runner::work(Worker& worker) {
  double next_idle_s = monotonic_s();
  MutexLock lock(mutex_);
  while (!stopping_) {
    if (worker.requested > worker.done) {
      run_once(worker);
    } else if (monotonic_s() >= next_idle_s) {
      mutex_.unlock();
      next_idle_s = monotonic_s() + idle(worker);
      mutex_.lock();
    } else {
      wake_workers_.wait_until(mutex_, next_idle_s);
    }
  }
  worker.ended = true;
  worker_done_.notify_all();
}

double Runner::idle(Worker& worker) {
  constexpr double kAfterFailure_s = 1;
  try {
    return worker.collector->idle();
  } catch (const std::exception& error) {  // std::bad_alloc, or a defect of ours
    spdlog::error("collector {}, between collections: {}", worker.health.name, error.what());
    self_.count_collector_error(worker.health.name, worker.health.mountpoint, "internal");
    return kAfterFailure_s;
  }
}

void Runner::run_once(Worker& worker) {
  const std::uint64_t generation = worker.requested;
  mutex_.unlock();
  const double start_s = monotonic_s();
  std::shared_ptr<const Fragment> fragment;
  bool success = true;
  worker.table.begin();
  try {
    worker.collector->collect(worker.table);
  } catch (const std::exception& error) {  // std::bad_alloc, or a defect of ours
    const bool first = worker.health.success || !worker.health.duration_s;
    if (first) spdlog::error("collector {}: {}", worker.health.name, error.what());
    success = false;
  }
  fragment = worker.table.commit();
  const Moment end = now();
  if (!success) {
    self_.count_collector_error(worker.health.name, worker.health.mountpoint, "internal");
  }
  mutex_.lock();
  worker.done = generation;
  worker.fragment = std::move(fragment);
  worker.health.success = success;
  worker.health.duration_s = end.monotonic_s - start_s;
  worker.health.finished_monotonic_s = end.monotonic_s;
  if (success) worker.health.last_success_unix_s = end.unix_s;
  worker_done_.notify_all();
}

std::shared_ptr<const Page> Runner::collect(double deadline_s) {
  const double start_s = monotonic_s();
  std::vector<CollectorHealth> turned;
  {
    MutexLock lock(mutex_);
    if (collecting_) {
      const std::uint64_t joined = generation_;
      while (collecting_ && generation_ == joined && monotonic_s() < deadline_s) {
        worker_done_.wait_until(mutex_, deadline_s);
      }
      return page_;
    }
    collecting_ = true;
    ++generation_;
    for (const auto& worker : workers_) {
      worker->awaited = worker->done == worker->requested;
      worker->requested = generation_;
    }
    wake_workers_.notify_all();
    wait_for_workers(deadline_s);
    turned = gather();
  }
  auto page = make_page();
  self_.observe_collection(monotonic_s() - start_s);
  {
    MutexLock lock(mutex_);
    if (page) page_ = std::move(page);
    page = page_;
    collecting_ = false;
    worker_done_.notify_all();
  }
  // Nobody waits for us any more: whoever reads the log may be slow.
  for (const CollectorHealth& health : turned) log_staleness(health);
  return page;
}

void Runner::wait_for_workers(double deadline_s) {
  const auto all_answered = [this]() REQUIRES(mutex_) {
    for (const auto& worker : workers_) {
      if (worker->awaited && worker->done < worker->requested) return false;
    }
    return true;
  };
  while (!all_answered() && !stopping_ && monotonic_s() < deadline_s) {
    worker_done_.wait_until(mutex_, deadline_s);
  }
}

std::vector<CollectorHealth> Runner::gather() {
  const double now_s = monotonic_s();
  healths_.resize(workers_.size());
  fragments_.clear();
  std::vector<CollectorHealth> turned;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    const bool stale = worker.done < worker.requested;
    const bool turns = stale != worker.health.stale;
    worker.health.stale = stale;
    if (turns) turned.push_back(worker.health);
    if (worker.health.stale) {
      self_.count_collector_error(worker.health.name, worker.health.mountpoint, "timeout");
      if (now_s - worker.health.finished_monotonic_s.value_or(0) > options_.max_age_s) {
        worker.fragment.reset();
      }
    }
    if (worker.fragment) fragments_.push_back(worker.fragment);
    healths_[i] = worker.health;
  }
  return turned;
}

std::shared_ptr<const Page> Runner::make_page() try {
  for (const auto& entry : summaries_) {
    entry->table.begin();
    entry->summary.summarize(healths_, entry->table);
    fragments_.push_back(entry->table.commit());
  }
  auto page = factory_.make(fragments_);
  fragments_.clear();
  return page;
} catch (const std::exception& error) {  // std::bad_alloc, or a defect of ours
  spdlog::error("no new page: {}", error.what());
  return nullptr;
}

bool Runner::stop(double deadline_s) {
  MutexLock lock(mutex_);
  stopping_ = true;
  wake_workers_.notify_all();
  const auto all_ended = [this]() REQUIRES(mutex_) {
    for (const auto& worker : workers_) {
      if (!worker->ended) return false;
    }
    return true;
  };
  while (!all_ended() && monotonic_s() < deadline_s) worker_done_.wait_until(mutex_, deadline_s);
  return all_ended();
}

}  // namespace litewatch

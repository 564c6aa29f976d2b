#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "collect/collector.h"
#include "publish/page.h"
#include "publish/self_metrics.h"
#include "publish/series_table.h"

namespace litewatch {

/// Runs the collectors. A collection wakes every worker, waits for them until a deadline, and makes
/// a page of what there is: the fresh fragments of those that answered and, marked stale, the last
/// ones of those that did not, until they are older than max_age_s. A stuck worker stays one stuck
/// thread, and costs only the first collection its whole time: the next ones do not wait for a
/// worker that is still busy with an earlier one. Collections asked for while one is under way
/// share its page. Thread-safe.
class Runner {
 public:
  struct Options {
    double max_age_s = 300;
  };

  /// `budget` and `self` must outlive the runner.
  Runner(Options options, SeriesBudget& budget, SelfMetrics& self);
  /// Waits for every worker; call stop() first to learn whether one is stuck.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void set_options(Options options);

  /// Starts a worker for the collector. It takes part from the next collection on.
  void add(std::string name, std::string mountpoint, std::unique_ptr<Collector> collector);

  /// Adds what runs after the collectors, in the order of the calls. `summary` must outlive the
  /// runner. Not while a collection is under way.
  void add_summary(Summary& summary);

  /// The page of a collection that ends by `deadline_s` (monotonic clock). Never null: the page is
  /// empty where not even one collection has ended by then.
  std::shared_ptr<const Page> collect(double deadline_s);

  /// Ends the workers; true where all had ended by `deadline_s`.
  bool stop(double deadline_s);

 private:
  /// One collector, its table and its thread. The collector and the table belong to the thread; the
  /// rest is guarded by the runner's mutex.
  struct Worker {
    Worker(SeriesBudget& budget, std::unique_ptr<Collector> source)
        : collector(std::move(source)), table(budget) {}

    const std::unique_ptr<Collector> collector;
    SeriesTable table;
    std::thread thread;

    std::uint64_t requested = 0;  ///< number of the last collection it was asked for
    std::uint64_t done = 0;       ///< number of the last collection it answered
    bool awaited = false;         ///< it was free when the collection under way began
    bool ended = false;
    std::shared_ptr<const Fragment> fragment;
    CollectorHealth health;
  };
  struct SummaryTable {
    SummaryTable(SeriesBudget& budget, Summary& source)
        : summary(source), table(budget, SeriesTable::Admission::kAlways) {}
    Summary& summary;
    SeriesTable table;
  };

  void work(Worker& worker) EXCLUDES(mutex_);
  double idle(Worker& worker) EXCLUDES(mutex_);
  void run_once(Worker& worker) REQUIRES(mutex_);
  void wait_for_workers(double deadline_s) REQUIRES(mutex_);
  /// Gives those that became stale, and those that no longer are.
  std::vector<CollectorHealth> gather() REQUIRES(mutex_);
  /// nullptr where it failed: the last page stays.
  std::shared_ptr<const Page> make_page() EXCLUDES(mutex_);

  SeriesBudget& budget_;
  SelfMetrics& self_;

  Mutex mutex_;
  Condition wake_workers_;  ///< a collection was asked for, or stop()
  Condition worker_done_;   ///< a worker answered, or a collection ended
  Options options_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Worker>> workers_ GUARDED_BY(mutex_);
  std::uint64_t generation_ GUARDED_BY(mutex_) = 0;
  bool collecting_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::shared_ptr<const Page> page_ GUARDED_BY(mutex_);

  // Owned by whoever leads the collection under way.
  std::vector<std::unique_ptr<SummaryTable>> summaries_;
  std::vector<CollectorHealth> healths_;
  std::vector<std::shared_ptr<const Fragment>> fragments_;
  PageFactory factory_;
};

}  // namespace litewatch

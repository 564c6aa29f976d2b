#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "collect/collector.h"
#include "collect/log_limit.h"
#include "collect/sqlite_metrics.h"
#include "collect/sqlite_search.h"
#include "publish/self_metrics.h"
#include "read/sqlite_findings.h"

namespace litewatch {

/// What the SQLite collectors may spend.
struct SqliteLimits {
  std::size_t databases = 20'000;
  std::size_t detailed_databases = 500;  ///< per mount, besides those listed one by one
  double rescan_interval_s = 60;
  double lock_samples_per_s = 2;
  /// How long the file of a database that a pattern led to, and that was read well, is missing
  /// before it is forgotten: as long as SqliteDatabaseVanished remembers what was well.
  double missing_s = 6 * 3600;
  std::size_t sampled_databases = 200;
};

/// One round of looking for databases: what to look for, and the mounts as they are.
struct SqlitePlan {
  std::uint64_t epoch = 0;
  SqliteSearch::Targets targets;
  SqliteSearch::Mounts mounts;
  SqliteLimits limits;
  std::string procfs;
};

/// What a mount's collector needs of the fleet. Thread-safe; nothing here may block.
class SqliteRegistry {
 public:
  virtual ~SqliteRegistry() = default;
  /// Passes a step of a search on to the mount that it leads to.
  virtual void hand_over(const std::shared_ptr<const SqlitePlan>& plan, SearchStep step) = 0;
  /// Takes (app, db) for the database at `path`; false where another one has it.
  virtual bool claim(const std::string& app, const std::string& db, const std::string& path) = 0;
  /// Gives (app, db) back, if it is the one at `path` that has it.
  virtual void unclaim(const std::string& app, const std::string& db, const std::string& path) = 0;
  /// Takes room for one more database; false where the limit is reached.
  virtual bool admit() = 0;
  virtual void leave() = 0;
};

/// What is known of one database beyond its metrics, for what is said over all of them.
struct SqliteVerdict {
  std::string app;
  std::string db;
  std::string group;
  SqliteFindings findings;
  std::size_t target = 0;  ///< index in SqliteMountReport::targets
  bool listed = false;     ///< named one by one in the configuration
  bool detailed = false;   ///< has series and a row of its own
};

/// Everything a mount's last finished run says, for the summary over all mounts.
struct SqliteMountReport {
  SqliteSearch::Targets targets;
  std::vector<SqliteVerdict> verdicts;
  std::vector<StatusRow> rows;                    ///< of the detailed ones
  std::map<std::string, std::uint64_t> left_out;  ///< by group
  bool searched = false;  ///< the search has ended, and this is all that it found
  SearchOutcome outcome;  ///< of the last search that ended
};

/// Reads the databases that lie on one mount, on a worker of its own: a dead file system silences
/// itself and nothing else. It also looks for databases there, and samples their locks.
class SqliteMount : public Collector {
 public:
  SqliteMount(std::string mount_point, SqliteRegistry& registry, SelfMetrics& self);

  /// Queues a step of a search; without one, the news that a round has begun. Any thread; does not
  /// wait for the worker.
  void submit(const std::shared_ptr<const SqlitePlan>& plan, std::optional<SearchStep> step);

  /// True while queued steps wait for the worker, or a search goes on. Any thread.
  bool searching() const;

  /// Calls `use` with the report of the last finished run. Any thread; does not wait for a reading.
  template <class Use>
  void with_report(Use use) const {
    MutexLock lock(mutex_);
    use(report_);
  }

  void collect(SeriesTable& sink) override;
  double idle() override;

 private:
  struct Database {
    Database(std::string real_path) : paths(std::move(real_path)) {}

    SqlitePaths paths;
    std::string app, db, group;
    SqliteObjectives objectives;
    SqliteReadOptions options;
    bool listed = false;      ///< named one by one in the configuration
    std::uint64_t epoch = 0;  ///< the last search that found it
    std::size_t target = 0;
    SqliteSearch::Targets targets;  ///< the configuration under which it was found
    std::uint64_t corrupt_copies = 0;
    SqliteHistory history;
    Result<SqliteReading> reading{SqliteReading{}};
    SqliteFindings findings;
    SqliteFindings logged;  ///< the findings that the last log line spoke of
    bool detailed = false;
  };

  void take_queue();
  void search_until(double deadline_s);
  void take_in(const FoundDatabase& found);
  void name(Database& database, const FoundDatabase& found, const SqliteTarget& target);
  void forget_lost();
  bool may_stay(const Database& database, double unix_s) const;
  void count_corrupt_copies_of_all();
  void read_all(Moment now);
  void log_change(Database& database, const SqliteSubject& subject);
  void log_left_out();
  void choose_detailed();
  void publish(SeriesTable& sink, Moment now);
  /// False for what the last configuration named and the new one does not.
  bool active(const Database& database) const { return database.targets == plan_->targets; }
  bool worth_sampling(const Database& database, double unix_s) const;

  const std::string mount_point_;
  SqliteRegistry& registry_;
  SelfMetrics& self_;

  // The worker's own.
  std::shared_ptr<const SqlitePlan> plan_;
  std::unique_ptr<SqliteSearch> search_;
  std::map<std::string, std::unique_ptr<Database>> databases_;  ///< by real path
  std::map<std::string, std::uint64_t> left_out_;
  std::vector<Database*> others_with_findings_;  ///< of choose_detailed(), kept for its memory
  std::minstd_rand jitter_;
  bool corrupt_copies_due_ = false;
  SearchOutcome outcome_;  ///< of the last search that ended
  LogLimit notices_;       ///< apart, since one may hold for every database
  LogLimit other_changes_;
  SqliteMountReport next_report_;

  mutable Mutex mutex_;
  std::vector<std::pair<std::shared_ptr<const SqlitePlan>, std::optional<SearchStep>>> queue_
      GUARDED_BY(mutex_);
  bool searching_ GUARDED_BY(mutex_) = false;
  SqliteMountReport report_ GUARDED_BY(mutex_);
};

}  // namespace litewatch

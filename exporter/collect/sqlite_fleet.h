#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "collect/collector.h"
#include "collect/container/settings.h"
#include "collect/runner.h"
#include "collect/sqlite_mount.h"
#include "collect/sqlite_places.h"

namespace litewatch {

/// All SQLite databases: decides which mount's collector looks for what, and says what holds over
/// all of them. Thread-safe.
class SqliteFleet : public Summary, private SqliteRegistry {
 public:
  struct Options {
    std::vector<SqliteTarget> targets;
    SqliteLimits limits;
    std::string procfs = "/proc";
  };

  /// `runner` and `self` must outlive the fleet; the runner's workers call back into the fleet, so
  /// stop the runner before the fleet goes.
  SqliteFleet(Runner& runner, SelfMetrics& self);

  /// Takes a configuration and starts to look for its databases. What is watched already keeps its
  /// history.
  void configure(Options options);

  /// True while some mount still looks for databases.
  bool searching() const;

  /// The databases found, by app and name. While a new configuration's are looked for, those of the
  /// old one are among them. Any thread; never waits for a file system.
  std::vector<WatchedDatabase> databases() const;

  void summarize(std::span<const CollectorHealth> collectors, SeriesTable& sink) override;

 private:
  /// Counts of one group, for the roll-ups.
  struct Group {
    std::uint64_t discovered = 0;
    std::uint64_t left_out = 0;
    std::array<std::uint64_t, kSqliteFindingCount> unhealthy{};
    std::uint64_t not_answering = 0;
    std::uint64_t not_listed = 0;
    bool unused = false;  ///< the configuration names it no more
  };

  void hand_over(const std::shared_ptr<const SqlitePlan>& plan, SearchStep step) override;
  bool claim(const std::string& app, const std::string& db, const std::string& path) override;
  void unclaim(const std::string& app, const std::string& db, const std::string& path) override;
  bool admit() override;
  void leave() override;

  void start_search() EXCLUDES(mutex_);
  bool still_searching() const REQUIRES(mutex_);
  SqliteMount& mount_for(const std::string& mount_point) EXCLUDES(mutex_);
  void summarize_mount(const SqliteMountReport& report, const std::string& mount_point,
                       const CollectorHealth* health, const SqlitePlan& plan, SeriesTable& sink);
  void add_unanswered(const SqlitePlan& plan, std::size_t index, SeriesTable& sink);
  void add_undetailed(SeriesTable& sink) const;
  void set_rollups(SeriesTable& sink);
  bool round_goes_on(std::span<const CollectorHealth> collectors) const;

  Runner& runner_;
  SelfMetrics& self_;

  // The summary's own; it runs on one thread at a time.
  std::map<std::string, Group, std::less<>> groups_;
  std::vector<std::pair<std::string, SqliteMount*>> mounts_now_;
  std::vector<bool> answered_;         ///< by target: some mount has reported on it
  std::size_t undetailed_ = 0;         ///< databases without a row of their own
  std::size_t undetailed_unwell_ = 0;  ///< those of them with worse than a notice
  SearchOutcome outcome_;              ///< of all mounts' searches
  bool searched_ = false;              ///< all mounts' searches have ended
  SqlitePlaces places_;
  double next_search_s_ = 0;

  mutable Mutex mutex_;
  std::shared_ptr<const SqlitePlan> plan_ GUARDED_BY(mutex_);
  std::map<std::string, SqliteMount*> mounts_
      GUARDED_BY(mutex_);  ///< by mount point; never removed
  using Names = std::map<std::pair<std::string, std::string>, std::string>;
  Names names_ GUARDED_BY(mutex_);         ///< (app, db) to the path of the database that has it
  Names names_before_ GUARDED_BY(mutex_);  ///< of the old configuration, until the search ended
  bool configuring_ GUARDED_BY(mutex_) = false;
  std::size_t watched_ GUARDED_BY(mutex_) = 0;
};

}  // namespace litewatch

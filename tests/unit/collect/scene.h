#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/runner.h"
#include "collect/sqlite_fleet.h"
#include "publish/page.h"
#include "publish/self_metrics.h"
#include "read/sqlite_bytes.h"  // write_file
#include "support/sqlite_child.h"
#include "support/temp_dir.h"

namespace litewatch {

/// What the service does with databases, in small: a runner, a fleet, and the pages they make.
class Watch {
 public:
  explicit Watch(SqliteFleet::Options options);
  ~Watch();

  void configure(SqliteFleet::Options options) { fleet_.configure(std::move(options)); }
  /// Collects, once where no search goes on, else until it has ended.
  void scrape();
  /// Collects once.
  void scrape_once();

  /// The value of a series as it stands on the page, e.g. `sqlite_up{app="app",db="db"}`; NaN
  /// where it is not there.
  double series(const std::string& text) const;
  bool has_series(const std::string& text) const { return series_.contains(text); }
  /// The value for app "app" and a database; `more` are further labels as on the page.
  double of(std::string_view db, std::string_view metric, std::string_view more = "") const;
  bool has(std::string_view db, std::string_view metric, std::string_view more = "") const;
  /// The number of databases of group "" with a finding.
  double unhealthy(std::string_view reason) const;

  const std::string& page() const { return page_; }
  const std::map<std::string, double>& all_series() const { return series_; }
  /// The row of a database on the status page. REQUIRES: it has one.
  const StatusRow& row(std::string_view db) const;
  bool has_row(std::string_view db) const;
  Runner& runner() { return runner_; }
  SqliteFleet& fleet() { return fleet_; }

 private:
  const StatusRow* find_row(std::string_view db) const;

  SeriesBudget budget_{100'000};
  SelfMetrics self_;
  Runner runner_{{}, budget_, self_};
  SqliteFleet fleet_{runner_, self_};
  std::shared_ptr<const Page> published_;
  std::string page_;
  std::map<std::string, double> series_;
};

/// A single file under app "app", with no objective that the test machine's disk could break.
SqliteTarget file_target(const std::string& name, const std::string& path);

/// Limits without a lock sampler and without a second search, which would come at any time.
SqliteLimits quiet_limits();

/// A database "db" at path() that a test brings into a state, and two healthy twins, in WAL and in
/// rollback mode, that every scrape checks for showing none of it.
class Scene {
 public:
  explicit Scene(SqliteObjectives objectives = no_objectives(),
                 SqliteLimits limits = quiet_limits());

  static SqliteObjectives no_objectives();

  std::string path() const { return folder_.file("app.db"); }
  std::string file(const std::string& name) const { return folder_.file(name); }
  const std::string& folder() const { return folder_.path(); }

  void scrape();
  double of(std::string_view metric, std::string_view more = "") const {
    return watch_->of("db", metric, more);
  }
  bool has(std::string_view metric, std::string_view more = "") const {
    return watch_->has("db", metric, more);
  }
  double lock(const std::string& name) const {
    return of("sqlite_lock_held", "lock=\"" + name + "\"");
  }
  bool found(std::string_view reason) const { return watch_->unhealthy(reason) > 0; }
  Watch& watch() { return *watch_; }

 private:
  void check_twin(std::string_view name) const;

  TempDir folder_;
  SqliteChild twins_;
  std::unique_ptr<Watch> watch_;
};

/// An app that has the scene's database open in a journal mode, with a table t(a).
class App {
 public:
  App(const std::string& path, const std::string& journal_mode, const std::string& first = "");

  void exec(const std::string& sql) { child_.must("exec " + sql); }
  std::string query(const std::string& sql) { return child_.must("query " + sql); }
  void insert(int transactions = 1);
  SqliteChild* operator->() { return &child_; }

 private:
  SqliteChild child_;
};

/// Whole files, and bytes within them.
std::string read_file(const std::string& path);
void remove_file(const std::string& path);
void poke(const std::string& path, std::uint64_t offset, std::string_view bytes);
void poke_native32(const std::string& path, std::uint64_t offset, std::uint32_t value);
std::string be32(std::uint32_t value);

void pause_ms(int milliseconds);

}  // namespace litewatch

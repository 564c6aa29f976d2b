#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "collect/runner.h"
#include "collect/self.h"
#include "collect/sqlite_fleet.h"
#include "config/config.h"
#include "config/flags.h"
#include "web/server.h"

namespace litewatch {

/// The parts of the service, wired together, and what a reload changes of them. Thread-safe.
class Service {
 public:
  /// Applies `config`, binds the listen addresses and starts the collectors.
  static Result<std::unique_ptr<Service>> create(const Flags& flags, const Config& config);
  ~Service();

  Server& server() { return *server_; }

  /// Collects until every listed database has been looked at once or a few seconds have passed;
  /// then /-/ready says so.
  void warm_up();

  /// Loads the configuration and the web configuration again. Empty on success; else what is wrong,
  /// and all stays as it was.
  std::string reload();

  /// Ends the collectors; false where one is stuck in a file system that does not answer.
  bool stop_collectors();

 private:
  explicit Service(const Flags& flags);

  void apply(const Config& config) REQUIRES(reload_mutex_);
  Handlers handlers();
  std::shared_ptr<const Page> collect(double deadline_s);

  const Flags flags_;
  SelfMetrics self_;
  SeriesBudget budget_;
  SelfSummary self_summary_;
  Runner runner_;
  SqliteFleet fleet_;
  std::unique_ptr<Server> server_;
  std::atomic<bool> ready_{false};
  std::atomic<double> collect_timeout_s_{1};

  Mutex reload_mutex_;
  Config config_ GUARDED_BY(reload_mutex_);
};

/// Reads the configuration that the flags name: a file, or the positional arguments.
Result<Config> read_config(const Flags& flags);

/// What is wrong with the web configuration that the flags name; nullopt where nothing is.
std::optional<Error> check_web_config(const Flags& flags);

}  // namespace litewatch

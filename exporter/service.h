#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "collect/runner.h"
#include "collect/self.h"
#include "collect/sqlite_fleet.h"
#include "config/config.h"
#include "config/flags.h"
#include "container_service.h"
#include "notify/notifier.h"
#include "probe_service.h"
#include "web/server.h"

namespace litewatch {

/// The parts of the service, wired together, and what a reload changes of them. Thread-safe.
class Service {
 public:
  /// Applies `config`, binds the listen addresses and starts the prober and the collectors. Errors
  /// also where a module of `config` names a file that cannot be read.
  /// `notifier` must outlive the service.
  static Result<std::unique_ptr<Service>> create(const Flags& flags, const Config& config,
                                                 const Notifier& notifier);
  ~Service();

  Server& server() { return *server_; }

  /// Collects until every listed database has been looked at and every target probed once, or a few
  /// seconds have passed; then /-/ready says so.
  void warm_up();

  /// Loads the configuration and the web configuration again, and tells the notifier. Empty on
  /// success; else what is wrong, and all stays as it was.
  std::string reload();

  /// One line for people: what is watched and where, or why the last reload failed. Never waits for
  /// a reload.
  std::string status() const;

  /// Ends the prober, then the collectors; false where one is stuck in a file system that does not
  /// answer. Stop the server first.
  bool stop_collectors();

 private:
  Service(const Flags& flags, const Notifier& notifier);

  std::optional<Error> start_probes(const Config& config);
  void apply(const Config& config) REQUIRES(reload_mutex_);
  std::string try_reload() REQUIRES(reload_mutex_);
  std::optional<Error> swap(const Config& config, const SecurityOptions& security)
      REQUIRES(reload_mutex_);
  Handlers handlers();
  std::shared_ptr<const Page> collect(double deadline_s);

  const Flags flags_;
  const Notifier& notifier_;
  SelfMetrics self_;
  SeriesBudget budget_;
  SelfSummary self_summary_;
  std::unique_ptr<ProbeService> probes_;  ///< outlives the runner's workers
  ContainerControl containers_;           ///< so does this
  Runner runner_;
  SqliteFleet fleet_;
  std::unique_ptr<Server> server_;
  std::atomic<bool> ready_{false};
  std::atomic<double> collect_timeout_s_{1};

  Mutex reload_mutex_;
  Config config_ GUARDED_BY(reload_mutex_);

  mutable Mutex status_mutex_;
  std::size_t targets_ GUARDED_BY(status_mutex_) = 0;
  std::string reload_error_ GUARDED_BY(status_mutex_);
};

/// Reads the configuration that the flags name: a file, or the positional arguments.
Result<Config> read_config(const Flags& flags);

/// What is wrong with the web configuration that the flags name; nullopt where nothing is.
std::optional<Error> check_web_config(const Flags& flags);

}  // namespace litewatch

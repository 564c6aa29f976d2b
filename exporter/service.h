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
#include "config_loader.h"
#include "container_service.h"
#include "notify/notifier.h"
#include "on_request.h"
#include "probe_service.h"
#include "web/server.h"

namespace litewatch {

/// The parts of the service, wired together, and what a reload changes of them. Thread-safe.
class Service {
 public:
  /// Loads and applies the configuration, binds the listen addresses and starts the prober and the
  /// collectors. `notifier` must outlive the service.
  static Result<std::unique_ptr<Service>> create(const Flags& flags, const Notifier& notifier);
  ~Service();

  Server& server() { return *server_; }

  /// Collects until every listed database has been looked at and every target probed once, or a few
  /// seconds have passed; then /-/ready says so.
  void warm_up();

  /// Loads the configuration and the web configuration again, and tells the notifier. nullopt on
  /// success; else what is wrong, and all stays as it was. Takes a bounded time, as
  /// ConfigLoader::load().
  std::optional<Error> reload();
  /// The same on another thread: what becomes of it is in the log.
  void reload_soon() { reloads_.request(); }

  /// One line for people: what is watched and where, or why the last reload failed. Never waits for
  /// a reload.
  std::string status() const;

  /// Ends a reload, and refuses later ones. Before the server is stopped, which answers one.
  void stop_reloads();

  /// Ends reloads, the prober, then the collectors; false where one is stuck in a file system that
  /// does not answer. Stop the server first.
  bool stop_collectors();

 private:
  Service(const Flags& flags, const Notifier& notifier, std::unique_ptr<ProbeService> probes);

  std::optional<Error> start(LoadedConfig loaded) REQUIRES(reload_mutex_);
  void apply(const LoadedConfig& loaded) REQUIRES(reload_mutex_);
  std::optional<Error> try_reload() REQUIRES(reload_mutex_);
  std::optional<Error> swap(const LoadedConfig& loaded) REQUIRES(reload_mutex_);
  Handlers handlers();
  std::shared_ptr<const Page> collect(double deadline_s);

  const Flags flags_;
  const Notifier& notifier_;
  SelfMetrics self_;
  SeriesBudget budget_;
  SelfSummary self_summary_;
  const std::unique_ptr<ProbeService> probes_;  ///< outlives the runner's workers
  ConfigLoader loader_;
  ContainerControl containers_;  ///< so does this
  Runner runner_;
  SqliteFleet fleet_;
  std::unique_ptr<Server> server_;
  std::atomic<bool> ready_{false};
  std::atomic<double> collect_timeout_s_{1};

  Mutex reload_mutex_;  ///< taken before `status_mutex_`
  ProbeSetup probe_setup_ GUARDED_BY(reload_mutex_);

  mutable Mutex status_mutex_;  ///< held for a moment only
  std::shared_ptr<const Config> config_ GUARDED_BY(status_mutex_);
  std::size_t targets_ GUARDED_BY(status_mutex_) = 0;
  std::string reload_error_ GUARDED_BY(status_mutex_);

  OnRequest reloads_;  ///< last: its thread uses all the others
};

}  // namespace litewatch

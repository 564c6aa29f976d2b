#include "service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/parse.h"
#include "collect/container/collector.h"
#include "config/load.h"
#include "file_limit.h"
#include "version.h"

namespace litewatch {
namespace {

/// How deep "**" in a pattern reaches.
constexpr std::size_t kPatternDepth = 32;
/// How long the first look at everything may take before the service calls itself ready.
constexpr double kWarmUp_s = 2;
constexpr std::chrono::milliseconds kNap(10);
/// What a scrape may wait at most is the configuration's to say, anew after each reload.
constexpr double kMaxCollectTimeout_s = 60;
constexpr double kStopCollectors_s = 0.5;

SqliteTarget to_target(const DatabaseConfig& config) {
  SqliteTarget target;
  target.path = config.path;
  target.literal = config.literal;
  target.name = config.name;
  target.app = config.app;
  target.group = config.group;
  target.max_depth = kPatternDepth;
  target.objectives = config.objectives;
  target.locks_on_remote = config.locks_on_remote;
  return target;
}

SqliteTarget to_target(const DiscoveryConfig& config) {
  SqliteTarget target;
  target.path = config.root;
  target.folder = true;
  target.app = config.app;
  target.group = config.group;
  target.max_depth = config.max_depth;
  target.exclude = config.exclude;
  target.objectives = config.objectives;
  return target;
}

SqliteFleet::Options to_fleet_options(const Config& config, const std::string& procfs) {
  SqliteFleet::Options options;
  if (config.collectors.sqlite) {
    for (const auto& database : config.databases) options.targets.push_back(to_target(database));
    for (const auto& folder : config.discovery) options.targets.push_back(to_target(folder));
  }
  options.limits.databases = config.limits.databases;
  options.limits.detailed_databases = config.limits.detailed_databases;
  options.limits.rescan_interval_s = config.limits.rescan_interval_s;
  options.limits.lock_samples_per_s = config.limits.lock_samples_per_s;
  options.limits.sampled_databases = config.limits.sampled_databases;
  options.procfs = procfs;
  return options;
}

std::string joined(const std::vector<std::string>& addresses) {
  std::string text;
  for (const std::string& address : addresses) text += (text.empty() ? "" : ", ") + address;
  return text;
}

}  // namespace

Service::Service(const Flags& flags, const Notifier& notifier, std::unique_ptr<ProbeService> probes)
    : flags_(flags),
      notifier_(notifier),
      budget_(LimitsConfig().series),
      self_summary_(kVersion, flags.procfs, budget_, self_),
      probes_(std::move(probes)),
      loader_(flags, probes_->preparer()),
      runner_({}, budget_, self_),
      fleet_(runner_, self_),
      reloads_("reload", [this] { reload(); }) {
  runner_.add("container", "", std::make_unique<ContainerCollector>(containers_));
  runner_.add_summary(fleet_);
  runner_.add_summary(self_summary_);
}

Service::~Service() { stop_collectors(); }

Result<std::unique_ptr<Service>> Service::create(const Flags& flags, const Notifier& notifier) {
  auto probes = ProbeService::create(raise_file_limit());
  if (!probes) return probes.error();
  std::unique_ptr<Service> service(new Service(flags, notifier, std::move(*probes)));
  auto loaded = service->loader_.load();
  if (!loaded) return loaded.error();
  MutexLock lock(service->reload_mutex_);
  if (auto error = service->start(std::move(*loaded))) return *error;
  return service;
}

std::optional<Error> Service::start(LoadedConfig loaded) {
  if (auto error = probes_->apply(loaded.probes)) return error;
  probes_->add_to(runner_);
  Server::Options options;
  options.listen_addresses = flags_.listen_addresses;
  if (!flags_.systemd_socket) options.default_address = kDefaultListenAddress;
  options.security = loaded.security;
  options.limits.max_requests = flags_.max_requests;
  auto server = Server::create(std::move(options), handlers(), self_);
  if (!server) return server.error();
  server_ = std::move(*server);
  apply(loaded);
  return std::nullopt;
}

void Service::apply(const LoadedConfig& loaded) {
  const auto config = std::make_shared<const Config>(loaded.config);
  probe_setup_ = loaded.probes;
  budget_.set_limit(config->limits.series);
  runner_.set_options({.max_age_s = config->limits.max_age_s});
  collect_timeout_s_ = config->limits.collect_timeout_s;
  self_summary_.enable(config->collectors.self);
  fleet_.configure(to_fleet_options(*config, flags_.procfs));
  containers_.set(to_container_settings(*config, flags_, read_container_environment(),
                                        [this] { return fleet_.databases(); }));
  MutexLock lock(status_mutex_);
  targets_ = config->collectors.probe ? config->probes.targets.size() : 0;
  config_ = config;
  self_summary_.config_loaded(true, unix_s());
}

/// What can go wrong: nothing of it has happened where it returns an error.
std::optional<Error> Service::swap(const LoadedConfig& loaded) {
  if (auto error = probes_->apply(loaded.probes)) return error;
  const auto swapped = server_->set_security(loaded.security);
  if (swapped) return std::nullopt;
  if (const auto error = probes_->apply(probe_setup_)) {
    spdlog::error("the old probes could not be set up again: {}", error->message());
  }
  return swapped.error();
}

std::optional<Error> Service::reload() {
  MutexLock lock(reload_mutex_);
  notifier_.reloading();
  auto error = try_reload();
  {
    MutexLock status_lock(status_mutex_);
    reload_error_ = error ? error->message() : "";
  }
  notifier_.ready(status());
  return error;
}

std::string Service::status() const {
  const std::size_t databases = fleet_.databases().size();
  MutexLock lock(status_mutex_);
  if (!reload_error_.empty()) {
    return "Reload failed, the old configuration stays: " + reload_error_;
  }
  return "Watching " + counted(databases, "database") + " and " + counted(targets_, "target") +
         " on " + joined(server_->addresses());
}

std::optional<Error> Service::try_reload() {
  const auto loaded = loader_.load();
  auto error = loaded ? swap(*loaded) : std::optional(loaded.error());
  if (error) {
    self_summary_.config_loaded(false, unix_s());
    spdlog::error("reload failed, the old configuration stays: {}", error->message());
    return error;
  }
  apply(*loaded);
  spdlog::info("configuration reloaded");
  return std::nullopt;
}

void Service::warm_up() {
  const double deadline_s = monotonic_s() + kWarmUp_s;
  do {
    collect(std::min(deadline_s, monotonic_s() + collect_timeout_s_));
  } while (fleet_.searching() && monotonic_s() < deadline_s);
  while (probes_->warming_up() && monotonic_s() < deadline_s) std::this_thread::sleep_for(kNap);
  collect(monotonic_s() + collect_timeout_s_);
  ready_ = true;
}

std::shared_ptr<const Page> Service::collect(double deadline_s) {
  return runner_.collect(std::min(deadline_s, monotonic_s() + collect_timeout_s_));
}

Handlers Service::handlers() {
  Handlers handlers;
  handlers.collect = [this](double deadline_s) { return collect(deadline_s); };
  handlers.collect_timeout_s = kMaxCollectTimeout_s;
  handlers.ready = [this] { return ready_.load(); };
  handlers.config_yaml = [this] {
    std::shared_ptr<const Config> config;
    {
      MutexLock lock(status_mutex_);
      config = config_;
    }
    return to_yaml(*config);
  };
  handlers.probe = [this](ProbeParams params, std::function<void(ProbeAnswer)> done) {
    probes_->answer(std::move(params), std::move(done));
  };
  handlers.sd_targets = [this](const std::string& authority, const std::string& scheme) {
    return probes_->sd_targets(authority, scheme);
  };
  if (flags_.enable_reload) handlers.reload = [this] { return reload(); };
  handlers.version = kVersion;
  return handlers;
}

void Service::stop_reloads() {
  loader_.stop();
  reloads_.stop();
}

bool Service::stop_collectors() {
  stop_reloads();
  probes_->stop();
  return runner_.stop(monotonic_s() + kStopCollectors_s);
}

}  // namespace litewatch

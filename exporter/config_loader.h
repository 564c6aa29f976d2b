#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "base/bounded_reader.h"
#include "base/result.h"
#include "config/config.h"
#include "config/flags.h"
#include "probe_service.h"
#include "web/server.h"

namespace litewatch {

/// A configuration with the content of all files that belong to it, checked.
struct LoadedConfig {
  Config config;
  SecurityOptions security;
  ProbeSetup probes;
};

/// Reads what the flags name, in a bounded time whatever file system it lies on. One thread at a
/// time.
class ConfigLoader {
 public:
  /// Makes the probes' share ready, which reads the files that modules name. It may be called long
  /// after the loader is gone, and has to own what it uses.
  using PrepareProbes = std::function<Result<ProbeSetup>(const Config&)>;

  ConfigLoader(Flags flags, PrepareProbes prepare_probes);

  /// Reads and checks everything. Besides what is wrong with the content, an error is `timeout`
  /// where a file system does not answer, and `busy` while an earlier load() still waits for one,
  /// or after stop(). Warnings are logged.
  Result<LoadedConfig> load();

  /// Ends load(). Any thread.
  void stop();

 private:
  const Flags flags_;
  const PrepareProbes prepare_probes_;
  std::atomic<bool> stopping_{false};
  std::string waited_for_;  ///< what the load that was given up hangs at
  BoundedReader reader_;
};

/// What would keep litewatch from starting with these flags, short of what only a start shows: an
/// address that is taken, say. nullopt where nothing would. With config_check_syntax the files that
/// modules name are left alone: not every machine that checks has the secrets.
std::optional<Error> check_config(const Flags& flags);

}  // namespace litewatch
